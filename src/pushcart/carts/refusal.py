"""A cart's refusal as every surface answers it (contract, section 2: Errors)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pushcart.carts import errors
from pushcart.kit import envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_A_VALUE = 422
_STATUS_OF: Mapping[type[errors.CartError], int] = {
    errors.UnknownLineError: 404,
    errors.IllegalTransitionError: 409,
    errors.CaptureOutstandingError: 409,
    errors.StaleSequenceError: 412,
}
_TRY_AGAIN_AFTER = 2  # seconds: the card network answers within that, mostly


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is answered.

    Attributes:
        status: Of HTTP.
        body: The envelope.
        headers: `Retry-After` where the same may be said again.
    """

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


def refusal_of(error: errors.CartError) -> Refusal:
    """The answer to what a cart's verbs refused."""
    details = {**error.details, **({"upc": error.upc} if error.upc else {})}
    outstanding = isinstance(error, errors.CaptureOutstandingError)
    return Refusal(
        status=next((status for kind, status in _STATUS_OF.items() if isinstance(error, kind)), _OF_A_VALUE),
        body=envelope.refusal(str(error), error.code, field=error.field, details=details),
        headers={"Retry-After": str(_TRY_AGAIN_AFTER)} if outstanding else {},
    )
