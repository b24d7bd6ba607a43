"""The signed link by which a store's staff decide an order of the standard workflow, without signing in."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing

from pushcart.carts.models import Cart

_SALT = "pushcart.carts.decision"
# A link in a mail works for as long as an order can still be handed over or refunded.
GOOD_FOR = timedelta(days=90)


class LinkError(ValueError):
    """The link was not made by this installation, or is too old."""


def decision_url(cart: Cart) -> str:
    """Where the staff of the cart's store decide it."""
    return f"{settings.PUBLIC_URL}/decide/{signing.dumps(cart.pk, salt=_SALT)}"


def cart_of(token: str) -> Cart:
    """The cart that a link's token is for.

    Raises:
        LinkError: forged, mangled or too old.
    """
    try:
        pk = signing.loads(token, salt=_SALT, max_age=GOOD_FOR)
    except signing.SignatureExpired:
        raise LinkError("This link is too old; sign in to the Station to see the order.") from None
    except signing.BadSignature:
        raise LinkError("This link is not right. Was it copied whole?") from None
    return Cart.objects.select_related("store", "retailer").get(pk=pk)
