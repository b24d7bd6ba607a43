from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from pushcart.cli.asking import stop

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def reconcile(
    *,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The UTC day; yesterday without it.")
    ] = None,
    company: Annotated[str, typer.Option(help="The retailer's short name; without it, all that are connected.")] = "",
) -> None:
    """Holds a day of the ledger against Stripe's own books and names every cent of difference."""
    from pushcart.kit import clock
    from pushcart.payments.actions.reconcile import reconcile as reconcile_day
    from pushcart.payments.errors import PaymentsError
    from pushcart.payments.reconciliation.due import accounts_of
    from pushcart.payments.reconciliation.report import report

    of_day = (day or clock.now() - timedelta(days=1)).date()
    good = True
    for retailer, account_id in [(each, account) for each in _retailers(company) for account in accounts_of(each)]:
        try:
            said = report(reconcile_day(retailer, of_day, account_id=account_id))
        except PaymentsError as error:
            typer.echo(f"pushcart: {retailer.name}: {error}", err=True)
            good = False
            continue
        typer.echo(said.text, nl=False)
        good = good and not said.differences
    if not good:
        raise typer.Exit(1)


def _retailers(slug: str) -> list[Company]:
    from pushcart.companies.models import Company

    connected = Company.objects.filter(stripe_account__isnull=False).order_by("slug")
    found = list(connected.filter(slug=slug) if slug else connected)
    if not found:
        known = ", ".join(connected.values_list("slug", flat=True)) or "none yet"
        stop(f"there is no retailer {slug!r} with a Stripe account; those are: {known}.")
    return found
