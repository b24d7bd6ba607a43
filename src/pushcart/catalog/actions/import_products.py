from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from pushcart.catalog.gtin import GtinError
from pushcart.catalog.models import Product
from pushcart.catalog.naming import names_of
from pushcart.catalog.queries import known
from pushcart.catalog.written import Written, written
from pushcart.kit.prices import PriceError, decimals_of, price
from pushcart.kit.sheets.errors import SheetError
from pushcart.kit.sheets.header import Vocabulary
from pushcart.kit.sheets.rows import Table
from pushcart.kit.sheets.spool import spooled
from pushcart.kit.sheets.unpack import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pushcart.catalog.naming import Names
    from pushcart.companies.models import Company
    from pushcart.kit.prices import Decimals
    from pushcart.kit.sheets.rows import Row
    from pushcart.kit.sheets.spool import Readable

_ALIASES = {
    "upc": ("upc", "gtin", "ean", "barcode", "upccode", "gtin12", "gtin13", "gtin14", "eanupc"),
    "name": ("name", "productname", "title", "product", "description"),
    "style": ("style", "stylenumber", "styleno", "stylecode", "itemgroupid", "model", "modelnumber"),
    "color": ("color", "colour", "colorname", "colourname"),
    "size": ("size", "sizename"),
    "vendor_sku": ("vendorsku", "sku", "mpn", "itemnumber", "partnumber", "articlenumber"),
    "image": ("image", "imageurl", "imagelink", "picture", "photo"),
    "msrp": ("msrp", "price", "retailprice", "listprice", "rrp", "suggestedretailprice"),
}
_COLUMNS = ("name", "style", "color", "size", "vendor_sku", "image", "msrp")
PRODUCTS = Vocabulary(
    _ALIASES,
    needs=((frozenset({"upc"}),), tuple(frozenset({name}) for name in _COLUMNS)),
    example="upc, name, msrp",
)
_LONGEST = {"name": 200, "style": 80, "color": 60, "size": 40, "vendor_sku": 80, "image": 500}
# They are held in memory.
MOST_ROWS = 250_000
_AT_A_TIME = 1000
_is_url = URLValidator(schemes=["https", "http"])


@dataclass
class ProductsRead:
    """What came of a brand's product feed: good rows went in, the others say why not."""

    rows: int = 0
    changed: int = 0  # products that are new or other than before
    refused: list[tuple[int, str]] = field(default_factory=list)  # line, cause
    repaired: list[tuple[int, str]] = field(default_factory=list)  # line, what was put right


def import_products(brand: Company, stream: Readable) -> ProductsRead:
    """Takes in a brand's product feed: `upc,name` and perhaps style, color, size, sku, image, msrp.

    It may be text of any separator and encoding, a workbook, or either as .gz, and is read as a feed of stock is.
    Products that it leaves out stay as they are: a feed may tell of a season alone. A cell that is missing keeps what
    was known; a row without a UPC or, for a new product, a name is set aside.

    Raises:
        SheetError: it can't be read, or names no UPC; nothing was changed.
    """
    read = ProductsRead()
    most = settings.PRODUCTS_MOST_BYTES
    with spooled(stream, most) as file, unpacked(file, PRODUCTS, most) as text:
        table = Table(text, PRODUCTS)
        rows = _counted(table, read)
        decimals = decimals_of((row.values.get("msrp", "") for row, _ in rows), brand.currency, table.separator)
    told = _told(rows, brand, decimals, read)
    if not told:
        cause = f" Line {min(read.refused)[0]}: {min(read.refused)[1]}" if read.refused else ""
        raise SheetError(f"No row of the file tells of a product.{cause}")
    upcs = sorted(told)
    with transaction.atomic():
        for start in range(0, len(upcs), _AT_A_TIME):
            _save(brand, {upc: told[upc] for upc in upcs[start : start + _AT_A_TIME]}, read)
    read.refused.sort()
    read.repaired.sort()
    return read


def _counted(table: Iterable[Row], read: ProductsRead) -> list[tuple[Row, Written]]:
    """Those of the rows that have a product's number."""
    rows = []
    for row in table:
        read.rows += 1
        if read.rows > MOST_ROWS:
            raise SheetError(f"It has more than {MOST_ROWS:,} rows: send it in parts.")
        try:
            number = written(row.values.get("upc", ""))
        except GtinError as error:
            read.refused.append((row.line, row.fault or str(error)))
            continue
        if row.fault:
            read.refused.append((row.line, row.fault))
        else:
            rows.append((row, number))
    return rows


def _told(
    rows: list[tuple[Row, Written]], brand: Company, decimals: Decimals, read: ProductsRead
) -> dict[str, dict[str, Any]]:
    """What is told of each product, and in which line last."""
    numbers = np.array([number.number for _, number in rows], np.int64)
    names = names_of(numbers, np.array([number.digits for _, number in rows], np.int64), known)
    told: dict[str, dict[str, Any]] = {}
    for n, (row, number) in enumerate(rows):
        try:
            _must_be_known(names, n)
            values, doubt = _values(row.values, brand.currency, decimals)
        except _RefusedError as error:
            read.refused.append((row.line, str(error)))
            continue
        repairs = (number.repair, names.repair(n), doubt)
        read.repaired.extend((row.line, repair) for repair in repairs if repair)
        upc = f"{names.upc[n]:012}"
        told[upc] = {**told.get(upc, {}), **values, "line": row.line}
    return told


class _RefusedError(ValueError):
    """A row that can't be used; the message is a sentence."""


def _must_be_known(names: Names, n: int) -> None:
    if not names.upc[n]:
        raise _RefusedError(names.cause(n))


def _values(said: dict[str, str], currency: str, decimals: Decimals) -> tuple[dict[str, Any], str]:
    """What a product is to be, and what was doubtful of it."""
    values: dict[str, Any] = {name: text for name, text in said.items() if name in _LONGEST}
    for name, text in values.items():
        if len(text) > _LONGEST[name]:
            raise _RefusedError(f"The {name} has {len(text)} characters; {_LONGEST[name]} are the most.")
    doubt = ""
    try:
        if "image" in said:
            _is_url(said["image"])
        if "msrp" in said:
            values["msrp"], doubt = price(said["msrp"], currency, decimals)
    except PriceError as error:
        raise _RefusedError(str(error)) from None
    except ValidationError:
        raise _RefusedError(f"The image {said['image'][:60]!r} is not a URL.") from None
    return values, doubt


def _save(brand: Company, told: dict[str, dict[str, Any]], read: ProductsRead) -> None:
    known_here = {product.upc: product for product in Product.objects.select_for_update().filter(upc__in=told)}
    fresh, changed = [], []
    for upc, values in told.items():
        line = int(values.pop("line"))
        product = known_here.get(upc)
        if product is not None and product.brand_id != brand.pk:
            read.refused.append((line, f"UPC {upc} is a product of another brand."))
        elif product is None and "name" not in values:
            read.refused.append((line, f"Product {upc} has no name."))
        elif product is None:
            fresh.append(Product(upc=upc, brand=brand, **values))
        elif any(getattr(product, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(product, name, value)
            changed.append(product)
    Product.objects.bulk_create(fresh)
    Product.objects.bulk_update(changed, _COLUMNS)
    read.changed += len(fresh) + len(changed)
