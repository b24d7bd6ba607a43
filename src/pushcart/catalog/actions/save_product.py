from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.catalog.gtin import canonical
from pushcart.catalog.models import Product
from pushcart.kit.money import step

if TYPE_CHECKING:
    from pushcart.companies.models import Company


class ProductError(ValueError):
    """What was told of a product can't be; the message is a sentence."""


def save_product(
    brand: Company,
    upc: str,
    *,
    name: str,
    msrp: int | None = None,
    style: str = "",
    color: str = "",
    size: str = "",
    vendor_sku: str = "",
    image: str = "",
) -> Product:
    """Writes a brand's product, new or known by its GTIN. `msrp` in minor units of the brand's currency.

    Raises:
        GtinError: not a GTIN.
        ProductError: it has no name, a price below nothing, or another brand's GTIN.
    """
    upc, name = canonical(upc), name.strip()
    if not name:
        raise ProductError(f"Product {upc} has no name.")
    if msrp is not None and msrp < 0:
        raise ProductError(f"Product {upc} can't cost less than nothing.")
    if msrp is not None and msrp % step(brand.currency):
        raise ProductError(f"Product {upc} has a price finer than a card can be charged in {brand.currency.upper()}.")
    with transaction.atomic():
        known = Product.objects.select_for_update().filter(upc=upc).first()
        if known is not None and known.brand_id != brand.pk:
            raise ProductError(f"UPC {upc} is a product of another brand.")
        details = {"name": name, "msrp": msrp, "style": style, "color": color, "size": size}
        product, _ = Product.objects.update_or_create(
            upc=upc, brand=brand, defaults={**details, "vendor_sku": vendor_sku, "image": image}
        )
    return product
