"""Why something asked of a cart was refused. Each error says it in a sentence, and in parts for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pushcart.kit.money import major

if TYPE_CHECKING:
    from collections.abc import Iterable


class CartError(Exception):
    """Nothing was changed.

    Attributes:
        code: the name of the trouble for programs.
        field: the field of the request that was wrong, where it is one.
        upc: the line it is about, where it is about one.
        details: what a program needs to go on: numbers, strings and lists.
    """

    code: ClassVar[str]
    field: ClassVar[str | None] = None

    def __init__(self, message: str, *, upc: str = "", **details: Any) -> None:
        super().__init__(message)
        self.upc = upc
        self.details = details


class UnknownLineError(CartError):
    code = "unknown_line"
    field = "upc"

    def __init__(self, upc: str) -> None:
        super().__init__(f"This cart has no line with the UPC {upc[:40]!r}.", upc=upc[:40])


class RepeatedLineError(CartError):
    code = "repeated_line"
    field = "upc"

    def __init__(self, upc: str) -> None:
        super().__init__(f"The line {upc} is named twice: one request says one thing of a line.", upc=upc)


class UnknownStatusError(CartError):
    code = "unknown_status"
    field = "status"

    def __init__(self, status: str, known: Iterable[str], *, upc: str = "") -> None:
        known = list(known)
        super().__init__(
            f"{status[:40]!r} is not a status that can be said of a line: known are {_listed(known, 'and')}.",
            upc=upc,
            status=status[:40],
            known=known,
        )


class IllegalTransitionError(CartError):
    """The line's status does not allow it (contract, section 2: Allowed moves)."""

    code = "illegal_transition"
    field = "status"

    def __init__(self, status: str, allowed: Iterable[str], *, upc: str = "") -> None:
        self.status, self.allowed = status, list(allowed)
        ways = f"open are {_listed(self.allowed, 'and')}" if self.allowed else "nothing more can be said of it"
        super().__init__(f"The line {upc} is {status}: {ways}.", upc=upc, status=status, allowed=self.allowed)


class ReasonMissingError(CartError):
    code = "reason_missing"
    field = "reason"

    def __init__(self, *, upc: str = "") -> None:
        super().__init__("A rejection needs a reason: the shopper and the store are told.", upc=upc)


class ReasonUnusableError(CartError):
    code = "reason_unusable"
    field = "reason"

    def __init__(self, cause: str, *, upc: str = "") -> None:
        super().__init__(f"The reason can't be used: {cause}.", upc=upc)


class FulfillmentUrlError(CartError):
    code = "fulfillment_url_unusable"
    field = "fulfillment_url"

    def __init__(self, cause: str, *, upc: str = "") -> None:
        super().__init__(f"The fulfillment_url can't be used: {cause}.", upc=upc)


class RefundAmountError(CartError):
    code = "refund_amount_unusable"
    field = "refund_amount"

    def __init__(self, *, upc: str = "") -> None:
        super().__init__("A refund needs a refund_amount or a refund_qty above 0.", upc=upc)


class RefundAboveCaptureError(CartError):
    """The sum of refunds never exceeds what was captured.

    Attributes:
        refundable: what can still be given back, in minor units; `details` has it in major units.
    """

    code = "refund_above_capture"
    field = "refund_amount"

    def __init__(self, refundable: int, currency: str, *, upc: str = "") -> None:
        self.refundable = refundable
        left = major(refundable, currency)
        sentence = (
            f"At most {left} {currency.upper()} can still be given back on the line {upc}."
            if refundable
            else f"Nothing that was charged is left on the line {upc} to be given back."
        )
        super().__init__(sentence, upc=upc, refundable=float(left))


class RefundAboveQuantityError(CartError):
    """No more pieces come back than were sold."""

    code = "refund_above_quantity"
    field = "refund_qty"

    def __init__(self, left: int, *, upc: str = "") -> None:
        sentence = (
            f"At most {left} of the line {upc} can still be given back."
            if left
            else f"All pieces of the line {upc} were given back."
        )
        super().__init__(sentence, upc=upc, refundable_qty=left)


class CaptureOutstandingError(CartError):
    """The charge was asked for and not yet answered; the sweeper finds the answer out."""

    code = "capture_outstanding"
    field = "status"

    def __init__(self, *, upc: str = "") -> None:
        super().__init__(f"The card has not answered the charge of the line {upc} yet: try again shortly.", upc=upc)


class StaleSequenceError(CartError):
    """If-Match named another state of the cart than the present one.

    Attributes:
        current: the sequence of the cart as it stands.
    """

    code = "stale_sequence"

    def __init__(self, current: int) -> None:
        self.current = current
        super().__init__(f"The cart has changed: it stands at sequence {current}.", sequence=current)


def _listed(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


class UnknownRehearsalError(CartError):
    code = "unknown_event"
    field = "event"

    def __init__(self, event: str, events: Iterable[str]) -> None:
        known = list(events)
        super().__init__(f"{event[:60]!r} can't be made; these can: {', '.join(known)}.", events=known)


class NothingToRehearseError(CartError):
    code = "nothing_to_order"

    def __init__(self, reason: str) -> None:
        super().__init__(f"There is nothing that a test order could buy: {reason}")


class RehearsalRefusedError(CartError):
    code = "not_ordered"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The test order was refused: {reason}")
