"""What the owner of a retailer is told: what stops orders from reaching them, and when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from pushcart.companies.owner_link import feeds_url, setup_url
from pushcart.notifications import of_money
from pushcart.notifications.letters import Letter
from pushcart.notifications.models import Notice
from pushcart.notifications.standings import NOTHING, PUSHCART, STANDARD
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.companies.models import Company
    from pushcart.events.models import Event
    from pushcart.notifications.standings import Turn

_MOST_NAMED = 50
# By whether something was lost, and what the stores can do now.
_TURNED: dict[tuple[bool, int], str] = {
    (True, STANDARD): "{stores} {takes} orders by mail, not by PushCart",
    (True, NOTHING): "{stores} {takes} no orders",
    (False, STANDARD): "{stores} {takes} orders again, by mail",
    (False, PUSHCART): "{stores} {takes} orders by PushCart again",
}
_WHY: dict[int, str] = {
    STANDARD: "Orders reach the staff by the standard workflow, because of this:",
    NOTHING: "Nothing can be ordered there, because of this:",
}
_NOT_YOU = "If that was not you, tell us at once."
# States of an endpoint of which its owner must hear.
_ENDPOINT = {
    "companies.endpoint_failing": "does not take our pushes. We hold what is owed and try on",
    "companies.endpoint_stopped": "answered 410 Gone, so we have stopped pushing to it",
}


def turned(company: Company, turn: Turn) -> Letter:
    """One letter for all stores that took the same turn at once."""
    one = len(turn.stores) == 1
    subject = _TURNED[turn.lost, turn.level].format(
        stores=turn.stores[0] if one else f"{len(turn.stores)} stores", takes="takes" if one else "take"
    )
    reasons = "".join(f"\n  {reason}" for reason in turn.reasons)
    why = f"\n\n{_WHY[turn.level]}\n{reasons}" if reasons else ""
    return _letter(company, "eligibility", subject, f"{subject}:\n\n{_named(turn.stores)}{why}")


def _named(stores: list[Store]) -> str:
    more = f"\n  and {len(stores) - _MOST_NAMED} more" if len(stores) > _MOST_NAMED else ""
    return "\n".join(f"  {store}" for store in stores[:_MOST_NAMED]) + more


def endpoint_moved(company: Company, event: Event) -> Letter | None:
    what, url = _ENDPOINT.get(event.type), event.data["url"]
    if what is not None:
        reason = event.data.get("reason", "")
        return _letter(company, "endpoint", f"Your webhook needs you: {url}", f"{url} {what}.\n\n{reason}")
    if event.type == "companies.endpoint_working" and event.data.get("was") in {"failing", "stopped"}:
        return _letter(
            company, "endpoint", f"Your webhook works again: {url}", f"{url} answers; what was owed is sent."
        )
    return None


def endpoint_behind(company: Company, event: Event) -> Letter:
    url, since = event.data["url"], event.data["waiting_since"]
    text = f"{url} takes orders slower than they come: the oldest has waited since {since[:16].replace('T', ' ')} UTC."
    text += " All are sent in their turn. New orders go to the staff of your stores by mail until it has caught up."
    return _letter(company, "endpoint_behind", f"Your webhook has fallen behind: {url}", text)


def endpoint_caught_up(company: Company, event: Event) -> Letter:
    url = event.data["url"]
    return _letter(company, "endpoint_behind", f"Your webhook has caught up: {url}", f"{url} has what was owed.")


def certificate_ends(company: Company, event: Event) -> Letter:
    """Our certificate for an endpoint that asks for one (mutual TLS)."""
    url, day = event.data["url"], event.data["ends"][:10]
    if event.data["ended"]:
        subject, what = f"Our certificate for {url} has ended", "it may refuse our pushes from now on"
    else:
        subject, what = f"Our certificate for {url} ends on {day}", "after that day it may refuse our pushes"
    text = f"{subject}: {what}. Put a new one into your PushCart profile, with its key; it is used at once."
    return _letter(company, "certificate", subject, text)


def unacknowledged(company: Company, event: Event) -> Letter:
    """Reaching the endpoint and reaching the order system are two things (contract, section 3)."""
    reached = (
        "Your endpoint took the push, but your order system has neither received nor decided it."
        if event.data["delivered"]
        else "It could not be pushed to your endpoint yet; we go on trying."
    )
    text = f"{reached} A quarter of the time to answer has passed. The store's staff are told, and can decide it."
    return _letter(company, "unacknowledged", f"Order {event.cart_hash} has not reached your order system", text)


def given_up(company: Company, event: Event) -> Letter:
    about = f" of order {event.cart_hash}" if event.cart_hash else ""
    return _letter(
        company,
        "given_up",
        f"An event could not be pushed: {event.data['type']}{about}",
        f"Your endpoint refused {event.data['type']}{about} for five days while it took others. It is tried no more; it"
        " stands in GET /api/v2/events.",
    )


def feed_held(company: Company, event: Event) -> Letter | None:
    """Once for each feed: what is wrong with it at one store will be wrong at others."""
    number = event.data["import_id"]
    about = f"feed_held.{number}"
    store = Store.objects.filter(pk=event.data["store_id"]).first()
    if store is None or Notice.objects.filter(company=company, kind=f"owner.{about}").exists():
        return None
    return _letter(
        company,
        about,
        f"A feed waits for your word: {store}",
        f"{store}: {event.data['cause']}\n\nUntil you release or discard import {number}, or send a better feed, the"
        " stock stays as it was, and grows too old for PushCart. Other stores of the same feed may wait too.\n\n"
        f"{feeds_url(company)}\n\nOr with your API key: POST /api/v2/inventory/imports/{number}/release, or"
        f" …/{number}/discard.",
    )


def feed_aging(company: Company, event: Event) -> Letter:
    stores = list(Store.objects.filter(pk__in=event.data["store_ids"]).order_by("pk"))
    which = str(stores[0]) if len(stores) == 1 else f"{len(stores)} stores"
    until = f"{event.data['stale_at'][:16].replace('T', ' ')} UTC"
    text = f"PushCart asks for a feed every day, and for a full one every {settings.FEED_COUNT_DAYS} days."
    text += f" Without it, these stores take no more orders by PushCart from {until}:"
    return _letter(company, "feed_aging", f"The stock of {which} grows old", f"{text}\n\n{_named(stores)}")


def source_failing(company: Company, event: Event) -> Letter:
    url, error = event.data["url"], event.data["error"]
    text = f"We can't fetch {url}: {error}\n\nWe go on trying; until then the stock stays as it was and grows older."
    return _letter(company, "source_failing", f"Your feed can't be fetched: {url}", text)


def source_working(company: Company, event: Event) -> Letter:
    url = event.data["url"]
    return _letter(company, "source_working", f"Your feed is fetched again: {url}", f"{url} answers again.")


def drop_stuck(company: Company, event: Event) -> Letter:
    file, error = event.data["file"], event.data["error"]
    text = f"We took in {file} and could not move it out of the way ({error}). It counts once all the same."
    text += " Please see to it that your drop folder has two folders, done and failed, into which we can write."
    return _letter(company, "drop_stuck", "Your drop folder needs you", text)


def invited(company: Company, _: Event) -> Letter:
    return _letter(
        company,
        "setup",
        "Set up Buy it Locally",
        "Three things are needed before shoppers can order from your stores: the sales tax of each store, a Stripe"
        " account to which their payments go, and a card for our own invoices. You see how they stand, and set them up,"
        f" here:\n\n  {setup_url(company)}\n\nThe link works for a week. Whoever has it can change these settings:"
        " please pass it on to nobody.",
    )


def account_connected(company: Company, event: Event) -> Letter:
    return _letter(
        company,
        "account",
        "Your Stripe account was connected",
        f"From now on shoppers pay to the Stripe account {event.data['account']}.\n\n{_NOT_YOU}",
    )


def billing_card(company: Company, event: Event) -> Letter:
    brand, last4 = event.data["brand"].capitalize(), event.data["last4"]
    if not last4:
        return _letter(
            company,
            "card",
            "The card for our invoices was removed",
            f"Nothing can be ordered from your stores until there is one again.\n\n{_NOT_YOU}",
        )
    return _letter(
        company,
        "card",
        "A card for our invoices was saved",
        f"We charge our invoices to {brand} ending in {last4}.\n\n{_NOT_YOU}",
    )


LETTERS: dict[str, Callable[[Company, Event], Letter | None]] = {
    "companies.endpoint_failing": endpoint_moved,
    "companies.endpoint_stopped": endpoint_moved,
    "companies.endpoint_working": endpoint_moved,
    "companies.endpoint_behind": endpoint_behind,
    "companies.endpoint_certificate_ends": certificate_ends,
    "companies.endpoint_caught_up": endpoint_caught_up,
    "companies.setup_invited": invited,
    "inventory.held": feed_held,
    **of_money.LETTERS,
    "inventory.aging": feed_aging,
    "inventory.source_failing": source_failing,
    "inventory.source_working": source_working,
    "inventory.drop_stuck": drop_stuck,
    "payments.account_connected": account_connected,
    "payments.billing_card": billing_card,
    "webhooks.unacknowledged": unacknowledged,
    "webhooks.given_up": given_up,
}


def _letter(company: Company, about: str, subject: str, text: str) -> Letter:
    return Letter(kind=f"owner.{about}", mail=company.email, subject=subject, text=f"{text}\n")
