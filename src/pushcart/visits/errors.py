from __future__ import annotations


class BasketError(ValueError):
    """What was asked of the basket can't be; the message is a sentence.

    Attributes:
        code: `store_unknown`, `not_offered`, `out_of_stock`, `other_path`, `other_currency` or `not_there`.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)
