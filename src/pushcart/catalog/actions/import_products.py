from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from pushcart.catalog.gtin import GtinError, canonical
from pushcart.catalog.models import Product
from pushcart.kit.money import MoneyError, minor
from pushcart.kit.sheets import SheetError, rows

if TYPE_CHECKING:
    from pushcart.companies.models import Company
    from pushcart.kit.sheets import Row

# The better name first.
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
_LONGEST = {"name": 200, "style": 80, "color": 60, "size": 40, "vendor_sku": 80, "image": 500}
_AT_A_TIME = 1000
_is_url = URLValidator(schemes=["https", "http"])


@dataclass
class ProductsRead:
    """What came of a brand's product feed: good rows went in, the others say why not."""

    rows: int = 0
    changed: int = 0  # products that are new or other than before
    refused: list[tuple[int, str]] = field(default_factory=list)  # line, cause


def import_products(brand: Company, content: bytes) -> ProductsRead:
    """Takes in a brand's product feed: `upc,name` and perhaps style, color, size, sku, image, msrp; CSV or .xlsx.

    Products that it leaves out stay as they are: a feed may tell of a season alone. A cell that is missing keeps what
    was known; a row without a UPC or, for a new product, a name is set aside.

    Raises:
        SheetError: it can't be read, or names no UPC; nothing was changed.
    """
    read = ProductsRead()
    told: dict[str, dict[str, str | int]] = {}
    for row in rows(content):
        read.rows += 1
        try:
            upc, values = _product(row, brand.currency)
        except _RefusedError as error:
            read.refused.append((row.line, str(error)))
            continue
        told[upc] = {**told.get(upc, {}), **values, "line": row.line}
    if not told:
        cause = f" Line {read.refused[0][0]}: {read.refused[0][1]}" if read.refused else ""
        raise SheetError(f"No row of the file tells of a product.{cause}")
    upcs = sorted(told)
    with transaction.atomic():
        for start in range(0, len(upcs), _AT_A_TIME):
            _save(brand, {upc: told[upc] for upc in upcs[start : start + _AT_A_TIME]}, read)
    read.refused.sort()
    return read


class _RefusedError(ValueError):
    """A row that can't be used; the message is a sentence."""


def _product(row: Row, currency: str) -> tuple[str, dict[str, str | int]]:
    said = {
        name: text
        for name, aliases in _ALIASES.items()
        if (text := next((row.values[alias] for alias in aliases if alias in row.values), ""))
    }
    try:
        upc = canonical(said.pop("upc", ""))
        msrp = {"msrp": minor(said.pop("msrp").lstrip("$€£ "), currency)} if "msrp" in said else {}
        if "image" in said:
            _is_url(said["image"])
    except (GtinError, MoneyError) as error:
        raise _RefusedError(str(error)) from None
    except ValidationError:
        raise _RefusedError(f"The image {said['image'][:60]!r} is not a URL.") from None
    for name, text in said.items():
        if len(text) > _LONGEST[name]:
            raise _RefusedError(f"The {name} has {len(text)} characters; {_LONGEST[name]} are the most.")
    return upc, {**said, **msrp}


def _save(brand: Company, told: dict[str, dict[str, str | int]], read: ProductsRead) -> None:
    known = {product.upc: product for product in Product.objects.select_for_update().filter(upc__in=told)}
    fresh, changed = [], []
    for upc, values in told.items():
        line = int(values.pop("line"))
        product = known.get(upc)
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
