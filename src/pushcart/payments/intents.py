"""The PaymentIntent behind a hold: asked for, found again, and read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from stripe import Charge

from pushcart.kit import clock
from pushcart.payments.asking import asking
from pushcart.payments.client import stripe_client
from pushcart.payments.installation import installation

if TYPE_CHECKING:
    from stripe import PaymentIntent
    from stripe.params import PaymentIntentCreateParams

    from pushcart.payments.models import Hold

# Stripe forgets idempotency keys once they are 24 hours old (docs.stripe.com/api/idempotent_requests).
_KEY_LIVES = timedelta(hours=23)
# The clocks of the two machines may differ by so much, and an answer may take so long.
_LEEWAY = timedelta(hours=1)
# Why Stripe itself ends an intent: `expired` since API version 2025-03-31, `automatic` before.
_LAPSED = ("expired", "automatic")


def key(hold: Hold, purpose: str) -> str:
    """The idempotency key: hold, purpose and, from the second on, attempt."""
    return f"{hold.key}-{purpose}" + (f"-{hold.attempt}" if hold.attempt > 1 else "")


def create(hold: Hold, payment_method: str = "") -> PaymentIntent:
    """Asks the card to hold the amount; asked again, the answer is the first one's.

    `payment_method` is the card of a renewal, else the hold's own.

    Raises:
        NoAnswerError, RefusedError: as `asking` says. After a refusal nothing is held.
    """
    params: PaymentIntentCreateParams = {
        "amount": hold.amount,
        "currency": hold.currency,
        "payment_method": payment_method or hold.payment_method,
        "allowed_payment_method_types": ["card"],
        "capture_method": "manual",
        "confirm": True,
        "off_session": True,
        "metadata": _metadata(hold),
        "expand": ["latest_charge"],
    }
    if hold.fee:
        params["application_fee_amount"] = hold.fee
    if hold.description:
        params["description"] = hold.description
    with asking("hold", hold=hold.pk, line=hold.line_id):
        return stripe_client(hold.test).v1.payment_intents.create(
            params=params,
            options={
                "stripe_account": hold.account_id,
                "idempotency_key": f"{hold.key}-hold-{hold.renewal + 1}",
            },
        )


def retrieve(hold: Hold) -> PaymentIntent:
    """Raises NoAnswerError, RefusedError."""
    with asking("look", hold=hold.pk, line=hold.line_id):
        return stripe_client(hold.test).v1.payment_intents.retrieve(
            hold.intent_id, params={"expand": ["latest_charge"]}, options={"stripe_account": hold.account_id}
        )


def find(hold: Hold) -> PaymentIntent | None:
    """What `create` made, where its answer never came and its key is no more to be trusted.

    Raises:
        NoAnswerError, RefusedError: as `asking` says.
    """
    asked_at = hold.renewed_at or hold.created_at
    since = int((asked_at - _LEEWAY).timestamp())
    with asking("find", hold=hold.pk, line=hold.line_id):
        page = stripe_client(hold.test).v1.payment_intents.list(
            params={
                "created": {"gte": since, "lte": int((asked_at + _KEY_LIVES + _LEEWAY).timestamp())},
                "limit": 100,
                "expand": ["data.latest_charge"],
            },
            options={"stripe_account": hold.account_id},
        )
        return next((each for each in page.auto_paging_iter() if _is_of(hold, each)), None)


def _metadata(hold: Hold) -> dict[str, str]:
    return {
        "line": str(hold.line_id),
        "hold": hold.key,
        "renewal": str(hold.renewal),
        "installation": installation(),
    }


def _is_of(hold: Hold, intent: PaymentIntent) -> bool:
    told = intent.metadata.to_dict()
    return told.get("hold") == hold.key and told.get("renewal", "0") == str(hold.renewal)


def key_is_known(hold: Hold) -> bool:
    """Whether Stripe still knows the key under which the hold, or its present renewal, was first asked for."""
    return clock.now() < (hold.renewed_at or hold.created_at) + _KEY_LIVES


def has_lapsed(intent: PaymentIntent) -> bool:
    return intent.status == "canceled" and intent.cancellation_reason in _LAPSED


def told(intent: PaymentIntent) -> dict[str, Any]:
    """What a hold's row keeps of its intent."""
    facts: dict[str, Any] = {"intent_id": intent.id}
    charge = intent.latest_charge
    if isinstance(charge, Charge) and charge.payment_method_details and charge.payment_method_details.card:
        card = charge.payment_method_details.card
        facts |= {"card_brand": card.brand or "", "card_last4": card.last4 or ""}
        before = getattr(card, "capture_before", None)  # left out of a charge that holds nothing
        if before:
            facts["capture_before"] = datetime.fromtimestamp(before, UTC)
    return facts
