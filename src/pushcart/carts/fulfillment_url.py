"""The retailer's own page of an order, to which the shopper is sent from then on (the announcement, 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from pushcart.carts.errors import FulfillmentUrlError
from pushcart.carts.moves import require

if TYPE_CHECKING:
    from pushcart.carts.change import Change
    from pushcart.carts.models import Line

LONGEST = 500  # characters
_is_url = URLValidator(schemes=["http", "https"])


def check(url: str, *, upc: str = "") -> str:
    """The address without the blanks around it; an empty one is none.

    Raises:
        FulfillmentUrlError: not an http or https address, longer than 500 characters, or with a password in it.
    """
    url = url.strip()
    if len(url) > LONGEST:
        raise FulfillmentUrlError(f"it has {len(url)} characters, {LONGEST} are the most", upc=upc)
    if not url:
        return ""
    try:
        _is_url(url)
        _ = urlsplit(url).port
    except (ValidationError, ValueError):
        raise FulfillmentUrlError("it is not an http or https address", upc=upc) from None
    if "@" in urlsplit(url).netloc:
        # It stands in documents, mails and webhooks from then on.
        raise FulfillmentUrlError("it holds a user name or password, which everybody would see", upc=upc)
    if not url.isprintable():
        raise FulfillmentUrlError("it holds characters that no address has", upc=upc)
    return url


def move_with(change: Change, line: Line, status: str, url: str) -> None:
    """Moves the line and brings its page with it. Said again, only another page changes something.

    Raises:
        IllegalTransitionError: the line is decided already.
        FulfillmentUrlError: as `check`.
    """
    if line.status == status:
        if _bring(change, line, url):
            change.tell(status, line)
        return
    require(line, status)
    _bring(change, line, url)
    change.move(line, status)


def _bring(change: Change, line: Line, url: str) -> bool:
    """Writes the address to the line and to its cart, whose page it replaces; says whether that changed anything."""
    url = check(url, upc=line.upc)
    if not url or url == line.fulfillment_url:
        return False
    change.write(line, fulfillment_url=url)
    change.cart.fulfillment_url = url
    return True
