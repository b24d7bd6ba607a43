"""Same-day delivery from the store: whether it drives there, and which window it can promise (decision 0047)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import zipcodes

from pushcart.carts.order import Cause, Refusal
from pushcart.carts.placing.parts import Window
from pushcart.locator.postcodes import middle_of
from pushcart.stores.hours import deadline, next_opening, open_time_between

if TYPE_CHECKING:
    from pushcart.carts.order import Delivery
    from pushcart.stores.hours import OpeningTimes
    from pushcart.stores.models import Store

# A promise is an hour long and begins on a quarter of an hour, today or tomorrow by the store's calendar.
LENGTH = timedelta(hours=1)
_NEAR = timedelta(days=30)
_STEP = timedelta(minutes=15)
_KM_PER_MILE = 1.609344


def out_of_reach(store: Store, to: Delivery) -> Refusal | None:
    """Why the store does not drive to this address, if it doesn't."""
    there = _position(store, to)
    if there is None:
        return Refusal(
            Cause.OUT_OF_REACH,
            f"The postcode {to.zip!r} is not known here: send delivery_lat and delivery_lng.",
            field="delivery_zip",
        )
    lat, lng = there
    distance = _km_between((store.lng, store.lat), (lng, lat))
    if distance <= store.delivery_radius_km:
        return None
    return Refusal(
        Cause.OUT_OF_REACH,
        f"The address is {distance:.1f} km away; the store delivers up to {store.delivery_radius_km:g} km.",
        field="delivery_address",
        details={"distance_km": round(distance, 1), "radius_km": store.delivery_radius_km},
    )


def promise(store: Store, to: Delivery, at: datetime) -> Window | Refusal:
    """The window that the shopper asked for, or the earliest that the store can keep for an order placed at `at`.

    The lead time runs while the store drives; what is asked for has to lie whole within the hours in which it does.
    """
    hours = _driving_hours(store)
    ready = deadline(hours, at, timedelta(minutes=store.delivery_lead_minutes))
    last = _end_of_tomorrow(store, at)
    earliest = None if ready is None else _first_window(hours, ready, last)
    if earliest is None:
        return Refusal(
            Cause.NO_DELIVERY_WINDOW, "The store can't deliver any more today or tomorrow.", field="delivery_from"
        )
    if to.wanted_from is None:
        return earliest
    wanted = _wanted(at, to.wanted_from, to.wanted_until)
    if wanted and earliest.begin <= wanted.begin < last and _drives_throughout(hours, wanted):
        return wanted
    then = f"from {_local(store, wanted.begin)} to {_local(store, wanted.end)}" if wanted else "then"
    return Refusal(
        Cause.NO_DELIVERY_WINDOW,
        f"The store can't deliver {then};"
        f" the earliest is {_local(store, earliest.begin)} to {_local(store, earliest.end)}.",
        field="delivery_from",
        details={"delivery_from": earliest.begin, "delivery_until": earliest.end},
    )


def _wanted(at: datetime, begin: datetime, end: datetime | None) -> Window | None:
    """None: so far from now that no store delivers then; the ends of time can't be counted with."""
    if not at - _NEAR < begin < at + _NEAR or not (end is None or begin < end < at + _NEAR):
        return None
    return Window(begin.astimezone(UTC), (end or begin + LENGTH).astimezone(UTC))


def _position(store: Store, to: Delivery) -> tuple[float, float] | None:
    if to.lat is not None and to.lng is not None:
        return to.lat, to.lng
    return middle_of(to.zip, to.country or store.country)


def _km_between(here: tuple[float, float], there: tuple[float, float]) -> float:
    """As the crow flies, of longitudes and latitudes."""
    miles: float = zipcodes.haversine(*here, *there)  # type: ignore[no-untyped-call]  # it says py.typed, and has no types
    return miles * _KM_PER_MILE


def _driving_hours(store: Store) -> OpeningTimes:
    hours = store.opening_times
    return replace(hours, text=store.delivery_hours) if store.delivery_hours else hours


def _end_of_tomorrow(store: Store, at: datetime) -> datetime:
    here = at.astimezone(ZoneInfo(store.timezone))
    return here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)


def _first_window(hours: OpeningTimes, ready: datetime, last: datetime) -> Window | None:
    begin: datetime | None = ready
    while begin is not None and (begin := _next_quarter(begin)) < last:
        window = Window(begin, begin + LENGTH)
        if _drives_throughout(hours, window):
            return window
        begin = next_opening(hours, begin)
    return None


def _next_quarter(moment: datetime) -> datetime:
    """In UTC, which is as good as local time: every zone is off by whole quarters of an hour."""
    over = (moment - datetime(1970, 1, 1, tzinfo=UTC)) % _STEP
    return moment if not over else moment + _STEP - over


def _drives_throughout(hours: OpeningTimes, window: Window) -> bool:
    return open_time_between(hours, window.begin, window.end) == window.end - window.begin


def _local(store: Store, moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(store.timezone)):%A %H:%M}"
