"""POST analytics and GET email/template/send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prometheus_client import Counter

from pushcart.api.headless.door import SoftError, door
from pushcart.api.headless.numbers import NOT_AUTHORIZED

if TYPE_CHECKING:
    from pushcart.api.headless.door import Call

_TYPES = frozenset({"impression", "click", "locate", "add_to_cart", "order"})
_seen = Counter("pushcart_shopper_events_total", "What pages of brands tell of their shoppers.", ["brand", "type"])


@door("POST")
def analytics(call: Call) -> dict[str, Any]:
    """Counts what a page tells, by brand and type; of the shopper nothing is kept."""
    said = str(call.said.get("type", ""))
    kind = said if said in _TYPES else "other"
    _seen.labels(call.caller.company.slug, kind).inc()
    return {"counted": kind}


@door("GET")
def send_template(_call: Call) -> dict[str, Any]:
    """Refused: the shopper is written to by PushCart itself, or by a site that orders with `mute_comms`."""
    raise SoftError("PushCart writes to its shoppers by itself: no mail is sent on a page's word.", NOT_AUTHORIZED)
