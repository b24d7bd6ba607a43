from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.crypto import constant_time_compare

from pushcart.carts.models import Cart, Document
from pushcart.companies.models import Company

if TYPE_CHECKING:
    from django.db.models import QuerySet

PER_PAGE = 50  # the announcement, 3


def visible(company: Company, *, test: bool) -> QuerySet[Cart]:
    """The orders that a company may see, most recent first: a retailer those of its stores, a brand those of its sites.

    A test key sees test orders alone (contract, section 1). What is still being placed, or was refused, nobody sees.
    """
    whose = {"retailer" if company.kind == Company.Kind.RETAILER else "brand": company}
    carts = Cart.objects.filter(**whose, test=test, ordered_at__isnull=False)
    return carts.select_related("store").order_by("-ordered_at", "-pk")


def find(cart_hash: str, company: Company, *, test: bool) -> Cart | None:
    """The cart of this hash, in any letter case; None where there is none, or it is another company's."""
    return visible(company, test=test).filter(hash=cart_hash.upper()).first()


def find_for_retailer(cart_hash: str, *, company_id: int, test: bool) -> Cart | None:
    """As `find`, for the one who may decide it."""
    carts = Cart.objects.filter(retailer_id=company_id, test=test, ordered_at__isnull=False)
    return carts.select_related("store").filter(hash=cart_hash.upper()).first()


def page(company: Company, number: int, *, test: bool) -> tuple[list[Cart], int]:
    """The carts of a page of 50, counted from 0, and how many carts there are on all pages."""
    carts = visible(company, test=test)
    return list(carts[number * PER_PAGE : (number + 1) * PER_PAGE]), carts.count()


def find_for_shopper(cart_hash: str, token: str) -> Cart | None:
    """The cart that a shopper's link opens; None where the link is not right."""
    cart = Cart.objects.filter(hash=cart_hash.upper(), ordered_at__isnull=False).select_related("store").first()
    return cart if cart is not None and constant_time_compare(cart.shopper_token, token) else None


def document_of(cart: Cart) -> str:
    """The cart object as JSON text, as it stands at the cart's sequence."""
    return Document.objects.values_list("body", flat=True).get(cart=cart, sequence=cart.sequence)
