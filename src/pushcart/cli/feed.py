"""`pushcart feed …`: stock by hand, what became of feeds, and files that are fetched."""

from __future__ import annotations

import os
import pwd
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from pushcart.cli.asking import company_called, retailer_called, say_remarks, stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.companies.models import Company
    from pushcart.inventory.models import Import
    from pushcart.stores.models import Store

feed = typer.Typer(help="Takes in what the stores have in stock.", no_args_is_help=True)

_STDIN = Path("-")


@feed.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file with the columns upc, qty and perhaps price; - for stdin.")],
    store: Annotated[str, typer.Option(help="The number of the one store that the file tells of.")] = "",
    company: Annotated[str, typer.Option(help="The retailer's short name; not needed where there is one only.")] = "",
    *,
    delta: Annotated[
        bool, typer.Option("--delta", help="It tells changes: what it leaves out stays as it is.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Let it count even where it empties a store.")] = False,
) -> None:
    """Takes in all that the stores which FILE names have: what it leaves out is out of stock."""
    from pushcart.eligibility.actions.renew_company import renew_company
    from pushcart.inventory.actions.import_feed import import_feed

    retailer = retailer_called(company)
    only = _store(retailer, store) if store else None
    if file != _STDIN and not file.is_file():
        stop(f"there is no file {file}.")
    with nullcontext(sys.stdin.buffer) if file == _STDIN else file.open("rb") as stream:
        source = "stdin" if file == _STDIN else file.name
        done = import_feed(retailer, stream, source=source, by=_person(), store=only, delta=delta, force=force)
    renew_company(retailer.pk)
    _say(done)


@feed.command()
def release(number: Annotated[int, typer.Argument(help="Of the import, as `feed list` says it.")]) -> None:
    """Lets a feed count that was held back because it would have emptied a store."""
    from pushcart.inventory.actions.release_feed import release_feed

    _say(_decided(number, release_feed))


@feed.command()
def discard(number: Annotated[int, typer.Argument(help="Of the import, as `feed list` says it.")]) -> None:
    """Throws a feed away that was held back: the stock of the stores where it waits stays as it is."""
    from pushcart.inventory.actions.discard_feed import discard_feed

    done = _decided(number, discard_feed)
    Console(highlight=False, soft_wrap=True).print(f"Import {done.pk} of {done.source} is {done.state}.", markup=False)


@feed.command()
def page(company: Annotated[str, typer.Argument(metavar="COMPANY", help="The retailer's short name.")]) -> None:
    """Prints the link of the owner's page of feeds: whoever has it can send and release feeds, for a week."""
    from pushcart.companies.owner_link import feeds_url

    print(feeds_url(company_called(company, kind="retailer")))


@feed.command("list")
def list_(
    company: Annotated[str, typer.Option(help="The retailer's short name; without it, those of all.")] = "",
    state: Annotated[str, typer.Option(help="received, running, done, held, discarded or failed.")] = "",
    most: Annotated[int, typer.Option(help="How many, the newest first.")] = 20,
) -> None:
    """Lists the feeds that came in, whatever way."""
    from pushcart.inventory.models import Import

    found = Import.objects.select_related("company").order_by("-pk").defer("refused", "repaired")
    if company:
        found = found.filter(company=retailer_called(company))
    if state:
        found = found.filter(state=state)
    table = Table("import", "retailer", "came", "from", "by", "state", "rows", "changed", "set aside")
    for one in found[:most]:
        came = f"{one.started_at:%Y-%m-%d %H:%M} UTC"
        numbers = (f"{one.rows:,}", f"{one.changed:,}", f"{one.refused_count:,}")
        table.add_row(str(one.pk), one.company.slug, came, one.source, one.by, one.state, *numbers)
    Console(highlight=False).print(table)


@feed.command()
def show(number: Annotated[int, typer.Argument(help="Of the import.")]) -> None:
    """Says what became of one feed."""
    one, out = _import(number), Console(highlight=False, soft_wrap=True)
    _say_result(one)
    brought, decided = f" by {one.by}" if one.by else "", f" Decided by {one.decided_by}." if one.decided_by else ""
    out.print(
        f"A {one.mode}, came {one.started_at:%Y-%m-%d %H:%M} UTC{brought};"
        f" {len(one.applied)} of {one.stores} stores have it.{decided}",
        markup=False,
    )


@feed.command()
def report(number: Annotated[int, typer.Argument(help="Of the import.")]) -> None:
    """Writes the report of one feed: as CSV, each line that was set aside or put right."""
    from pushcart.inventory.feed.keep import report_of
    from pushcart.inventory.feed.report import as_csv

    one = _import(number)
    kept = report_of(one.pk)
    sys.stdout.write(kept.read_text(encoding="utf-8") if kept.exists() else as_csv(one))


@feed.command()
def host(
    url: Annotated[str, typer.Argument(help="Where the file stands; of https.")],
    store: Annotated[str, typer.Option(help="The number of the one store that the file tells of.")] = "",
    company: Annotated[str, typer.Option(help="The retailer's short name; not needed where there is one only.")] = "",
    every: Annotated[int, typer.Option(help="How often it is fetched, in minutes.")] = 60,
    user: Annotated[str, typer.Option(help="For HTTP's own authentication; the password is asked for.")] = "",
    *,
    delta: Annotated[
        bool, typer.Option("--delta", help="It tells changes: what it leaves out stays as it is.")
    ] = False,
    end: Annotated[bool, typer.Option("--stop", help="Fetch it no more.")] = False,
) -> None:
    """Has a file fetched from the retailer's own server on a timetable; the same URL again changes how."""
    from pushcart.inventory.actions.host_feed import host_feed
    from pushcart.inventory.feed.errors import FeedError
    from pushcart.inventory.models import HostedFeed

    retailer, out = retailer_called(company), Console(highlight=False, soft_wrap=True)
    if end:
        gone, _ = HostedFeed.objects.filter(company=retailer, url=url).delete()
        if not gone:
            stop(f"{retailer} has no feed at {url}.")
        out.print(f"{url} is fetched no more.", markup=False)
        return
    password = typer.prompt("Password", hide_input=True) if user else ""
    only = _store(retailer, store) if store else None
    try:
        hosted = host_feed(retailer, url, store=only, delta=delta, every_minutes=every, user=user, password=password)
    except FeedError as error:
        stop(str(error))
    out.print(f"{url} is fetched every {hosted.every_minutes} minutes, at once for the first time.", markup=False)


@feed.command()
def hosted() -> None:
    """Lists the files that are fetched, and how each did the last time."""
    from pushcart.inventory.models import HostedFeed

    table = Table("retailer", "store", "url", "tells", "every", "last fetched", "what came of it")
    for one in HostedFeed.objects.select_related("company", "store").order_by("company__slug", "url"):
        came = one.error or ("" if one.fetched_at is None else "as it should be")
        when = f"{one.fetched_at:%Y-%m-%d %H:%M} UTC" if one.fetched_at else "never"
        store = one.store.number if one.store else "as it says"
        table.add_row(one.company.slug, store, one.url, one.mode, f"{one.every_minutes} min", when, came)
    Console(highlight=False).print(table)


def _store(retailer: Company, number: str) -> Store:
    from pushcart.stores.models import Store

    found = Store.objects.filter(company=retailer, number=number).first()
    if found is None:
        stop(f"{retailer} has no store {number!r}.")
    return found


def _person() -> str:
    """Who runs this command, as the system knows them."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run as a user without a name
        return f"user {os.getuid()}"


def _import(number: int) -> Import:
    from pushcart.inventory.models import Import

    found = Import.objects.filter(pk=number).first()
    if found is None:
        stop(f"there is no import {number}.")
    return found


def _decided(number: int, decide: Callable[..., Import]) -> Import:
    from pushcart.eligibility.actions.renew_company import renew_company
    from pushcart.inventory.feed.errors import FeedError

    try:
        done = decide(number, by=_person())
    except FeedError as error:
        stop(str(error))
    renew_company(done.company_id)
    return done


def _say(done: Import) -> None:
    """What became of it; the exit status is 1 where the stock, or a part of it, is as it was."""
    _say_result(done)
    if done.state != done.State.DONE:
        raise typer.Exit(1)


def _say_result(done: Import) -> None:
    out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)
    out.print(
        f"Import {done.pk} of {done.source} is {done.state}: {done.rows:,} rows read,"
        f" {done.changed:,} products changed, {done.repaired_count:,} put right, {done.refused_count:,} set aside.",
        markup=False,
    )
    say_remarks(((remark["line"], remark["cause"]) for remark in done.refused), done.refused_count)
    if done.error:
        err.print(done.error, markup=False)
    if done.state == done.State.HELD:
        err.print(f"If that is right: pushcart feed release {done.pk}; if not: pushcart feed discard {done.pk}")
