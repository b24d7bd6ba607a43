"""The stores of the network as they stand at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pushcart.kit import clock
from pushcart.stores.hours import closes_at, is_open, next_opening
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from datetime import datetime


def stores_now() -> list[dict[str, Any]]:
    """Each as `{id, time, open, hours, way, why}`: `way` is `pushcart`, `standard` or `none`."""
    at = clock.now()
    return [_now(store, at) for store in Store.objects.select_related("standing").order_by("pk")]


def _now(store: Store, at: datetime) -> dict[str, Any]:
    way, why = _standing(store)
    opened = is_open(store.opening_times, at)
    return {
        "id": store.pk,
        "time": f"{at.astimezone(ZoneInfo(store.timezone)):%a %H:%M}",
        "open": opened,
        "hours": _until(store, at) if opened else _opens(store, at),
        "way": way,
        "why": why,
    }


def _until(store: Store, at: datetime) -> str:
    closes = closes_at(store.opening_times, at)
    return f"until {_local(store, closes, at)}" if closes else "day and night"


def _opens(store: Store, at: datetime) -> str:
    opens = next_opening(store.opening_times, at)
    return f"opens {_local(store, opens, at)}" if opens else "does not open"


def _local(store: Store, moment: datetime, at: datetime) -> str:
    zone = ZoneInfo(store.timezone)
    there, here = moment.astimezone(zone), at.astimezone(zone)
    return f"{there:%H:%M}" if there.date() == here.date() else f"{there:%a %H:%M}"


def _standing(store: Store) -> tuple[str, str]:
    standing = getattr(store, "standing", None)
    if standing is None:
        return "none", "It is being set up."
    why = " ".join(reason["message"] for reason in standing.reasons)
    return "pushcart" if standing.pushcart else "standard" if standing.standard else "none", why
