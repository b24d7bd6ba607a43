"""Two books of the same payments, side by side: what Stripe's balance transactions say, and what the ledger does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, Sum

from pushcart.payments.ledger.models import Account, Kind, Posting
from pushcart.payments.models import FormerIntent, Hold
from pushcart.payments.reconciliation.models import BalanceTransaction, Difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

_Movement, _Cause = Difference.Movement, Difference.Cause
# What each movement of ours is called there, and here.
_THERE = {
    _Movement.PAYMENT: Q(type__in=["charge", "payment"]),
    _Movement.REFUND: Q(type__in=["refund", "payment_refund", "refund_failure", "payment_failure_refund"]),
    _Movement.DISPUTE: Q(category__in=["dispute", "dispute_reversal"]),
}
_HERE = {
    _Movement.PAYMENT: Q(account=Account.BALANCE, entry__kind=Kind.CAPTURE),
    _Movement.REFUND: Q(account=Account.BALANCE, entry__kind__in=[Kind.REFUND, Kind.REFUND_FAILED]),
    _Movement.DISPUTE: Q(account=Account.BALANCE, entry__kind__in=[Kind.DISPUTE, Kind.DISPUTE_WON]),
    _Movement.FEE: Q(account=Account.BALANCE, entry__kind__in=[Kind.FEE, Kind.FEE_REFUND]),
}
_Key = tuple[str, str]  # payment intent, movement
_Sums = dict[_Key, tuple[int, str]]  # amount, currency


@dataclass(frozen=True)
class Found:
    """One difference: by how much each book says the balance grew."""

    intent_id: str
    hold: Hold | None
    movement: str
    cause: str
    ours: int
    theirs: int
    currency: str
    their_currency: str


def compare(account_id: str, intent_ids: Iterable[str]) -> Iterator[Found]:
    """What differs of these payments, by all that either book knows of them until now."""
    intent_ids = sorted(set(intent_ids))
    holds = holds_of(account_id, intent_ids)
    here, there = _here(account_id, intent_ids), _there(account_id, intent_ids)
    for intent_id, movement in sorted(here.keys() | there.keys()):
        hold = holds.get(intent_id)
        ours, currency = here.get((intent_id, movement), (0, hold.currency if hold else ""))
        theirs, their_currency = there.get((intent_id, movement), (0, currency))
        cause = _cause(movement, ours, theirs, same_currency=currency in {their_currency, ""})
        if cause:
            yield Found(intent_id, hold, movement, cause, ours, theirs, currency or their_currency, their_currency)


def holds_of(account_id: str, intent_ids: Iterable[str] | QuerySet[Any]) -> dict[str, Hold]:
    """The holds of these payments, also of former ones in whose place another stands, by the payment's id."""
    former = FormerIntent.objects.filter(hold__account_id=account_id, intent_id__in=intent_ids).select_related("hold")
    present = Hold.objects.filter(account_id=account_id, intent_id__in=intent_ids)
    return {each.intent_id: each.hold for each in former} | {hold.intent_id: hold for hold in present}


def _cause(movement: str, ours: int, theirs: int, *, same_currency: bool) -> str | None:
    if not same_currency:
        return _Cause.OTHER_CURRENCY
    if ours == theirs:
        return None
    if movement == _Movement.FEE:
        return _Cause.FEE
    if not ours:
        return _Cause.MISSING_HERE
    return _Cause.OTHER_AMOUNT if theirs else _Cause.MISSING_THERE


def _here(account_id: str, intent_ids: list[str]) -> _Sums:
    sums: _Sums = {}
    of_payments = Posting.objects.filter(
        entry__hold__account_id=account_id, entry__intent_id__in=intent_ids, entry__test=False
    )
    for movement, condition in _HERE.items():
        rows = of_payments.filter(condition).values_list("entry__intent_id", "entry__currency")
        for intent_id, currency, amount in rows.annotate(Sum("amount")).order_by():
            sums[intent_id, movement] = (amount, currency)
    return sums


def _there(account_id: str, intent_ids: list[str]) -> _Sums:
    sums: _Sums = {}
    of_payments = BalanceTransaction.objects.filter(account_id=account_id, intent_id__in=intent_ids)
    for movement, condition in _THERE.items():
        rows = of_payments.filter(condition).values_list("intent_id", "currency")
        for intent_id, currency, amount in rows.annotate(Sum("amount")).order_by():
            sums[intent_id, movement] = (amount, currency)
    fees = of_payments.exclude(application_fee=0).values_list("intent_id", "currency")
    for intent_id, currency, amount in fees.annotate(Sum("application_fee")).order_by():
        sums[intent_id, _Movement.FEE] = (-amount, currency)
    return sums
