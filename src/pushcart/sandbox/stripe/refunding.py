"""Refunds: made at once, pending with one test card and failing late with another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe import balances, events
from pushcart.sandbox.stripe.errors import Refusal
from pushcart.sandbox.stripe.money import check_positive, check_rounded, shown
from pushcart.sandbox.stripe.movements import moved
from pushcart.sandbox.stripe.resources import payment_methods
from pushcart.sandbox.stripe.store import new_id

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call

# The double's own measure, by the movable clock: Stripe says "later" for both.
PENDING_SECONDS = 3600
FAILING_SECONDS = 24 * 3600


def refunded(
    call: Call, charge: dict[str, Any], amount: int | None, metadata: dict[str, str], *, with_fee: bool
) -> dict[str, Any]:
    """Gives `amount` of a captured charge back, all that is left of it where None.

    Raises:
        Refusal: 400 where nothing is left (`charge_already_refunded`), less is left than asked for, the charge is
            disputed (`charge_disputed`) or was never captured.
    """
    amount = _checked(call, charge, amount)
    method = call.store.read(call.account, "payment_method", charge["payment_method"])
    after = payment_methods.card_of(call, method).after
    refund = _refund(call, charge, amount) | {"metadata": metadata}
    due_at = None
    if after == "refund_pends":
        refund |= {"status": "pending", "pending_reason": "processing"}
        due_at = call.now + PENDING_SECONDS
    elif after == "refund_fails":
        due_at = call.now + FAILING_SECONDS
    fee = _fee_part(call, charge, amount) if with_fee else 0
    refund["balance_transaction"] = balances.booked(
        call,
        "refund",
        -amount,
        charge["currency"],
        refund["id"],
        fee_details=[balances.fee_returned(call, charge["currency"], fee)] if fee else None,
        description=f"REFUND FOR CHARGE ({charge['description'] or charge['id']})",
    )["id"]
    call.store.insert(call.account, refund, due_at=due_at)
    moved(call, "refund", amount, charge, source=refund["id"])
    updated = _counted(call, charge, amount)
    if fee:
        standing = call.store.read(call.platform, "application_fee", charge["application_fee"])
        balances.application_fee_given_back(call.at_platform(), standing, fee, {})
    events.tell(call, "refund.created", refund)
    events.tell(call, "charge.refunded", updated, before=charge)
    return refund


def turned(call: Call, refund: dict[str, Any]) -> dict[str, Any]:
    """What time does to a refund: a pending one succeeds, one that had succeeded fails."""
    return succeeded(call, refund) if refund["status"] == "pending" else failed(call, refund)


def succeeded(call: Call, refund: dict[str, Any]) -> dict[str, Any]:
    after = {**refund, "status": "succeeded"}
    after.pop("pending_reason", None)
    call.store.save(after)
    call.store.due(after["id"], None)
    _tell_updated(call, after, refund)
    return after


def failed(call: Call, refund: dict[str, Any]) -> dict[str, Any]:
    """The card's bank sent the money back: the charge counts it as not refunded."""
    if refund["status"] in {"failed", "canceled"}:
        return refund
    charge = call.store.read(call.account, "charge", refund["charge"])
    booking = balances.booked(
        call,
        "refund_failure",
        refund["amount"],
        refund["currency"],
        refund["id"],
        description=f"REFUND FAILURE FOR CHARGE ({charge['id']})",
    )
    after = {
        **refund,
        "status": "failed",
        "failure_reason": "expired_or_canceled_card",
        "failure_balance_transaction": booking["id"],
    }
    after.pop("pending_reason", None)
    call.store.save(after)
    call.store.due(after["id"], None)
    moved(call, "refund_failed", refund["amount"], charge, source=refund["id"])
    _counted(call, charge, -refund["amount"])
    _tell_updated(call, after, refund)
    events.tell(call, "refund.failed", after)
    return after


def _checked(call: Call, charge: dict[str, Any], amount: int | None) -> int:
    if not charge["captured"]:
        raise Refusal(
            400,
            f"This PaymentIntent ({charge['payment_intent']}) does not have a successful charge to refund.",
            param="payment_intent",
        )
    left = int(charge["amount_captured"] - charge["amount_refunded"])
    if left == 0:
        raise Refusal(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if charge["disputed"] and _charged_back(call, charge):
        raise Refusal(
            400, f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if amount is None:
        return left
    check_positive(amount, "amount")
    check_rounded(amount, charge["currency"], "amount")
    if amount > left:
        raise Refusal(
            400,
            f"Refund amount ({shown(amount, charge['currency'])}) is greater than unrefunded amount on charge "
            f"({shown(left, charge['currency'])})",
            param="amount",
        )
    return amount


def _charged_back(call: Call, charge: dict[str, Any]) -> bool:
    disputes = call.store.all("dispute", account=call.account)
    taking = ("needs_response", "under_review", "lost")
    return any(dispute["charge"] == charge["id"] and dispute["status"] in taking for dispute in disputes)


def _refund(call: Call, charge: dict[str, Any], amount: int) -> dict[str, Any]:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": call.params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _counted(call: Call, charge: dict[str, Any], amount: int) -> dict[str, Any]:
    total = charge["amount_refunded"] + amount
    return call.store.save({**charge, "amount_refunded": total, "refunded": total == charge["amount_captured"]})


def _fee_part(call: Call, charge: dict[str, Any], amount: int) -> int:
    """The fee's part goes back in the measure of the refund; the last refund takes what rounding left."""
    if not charge["application_fee"]:
        return 0
    fee = call.store.read(call.platform, "application_fee", charge["application_fee"])
    left = int(fee["amount"] - fee["amount_refunded"])
    whole = charge["amount_refunded"] + amount == charge["amount_captured"]
    return left if whole else min(left, int(fee["amount"] * amount // charge["amount_captured"]))


def _tell_updated(call: Call, after: dict[str, Any], before: dict[str, Any]) -> None:
    events.tell(call, "refund.updated", after, before=before)
    events.tell(call, "charge.refund.updated", after, before=before)
