"""The money at the end: by our lines, and by the payment double's own books."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from rich.table import Table

from pushcart.carts.models import Cart, Line
from pushcart.kit.money import major
from pushcart.payments.actions.reconcile import reconcile
from pushcart.payments.ledger.check import check
from pushcart.payments.ledger.days import days
from pushcart.payments.ledger.models import Account, Posting
from pushcart.payments.reconciliation.report import report
from pushcart.sandbox.story.chapters import TUESDAY, WEDNESDAY

if TYPE_CHECKING:
    from pushcart.payments.ledger.days import Day
    from pushcart.sandbox.story.chapters import Story

_DAYS = (TUESDAY, WEDNESDAY)
_OF_A_DAY = ("captured", "refunded", "platform_fees", "stripe_fees", "net")
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
    _ledger(story, card_network)


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


def _ledger(story: Story, card_network: str) -> None:
    """The retailer's ledger by day, after each day was held against the card network's balance transactions."""
    company = story.store.company
    for day in _DAYS:
        said = report(reconcile(company, day))
        story.tell.check(f"the ledger and the card network's balance agree on {day}", said.differences, [])
    story.tell.chapter("The ledger: what each day brought to the retailer's balance")
    found = days(company, _DAYS[0], _DAYS[-1] + timedelta(days=1))
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("  day", no_wrap=True)
    for name in _OF_A_DAY:
        table.add_column(name.replace("_", " "), justify="right")
    for booked in found:
        table.add_row(f"  {booked.day:%a %d %b}", *(_signed(booked, name) for name in _OF_A_DAY))
    story.tell.table(table)
    _ledger_held_against(story, card_network)


def _ledger_held_against(story: Story, card_network: str) -> None:
    """Account by account, to the cent; and every entry adds up."""
    company = story.store.company
    posted = Posting.objects.filter(entry__company=company).order_by().values_list("account")
    ledger = dict.fromkeys(Account.values, 0) | dict(posted.annotate(Sum("amount")))
    books = story.wire.get(f"{card_network}/_double/books").json()["totals"][company.stripe_account.account_id]["usd"]
    ours = {
        "holding": ledger["held"],
        "captured": -ledger["sales"],
        "refunded": ledger["refunds"] + ledger["refunds_pending"],
        "disputed": ledger["disputed"] + ledger["chargebacks"],
    }
    story.tell.check("the ledger is the card network's books", ours, {name: books[name] for name in ours})
    story.tell.check("debits and credits are equal", sum(ledger.values()), 0)
    proved = check()
    story.tell.check("no row says other than its journal", proved.broken, [])
    story.tell.progress(
        f"{proved.entries} entries add up; they and the card network's own books say the same, to the cent."
    )


def _signed(day: Day, name: str) -> str:
    amount = getattr(day, name)
    return str(major(amount if name in {"captured", "net"} else -amount, day.currency))


def _sums(cart_hash: str) -> dict[str, int]:
    sums: dict[str, Any] = Line.objects.filter(cart__hash=cart_hash).aggregate(**{n: Sum(n) for n in _COLUMNS})
    return sums


def _of(sums: dict[str, int]) -> int:
    return sums["held"] + sums["captured"] + sums["released"]
