from __future__ import annotations


class StoreError(ValueError):
    """What was told of a store can't be; the message is a sentence, `field` names what it is about."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)
