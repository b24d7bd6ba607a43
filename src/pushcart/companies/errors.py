from __future__ import annotations


class CompanyError(ValueError):
    """What was asked of a company can't be; the message is a sentence, `field` names what it is about."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)
