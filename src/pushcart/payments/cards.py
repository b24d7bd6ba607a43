"""The shopper's card, from the platform where it was given to the connected account that holds it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushcart.kit.crypto import seal, unseal
from pushcart.payments.asking import RefusedError, asking
from pushcart.payments.client import stripe_client

if TYPE_CHECKING:
    from pushcart.payments.models import Hold

NOT_READY = "The card was not completely set up. Please enter it again."


@dataclass(frozen=True)
class Source:
    """A card on the platform and the customer who keeps it, by their ids."""

    method: str
    customer: str

    def sealed(self) -> str:
        return seal(f"{self.method} {self.customer}", use="card")

    @classmethod
    def unsealed(cls, text: str) -> Source:
        """Raises SealBrokenError."""
        return cls(*unseal(text, use="card").split(" "))


def source(hold: Hold) -> Source:
    """The card behind the hold's token; asked again, the same one.

    A card pays for several lines and stores, and Stripe lets only a customer's card be used more than once: one that no
    customer has is given one first.

    Raises:
        NoAnswerError, RefusedError: as `asking` says. Nothing is held yet in either case.
    """
    method, customer = _of_platform(hold)
    return Source(method, customer) if customer else Source(*_kept(hold, method))


def share(hold: Hold, card: Source) -> str:
    """A payment method on the hold's account for the present hold of the line; asked again, the same one.

    Raises:
        NoAnswerError, RefusedError: as `asking` says.
    """
    with asking("share", hold=hold.pk, line=hold.line_id):
        return (
            stripe_client(hold.test)
            .v1.payment_methods.create(
                params={"payment_method": card.method, "customer": card.customer},
                options={
                    "stripe_account": hold.account_id,
                    "idempotency_key": f"{hold.key}-card-{hold.renewal + 1}",
                },
            )
            .id
        )


def _of_platform(hold: Hold) -> tuple[str, str]:
    """The payment method that the token stands for, and its customer's id, empty where it has none."""
    client, token = stripe_client(hold.test), unseal(hold.sealed_token, use="card")
    if token.startswith("seti_"):
        with asking("card", hold=hold.pk, line=hold.line_id):
            intent = client.v1.setup_intents.retrieve(token)
        if intent.status != "succeeded" or intent.payment_method is None:
            raise RefusedError("card_not_set_up", NOT_READY)
        return _id(intent.payment_method), _id(intent.customer)
    with asking("card", hold=hold.pk, line=hold.line_id):
        method = client.v1.payment_methods.retrieve(token)
    # Stripe's test cards are names for new payment methods, so that it is the name that is used on.
    return token, _id(method.customer)


def _kept(hold: Hold, method: str) -> tuple[str, str]:
    """The same card with a customer of its own, one for all lines that pay with it."""
    token = unseal(hold.sealed_token, use="card")
    client, of_token = stripe_client(hold.test), f"card-{hashlib.sha256(token.encode()).hexdigest()[:32]}"
    with asking("customer", hold=hold.pk, line=hold.line_id):
        customer = client.v1.customers.create(options={"idempotency_key": f"{of_token}-customer"}).id
    with asking("attach", hold=hold.pk, line=hold.line_id):
        kept = client.v1.payment_methods.attach(
            method, params={"customer": customer}, options={"idempotency_key": f"{of_token}-attach"}
        )
    return kept.id, customer


def _id(named: object) -> str:
    """Stripe gives an object or, where it was not expanded, its id."""
    return "" if named is None else str(getattr(named, "id", named))
