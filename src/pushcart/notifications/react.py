"""From events to notices: who has to hear of it, and by which way (the announcement, 4)."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import orjson

from pushcart.carts.models import Cart
from pushcart.companies.models import Company
from pushcart.notifications import to_owner, to_shopper, to_store
from pushcart.notifications.actions.write import write
from pushcart.notifications.standings import turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushcart.events.models import Event
    from pushcart.notifications.letters import Letter


def react(events: list[Event]) -> None:
    """Writes the notices of these events; a job sends each. An order's event is told once, as its retailer's."""
    retailers = Company.objects.filter(kind=Company.Kind.RETAILER).in_bulk({event.company_id for event in events})
    standings: dict[int, list[Event]] = {}
    for event in events:
        company = retailers.get(event.company_id)
        if company is None:
            continue
        if event.type == "eligibility.changed":
            standings.setdefault(company.pk, []).append(event)
        else:
            _tell(company, event)
    for company_id, changes in standings.items():
        _tell_turns(retailers[company_id], changes)


def _tell(company: Company, event: Event) -> None:
    cart = Cart.objects.select_related("store").get(pk=event.cart_id) if event.cart_id else None
    letters = _of_cart(cart, event) if cart is not None else iter(())
    for letter in chain(letters, _of_company(company, event)):
        write(letter, event=event, company=company, cart=cart)


def _tell_turns(company: Company, changes: list[Event]) -> None:
    """A chain's stores lose PushCart all at once: its owner gets one letter, and not one for each."""
    for turn in turns(changes):
        write(to_owner.turned(company, turn), event=turn.event, company=company, cart=None)


def _of_company(company: Company, event: Event) -> Iterator[Letter]:
    if event.test and event.cart_id:
        return
    said = to_owner.LETTERS.get(event.type)
    letter = said(company, event) if said else None
    if letter is not None:
        yield letter


def _of_cart(cart: Cart, event: Event) -> Iterator[Letter]:
    if event.type == "messages.posted":
        yield _message(cart, event)
        return
    named = event.data.get("upcs")
    lines = [line for line in cart.lines.order_by("position") if not named or line.upc in named]
    if not _shopper_is_the_retailers(cart, event):
        to_the_shopper = to_shopper.LETTERS.get(event.type)
        letter = to_the_shopper(cart, lines) if to_the_shopper else None
        if letter is not None:
            yield letter
    if not cart.test:
        to_the_store = to_store.LETTERS.get(event.type)
        letter = to_the_store(cart, lines) if to_the_store else None
        if letter is not None:
            yield letter


def _shopper_is_the_retailers(cart: Cart, event: Event) -> bool:
    """Whether somebody else writes to the shopper: the site that asked for it, or the retailer by its fulfillment_url.

    By what stood at the event: a retailer's system that is quicker than we are takes no earlier letter away. That the
    window ran out is told by us all the same: it was the retailer's system that said nothing.
    """
    return cart.muted or (event.type != "carts.auto_rejected" and _had_fulfillment_url(cart, event))


def _had_fulfillment_url(cart: Cart, event: Event) -> bool:
    then = cart.documents.filter(sequence=event.sequence or 0).values_list("body", flat=True).first()
    return bool(cart.fulfillment_url if then is None else orjson.loads(then)["fulfillment_url"])


def _message(cart: Cart, event: Event) -> Letter:
    text = event.data["text"]
    return to_shopper.message(cart, text) if event.data["author"] == "store" else to_store.message(cart, text)
