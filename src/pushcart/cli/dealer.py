"""`pushcart dealer show|hide|list`: which retailers' stores a brand's shoppers see."""

from __future__ import annotations

from typing import Annotated

import typer

from pushcart.cli.asking import company_called

dealer = typer.Typer(help="Says which retailers' stores a brand shows.", no_args_is_help=True)

_Brand = Annotated[str, typer.Argument(metavar="BRAND", help="The brand's short name.")]
_Retailers = Annotated[list[str], typer.Argument(metavar="RETAILER...", help="The retailers' short names.")]


@dealer.command()
def show(brand: _Brand, retailers: _Retailers) -> None:
    """Shows these retailers' stores to the brand's shoppers."""
    _set(brand, retailers, shown=True)


@dealer.command()
def hide(brand: _Brand, retailers: _Retailers) -> None:
    """Shows them no longer."""
    _set(brand, retailers, shown=False)


@dealer.command("list")
def list_(brand: _Brand) -> None:
    """Lists a brand's dealers."""
    for relation in company_called(brand, kind="brand").dealers.select_related("retailer").order_by("retailer__name"):
        print(f"{relation.retailer.slug}: {'shown' if relation.authorized else 'not shown'}")


def _set(brand: str, retailers: list[str], *, shown: bool) -> None:
    from pushcart.companies.actions.set_dealer import set_dealer

    company = company_called(brand, kind="brand")
    news = set_dealer(company, [company_called(slug, kind="retailer") for slug in retailers], shown=shown)
    print(f"{company} {'shows' if shown else 'no longer shows'} {', '.join(retailers)} ({news:,} changed).")
