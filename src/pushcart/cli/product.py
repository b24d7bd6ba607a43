"""`pushcart product import|block`: a brand's catalogue, by hand."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 typer reads the annotations
from typing import Annotated

import typer
from rich.console import Console

from pushcart.cli.asking import company_called, say_remarks, stop

product = typer.Typer(help="Takes in what brands sell.", no_args_is_help=True)


@product.command("import")
def import_(
    brand: Annotated[str, typer.Argument(help="The brand's short name.")],
    file: Annotated[Path, typer.Argument(help="CSV or .xlsx: upc, name, style, color, size, sku, image, msrp.")],
) -> None:
    """Takes in a brand's product feed; products that it leaves out stay as they are."""
    from pushcart.catalog.actions.import_products import import_products
    from pushcart.kit.sheets.errors import SheetError

    company = company_called(brand, kind="brand")
    if not file.is_file():
        stop(f"there is no file {file}.")
    try:
        with file.open("rb") as stream:
            read = import_products(company, stream)
    except SheetError as error:
        stop(str(error))
    Console(highlight=False).print(
        f"{read.rows:,} rows read, {read.changed:,} products changed, {len(read.refused):,} set aside, "
        f"{len(read.repaired):,} put right."
    )
    say_remarks(read.refused, len(read.refused))
    say_remarks(read.repaired, len(read.repaired))


@product.command()
def block(
    upc: Annotated[str, typer.Argument(help="In any writing of a GTIN.")],
    path: Annotated[str, typer.Argument(help="bopis, ropis or delivery.")],
    retailer: Annotated[str, typer.Option(help="In this retailer's stores alone.")] = "",
    *,
    lift: Annotated[bool, typer.Option("--lift", help="Let it be bought that way again.")] = False,
) -> None:
    """Takes a product off a way of buying: what is blocked for bopis and delivery is "ROPIS only"."""
    from pushcart.catalog.actions.block_path import PathError, block_path
    from pushcart.catalog.queries import find

    found = find(upc)
    if found is None:
        stop(f"there is no product {upc}.")
    where = company_called(retailer, kind="retailer") if retailer else None
    try:
        news = block_path(found, path.lower(), retailer=where, blocked=not lift)
    except PathError as error:
        stop(str(error))
    now = "can be bought by" if lift else "can't be bought by"
    print(f"{found} {now} {path.lower()} {f'at {where}' if where else 'anywhere'}{'' if news else ', as before'}.")
