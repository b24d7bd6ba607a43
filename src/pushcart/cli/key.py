"""`pushcart key create|list|show|revoke|reseal`: companies' API keys, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from pushcart.cli.asking import company_called, stop

if TYPE_CHECKING:
    from pushcart.companies.models import ApiKey

key = typer.Typer(help="Makes, shows and revokes API keys.", no_args_is_help=True)

_Slug = Annotated[str, typer.Argument(metavar="COMPANY", help="The company's short name.")]
_Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Of the key, as `key list` gives it.")]


@key.command()
def create(
    company: _Slug,
    name: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    test: Annotated[bool, typer.Option("--test", help="It sees test carts alone.")] = False,
) -> None:
    """Makes a key and prints its secret."""
    from pushcart.companies.actions.create_key import create_key
    from pushcart.companies.errors import CompanyError

    try:
        _, secret = create_key(company_called(company), name, test=test)
    except CompanyError as error:
        stop(str(error))
    print(secret)


@key.command("list")
def list_(company: _Slug) -> None:
    """Lists a company's keys, without their secrets."""
    table = Table("number", "name", "kind", "made", "revoked", box=None)
    for row in company_called(company).api_keys.order_by("pk"):
        made = f"{row.created_at:%Y-%m-%d %H:%M}"
        revoked = f"{row.revoked_at:%Y-%m-%d %H:%M}" if row.revoked_at else ""
        table.add_row(str(row.pk), row.name, "test" if row.test else "live", made, revoked)
    Console(highlight=False).print(table)


@key.command()
def show(number: _Number) -> None:
    """Prints a key's secret once more."""
    from pushcart.companies.actions.show_key import show_key

    print(show_key(_key(number)))


@key.command()
def revoke(number: _Number) -> None:
    """Ends a key for good, at once."""
    from pushcart.companies.actions.revoke_key import revoke_key

    revoked = _key(number)
    at = revoke_key(revoked)
    Console(highlight=False).print(f"{revoked.name} is revoked since {at:%Y-%m-%d %H:%M} UTC.")


@key.command()
def reseal() -> None:
    """Puts every key under the present PUSHCART_SECRET_KEY, after a change of it."""
    from pushcart.companies.actions.reseal_keys import reseal_keys
    from pushcart.kit.crypto import SealBrokenError

    try:
        count = reseal_keys()
    except SealBrokenError as error:
        stop(str(error))
    Console(highlight=False).print(f"{count:,} keys are sealed with the present secret key.")


def _key(number: int) -> ApiKey:
    from pushcart.companies.models import ApiKey

    found = ApiKey.objects.filter(pk=number).first()
    if found is None:
        stop(f"there is no key {number}; see `pushcart key list COMPANY`.")
    return found
