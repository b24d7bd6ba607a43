"""Who may ask Stripe: exactly one caller, and only after it was written down that Stripe is asked."""

from __future__ import annotations

from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from django.db import transaction

from pushcart.kit import clock
from pushcart.kit.states import StaleStateError, transition
from pushcart.payments.ledger.book import book
from pushcart.payments.models import Hold, Refund
from pushcart.payments.states import HOLD, REFUND

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# A call without an answer for so long may be asked again, with the same idempotency key.
ANSWER_WITHIN = timedelta(seconds=30)

_SELDOM = timedelta(hours=1)

# In these states a further hold may have to stand in for this one.
RENEWABLE = ("placing", "held", "renewing")


class Turn(IntEnum):
    """Whether a caller asks Stripe, and whether somebody asked before."""

    NOT_MINE = 0
    FIRST = 1
    AGAIN = 2


def claim(hold: Hold, asked: str, *, sources: Sequence[str] = ()) -> Turn:
    """Moves `hold` from one of `sources` to the state `asked`, or finds it there without an answer.

    `hold` is renewed from the database, whosever turn it is.

    Raises:
        RuntimeError: called within a transaction. What was asked of Stripe must be on record whatever follows.
    """
    with transaction.atomic(durable=True):
        hold.refresh_from_db(from_queryset=Hold.objects.select_for_update())
        if hold.state in sources:
            transition(hold, HOLD, asked, field="state", **asked_now(), **_without_card(asked))
            if asked == "releasing":
                book(hold)
            return Turn.FIRST
        return _turn(hold) if hold.state == asked else Turn.NOT_MINE


def claim_refund(refund: Refund) -> Turn:
    """The same for a refund, which is asked for as long as it is pending."""
    with transaction.atomic(durable=True):
        refund.refresh_from_db(from_queryset=Refund.objects.select_for_update())
        return _turn(refund) if refund.state == REFUND.initial else Turn.NOT_MINE


def settle(hold: Hold, state: str, **also: Any) -> Hold:
    """Records the answer and books it, unless the hold has moved on meanwhile: then it is given as it stands."""
    try:
        with transaction.atomic():
            transition(hold, HOLD, state, field="state", **also, **_without_card(state))
            book(hold)
    except StaleStateError:
        hold.refresh_from_db()
    return hold


def asked_now() -> dict[str, datetime]:
    """The columns of a hold that say when Stripe was asked for what is asked now, first and last."""
    return {"called_at": clock.now(), "asked_at": clock.now()}


def _without_card(state: str) -> dict[str, str]:
    """The card from which a further hold could be made is forgotten where none will be."""
    return {} if state in RENEWABLE else {"sealed_card": ""}


def _turn(row: Hold | Refund) -> Turn:
    """Of a row in the middle: nobody asked yet, or whoever did has had no answer for a while.

    What goes unanswered for long is asked less and less often: every tenth of its age, and at least every hour.
    """
    before, now = row.called_at, clock.now()
    since = row.created_at if isinstance(row, Refund) else row.asked_at or row.created_at
    patience = min(max(ANSWER_WITHIN, (now - since) / 10), _SELDOM)
    if before is not None and before > now - patience:
        return Turn.NOT_MINE
    row.called_at = now
    row.save(update_fields=["called_at"])
    return Turn.FIRST if before is None else Turn.AGAIN
