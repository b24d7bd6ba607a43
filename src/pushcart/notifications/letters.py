"""Letters: what one event says to one person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """A text for one person. By mail where there is an address, by SMS where there is a number and a short text.

    Attributes:
        kind: to whom and about what: `shopper.charged`.
        mail: an address, or empty.
        phone: a number, or empty.
        subject: of the mail.
        text: of the mail, plain.
        short: of the SMS; empty: none is sent.
    """

    kind: str
    mail: str
    subject: str
    text: str
    phone: str = ""
    short: str = ""
