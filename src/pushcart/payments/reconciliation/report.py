"""What a reconciliation found, in words: every cent of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushcart.kit.money import major
from pushcart.payments.reconciliation.models import Difference

if TYPE_CHECKING:
    from pushcart.payments.reconciliation.models import Reconciliation

_SAID = {
    Difference.Cause.MISSING_HERE: "Stripe moved {theirs}, and our ledger knows nothing of it",
    Difference.Cause.MISSING_THERE: "our ledger moved {ours}, and Stripe knows nothing of it",
    Difference.Cause.OTHER_AMOUNT: "{ours} by our ledger, {theirs} at Stripe",
    Difference.Cause.OTHER_CURRENCY: "{ours} by our ledger, {theirs} at Stripe",
    Difference.Cause.FEE: "the operator's fee is {ours} by our ledger, {theirs} at Stripe",
}


@dataclass(frozen=True)
class Report:
    """The open differences of the account, and a text that names them."""

    differences: list[Difference]
    text: str


def report(done: Reconciliation) -> Report:
    """Of one day; differences of earlier days that are still open are named with it."""
    found = Difference.objects.filter(account_id=done.account_id, resolved_at=None).select_related("hold")
    differences = list(found.order_by("found_at", "pk"))
    head = (
        f"{done.company.name} ({done.account_id}), {done.day:%Y-%m-%d} UTC: {done.payments} payments compared,"
        f" {done.foreign} balance transactions of the retailer's own, {len(differences)} differences."
    )
    return Report(differences, "\n".join([head, *(f"  {sentence(each)}" for each in differences)]) + "\n")


def sentence(difference: Difference) -> str:
    """As in `refund of pi_3Q… (line 7): -5.00 USD by our ledger, -5.01 USD at Stripe`."""
    line = f"line {difference.hold.line_id}" if difference.hold else "no line of ours"
    said = _SAID[Difference.Cause(difference.cause)].format(
        ours=_amount(difference.ours, difference.currency), theirs=_amount(difference.theirs, difference.their_currency)
    )
    return f"{difference.movement} of {difference.intent_id} ({line}): {said}"


def _amount(minor_units: int, currency: str) -> str:
    return f"{major(minor_units, currency)} {currency.upper()}"
