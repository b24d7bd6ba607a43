"""GET conversion/start, product_data, buy_online_ecommerce_data and common: the product, and the words of this API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from pushcart.api.headless.asked import ProductAsked
from pushcart.api.headless.door import SoftError, door
from pushcart.api.headless.numbers import ITEM_NOT_AVAILABLE, NO_ACCESS
from pushcart.api.headless.shopper import geo
from pushcart.catalog.models import Product
from pushcart.kit.money import major

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from pushcart.api.headless.door import Call


@door("GET")
def start(call: Call) -> dict[str, Any]:
    """The product that the page shows, found by its UPC, style or `product_id`; and where the shopper is."""
    product, visit = _product(call), call.visit()
    item = visit.items.order_by("-pk").first() if visit else None
    return {
        "style": product.style,
        "company_id": call.caller.company_id,
        "upc": product.upc,
        "product_id": product.pk,
        "company_name": call.caller.company.name,
        "initial_store_id": item.store_id if item else 0,
        "company_logo": "",
        "user_geo": geo(visit, call.caller.company),
        "session": {"id": call.session},
    }


@door("GET")
def product_data(call: Call) -> dict[str, Any]:
    """The product with all variants of its style."""
    product = _product(call)
    variants = [product]
    if product.style:
        variants = list(_products(call).filter(style=product.style).order_by("color", "size", "upc"))
    return {
        "company_id": call.caller.company_id,
        "company_name": call.caller.company.name,
        "product_id": product.pk,
        "upc": product.upc,
        "style": product.style,
        "name": product.name,
        "image": product.image,
        "variants": [_variant(variant, call.caller.company.currency) for variant in variants],
    }


@door("GET")
def buy_online_ecommerce_data(call: Call) -> dict[str, Any]:
    """Online shops that ship the product: there are none in this network, whose orders are fulfilled by stores."""
    _own(call)
    return {"markers": [], "total_marker_count": 0}


@door("GET")
def common(call: Call) -> dict[str, Any]:
    """What the words and numbers of the other answers mean."""
    return {
        "company_id": call.caller.company_id,
        "company_name": call.caller.company.name,
        "currency": call.caller.company.currency,
        "distance_units": ["mi", "km"],
        "paths_to_purchase": ["bopis", "ropis", "delivery", "curbside"],
        "status_filters": ["IN_STOCK", "PTP_BOPIS", "PTP_ROPIS", "PTP_SDD", "PTP_STS"],
        "session": {"id": call.session},
    }


def _product(call: Call) -> Product:
    """The brand's product; of a style the first variant by its UPC."""
    _own(call)
    asked = call.asked(ProductAsked)
    wanted = {"upc": asked.upc, "style": asked.style, "pk": asked.product_id}
    given = {name: value for name, value in wanted.items() if value}
    # A UPC says it best: a page may send along what its other systems call the product.
    named = {"upc": given["upc"]} if "upc" in given else {"style": given["style"]} if "style" in given else given
    found = _products(call).filter(**named).order_by("upc").first() if named else None
    if found is None:
        raise SoftError(f"{call.caller.company.name} has no such product.", ITEM_NOT_AVAILABLE)
    return found


def _own(call: Call) -> None:
    company = str(call.said.get("company_id", call.caller.company_id))
    if company != str(call.caller.company_id):
        raise SoftError(f"This key has no access to company {company[:20]}.", NO_ACCESS)


def _products(call: Call) -> QuerySet[Product]:
    return Product.objects.filter(brand_id=call.caller.company_id)


def _variant(product: Product, currency: str) -> dict[str, Any]:
    price = None if product.msrp is None else orjson.Fragment(str(major(product.msrp, currency)))
    return {
        "upc": product.upc,
        "product_id": product.pk,
        "color": product.color,
        "size": product.size,
        "image": product.image,
        "vendor_sku": product.vendor_sku,
        "msrp": price,
        "currency": currency,
    }
