"""What the owner of a retailer is told of money that went another way than it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Min

from pushcart.carts.models import Cart
from pushcart.carts.wording import amount, moment
from pushcart.notifications.letters import Letter
from pushcart.payments.models import Dispute

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.companies.models import Company
    from pushcart.events.models import Event


def refund_failed(company: Company, event: Event) -> Letter:
    return _letter(
        company,
        event,
        "A refund of {sum} on order {hash} came back",
        "The shopper's bank could not take the refund of {sum} on order {hash}. The money is on your account again, and"
        " can be refunded again; or give it back to the shopper in another way.",
    )


def disputed(company: Company, event: Event) -> Letter:
    return _letter(
        company,
        event,
        "The shopper's bank disputes {sum} of order {hash}",
        "A shopper has asked the bank for {sum} of order {hash} back. The bank has taken it off your balance until it"
        " decides; meanwhile it can't be refunded.{until} Answer in your Stripe dashboard, under Disputes.",
    )


def dispute_inquiry(company: Company, event: Event) -> Letter:
    return _letter(
        company,
        event,
        "The shopper's bank asks about {sum} of order {hash}",
        "A shopper has asked the bank about {sum} of order {hash}. Nothing was taken off your balance; without an"
        " answer the bank may do so.{until} Answer in your Stripe dashboard, under Disputes, or give the money back.",
    )


def dispute_won(company: Company, event: Event) -> Letter:
    return _letter(
        company,
        event,
        "The dispute over order {hash} is won",
        "The bank decided for you: {sum} of order {hash} are on your balance again.",
    )


def dispute_lost(company: Company, event: Event) -> Letter:
    return _letter(
        company,
        event,
        "The dispute over order {hash} is lost",
        "The bank decided for the shopper: {sum} of order {hash} are gone, and count as refunded.",
    )


LETTERS: dict[str, Callable[[Company, Event], Letter | None]] = {
    "carts.refund_failed": refund_failed,
    "carts.dispute_inquiry": dispute_inquiry,
    "carts.disputed": disputed,
    "carts.dispute_won": dispute_won,
    "carts.dispute_lost": dispute_lost,
}


def _letter(company: Company, event: Event, subject: str, text: str) -> Letter:
    cart = Cart.objects.select_related("store").get(hash=event.cart_hash)
    facts = {
        "sum": amount(cart, sum(event.data["amounts"].values())),
        "hash": cart.hash,
        "until": _evidence_due(cart),
    }
    about = event.type.removeprefix("carts.")
    return Letter(
        kind=f"owner.{about}", mail=company.email, subject=subject.format(**facts), text=f"{text.format(**facts)}\n"
    )


def _evidence_due(cart: Cart) -> str:
    """Until when the bank takes an answer, where one is open."""
    lines = cart.lines.values("pk")
    first = Dispute.objects.filter(hold__line_id__in=lines, state="open").aggregate(due=Min("evidence_due_at"))["due"]
    return f" It takes your answer until {moment(cart, first)}." if first else ""
