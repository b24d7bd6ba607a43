"""GET location/switch/…, location/address/suggest and location/address/validate: where the shopper is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from pushcart.api.errors import Refused
from pushcart.api.headless.asked import DropoffIn, SuggestIn
from pushcart.api.headless.door import SoftError, door
from pushcart.api.headless.numbers import ITEM_NOT_AVAILABLE, STORE_NOT_FOUND
from pushcart.api.headless.shopper import distance_unit
from pushcart.carts.order import Delivery, Refusal
from pushcart.carts.placing.delivery import out_of_reach, promise
from pushcart.kit import clock
from pushcart.kit.money import major
from pushcart.locator.labels import labels
from pushcart.locator.place import PlaceError, find_place
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from pushcart.api.headless.door import Call
    from pushcart.locator.place import Place

_LONGEST_LABEL = 120


@door("GET")
def switch(call: Call, lat: str, lng: str) -> dict[str, Any]:
    """Keeps for the session where the shopper is; `location_change_to_string` is what the page calls the place."""
    try:
        place = find_place(lat=float(lat), lng=float(lng))
    except (PlaceError, ValueError) as error:
        raise Refused(422, "invalid_place", f"{lat[:20]}/{lng[:20]} is no place: {error}", field="lat") from None
    told = str(call.said.get("location_change_to_string", "")).replace("+", " ").strip()[:_LONGEST_LABEL]
    with call.changing() as visit:
        visit.lat, visit.lng = place.lat, place.lng
        visit.place = place.label if place.city else told
        visit.zip, visit.country = place.postcode, place.country
    return {
        "city_label": visit.place,
        "country": place.country,
        "zip_label": place.postcode,
        "postal_code": place.postcode,
        "lat": f"{place.lat:.8f}",
        "lng": f"{place.lng:.8f}",
        "source": "region",
        "base_url": f"/in/{_slug(visit.place)}" if visit.place else "",
        "distance_unit": distance_unit(place.country or call.caller.company.country),
        "session": {"id": call.session},
    }


@door("GET")
def address_suggest(call: Call) -> dict[str, Any]:
    """The address that was typed, with the town that its last parts name: streets are in no data that we carry."""
    query = call.asked(SuggestIn).query
    street, place = _address(query)
    return {
        "query": query,
        "suggestions": [_suggestion(street, place)] if place else [],
        "session": {"id": call.session},
    }


@door("GET")
def address_validate(call: Call) -> dict[str, Any]:
    """What a same-day delivery to this address costs, and when it would come."""
    asked = call.asked(DropoffIn)
    store = Store.objects.select_related("company").filter(pk=asked.store_id).first()
    if store is None:
        raise SoftError(f"There is no store {asked.store_id}.", STORE_NOT_FOUND)
    label = labels(store, asked.upc, brand=call.caller.company, test=call.caller.test)["delivery"]
    if not label.allowed:
        raise SoftError(label.reason, ITEM_NOT_AVAILABLE, code=label.code)
    street, place = _address(asked.dropoff_address)
    if place is None:
        raise SoftError("Where is that? Add the town and its postcode.", ITEM_NOT_AVAILABLE, code="unknown_address")
    to = Delivery(address=street, city=place.city, state=place.state, zip=place.postcode, lat=place.lat, lng=place.lng)
    window = out_of_reach(store, to) or promise(store, to, clock.now())
    if isinstance(window, Refusal):
        raise SoftError(window.message, ITEM_NOT_AVAILABLE, code=window.cause)
    return {
        "valid": 1,
        "address": _suggestion(street, place),
        "store_id": store.pk,
        "upc": asked.upc,
        "fee": orjson.Fragment(str(major(store.delivery_fee, store.company.currency))),
        "currency": store.company.currency,
        "delivery_from": window.begin,
        "delivery_until": window.end,
        "session": {"id": call.session},
    }


def _address(text: str) -> tuple[str, Place | None]:
    """The street and the place: as "1415 S Congress Ave, Austin, TX 78704" has them, from behind."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    for first in range(min(1, len(parts) - 1), len(parts)):
        try:
            return ", ".join(parts[:first]), find_place(", ".join(parts[first:]))
        except PlaceError:
            continue
    return "", None


def _suggestion(street: str, place: Place) -> dict[str, Any]:
    town = f"{place.label} {place.postcode}".strip()
    return {
        "value": f"{street}, {town}" if street else town,
        "address": street,
        "city": place.city,
        "state": place.state,
        "postcode": place.postcode,
        "country": place.country,
        "data": {"lat": place.lat, "lng": place.lng, "relevance": 1},
    }


def _slug(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
