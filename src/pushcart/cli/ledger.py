"""`pushcart ledger export | statement | check`: a retailer's money on paper, and the books' own proof."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from pushcart.cli.asking import retailer_called, stop

ledger = typer.Typer(help="Shows what was booked of a retailer's money.", no_args_is_help=True)

_Company = Annotated[str, typer.Option(help="The retailer's short name; not needed where there is one only.")]
_Month = Annotated[datetime | None, typer.Option(formats=["%Y-%m"], help="Without it, last month.")]
_Into = Annotated[Path | None, typer.Option(help="The file to write; without it, standard output.")]
_Test = Annotated[bool, typer.Option("--test", help="The test orders instead of the live ones.")]


@ledger.command("export")
def export_(*, company: _Company = "", month: _Month = None, into: _Into = None, test: _Test = False) -> None:
    """Writes a month's postings as CSV."""
    from pushcart.payments.ledger.export import export
    from pushcart.payments.ledger.statement import month_of

    begin, end = month_of(_month(month))
    with nullcontext(sys.stdout) if into is None else into.open("w", newline="") as file:
        count = export(retailer_called(company), begin, end, file, test=test)
    typer.echo(f"{count:,} postings of {begin:%B %Y}.", err=True)


@ledger.command("statement")
def statement_(
    *,
    company: _Company = "",
    month: _Month = None,
    into: _Into = None,
    test: _Test = False,
    provisional: Annotated[bool, typer.Option("--provisional", help="Also where it is not reconciled yet.")] = False,
) -> None:
    """Writes a month's statement as a page that can be printed."""
    from pushcart.payments.ledger.statement import NotReconciledError, statement

    try:
        page = statement(retailer_called(company), _month(month), test=test, provisional=provisional)
    except NotReconciledError as error:
        stop(f"{error} Say --provisional for one that may change.", status=1)
    with nullcontext(sys.stdout) if into is None else into.open("w") as file:
        file.write(page)


@ledger.command()
def days(*, company: _Company = "", month: _Month = None, into: _Into = None, test: _Test = False) -> None:
    """Writes each day of a month as CSV, with how the accounts stood as it began and as it ended."""
    from pushcart.payments.ledger.export import export_days
    from pushcart.payments.ledger.statement import month_of

    begin, end = month_of(_month(month))
    with nullcontext(sys.stdout) if into is None else into.open("w", newline="") as file:
        export_days(retailer_called(company), begin, end, file, test=test)


@ledger.command()
def check() -> None:
    """Proves that every entry adds up and that no row says other than its journal."""
    from pushcart.payments.ledger.check import check as check_books

    found = check_books()
    for sentence in found.broken:
        typer.echo(sentence, err=True)
    typer.echo(f"{found.entries:,} entries of {found.holds:,} holds: {len(found.broken):,} broken.")
    if found.broken:
        raise typer.Exit(1)


def _month(month: datetime | None) -> date:
    from pushcart.kit import clock

    return month.date() if month else clock.now().date().replace(day=1) - timedelta(days=1)
