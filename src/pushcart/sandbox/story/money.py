"""The money at the end: by our lines, and by the payment double's own books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from rich.table import Table

from pushcart.carts.models import Cart, Line
from pushcart.kit.money import major

if TYPE_CHECKING:
    from pushcart.sandbox.story.chapters import Story

_COLUMNS = ("authorised", "held", "captured", "released", "kept", "refunded")


def count(story: Story, card_network: str) -> None:
    """Shows every order's money and holds the sums against the card network's books."""
    story.tell.chapter("The money")
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("  order", no_wrap=True)
    for name in _COLUMNS:
        table.add_column(name, justify="right")
    for title, cart_hash in story.carts.items():
        sums = _sums(cart_hash)
        table.add_row(f"  {cart_hash} {title}", *(f"{major(sums[name], 'usd')}" for name in _COLUMNS))
        story.tell.check(f"{cart_hash}: authorised = held + captured + released", sums["authorised"], _of(sums))
        story.tell.check(f"{cart_hash}: captured = kept + refunded", sums["captured"], sums["kept"] + sums["refunded"])
    whole = {name: sum(_sums(cart_hash)[name] for cart_hash in story.carts.values()) for name in _COLUMNS}
    table.add_row("  [bold]in all[/]", *(f"[bold]{major(whole[name], 'usd')}[/]" for name in _COLUMNS))
    story.tell.table(table)
    _held_against(story, card_network, whole)


def _held_against(story: Story, card_network: str, whole: dict[str, int]) -> None:
    account = Cart.objects.get(hash=next(iter(story.carts.values()))).retailer.stripe_account.account_id
    books = story.wire.get(f"{card_network}/_double/books").json()["totals"][account]["usd"]
    theirs = {
        "authorised": books["held"],
        "held": books["holding"],
        "captured": books["captured"],
        "released": books["released"],
        "refunded": books["refunded"],
    }
    story.tell.check("the card network's books say the same", theirs, {name: whole[name] for name in theirs})
    story.tell.check("its own rules hold", story.wire.get(f"{card_network}/_double/invariants").json()["ok"], True)
    story.tell.progress("The card network's own books say the same, to the cent.")


def _sums(cart_hash: str) -> dict[str, int]:
    sums: dict[str, Any] = Line.objects.filter(cart__hash=cart_hash).aggregate(**{n: Sum(n) for n in _COLUMNS})
    return sums


def _of(sums: dict[str, int]) -> int:
    return sums["held"] + sums["captured"] + sums["released"]
