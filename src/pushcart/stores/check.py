"""What has to be right about a store before anybody is sent there."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from babel import Locale
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import CharField

from pushcart.kit.money import step
from pushcart.stores.errors import StoreError
from pushcart.stores.hours import HoursError

if TYPE_CHECKING:
    from pushcart.stores.models import Store

# An IANA region and nothing of the zones that are no place ("EST", "Etc/GMT+5"): a store is on the map.
_NO_PLACES = ("Etc/", "SystemV/", "posix/", "right/")
_LONGEST_LEAD = 48 * 60
_LARGEST_RADIUS_KM = 500
_MOST_SAFETY_STOCK = 1000


def check(store: Store) -> None:
    """Checks a store that is about to be written.

    Raises:
        StoreError: the first thing that can't be, naming the field.
    """
    _check_texts(store)
    _check_country(store)
    _check_position(store)
    _check_hours(store)
    _check_delivery(store)
    if not 0 <= store.safety_stock <= _MOST_SAFETY_STOCK:
        raise StoreError("safety_stock", f"A safety stock is 0 to {_MOST_SAFETY_STOCK:,} pieces of each product.")


def _check_texts(store: Store) -> None:
    for field in ("number", "name", "address", "city", "zip"):
        if not getattr(store, field).strip():
            raise StoreError(field, f"The store's {field} is missing.")
    for field in ("number", "name", "address", "city", "state", "zip", "phone", "hours", "delivery_hours"):
        column = store._meta.get_field(field)  # noqa: SLF001 Django's documented API
        longest = column.max_length if isinstance(column, CharField) else None
        if longest is not None and len(getattr(store, field)) > longest:
            raise StoreError(field, f"The store's {field} is longer than {longest} characters.")
    if store.email:
        try:
            validate_email(store.email)
        except ValidationError:
            raise StoreError("email", f"{store.email!r} is no mail address.") from None


def _check_country(store: Store) -> None:
    if len(store.country) != 2 or store.country not in Locale("en").territories:  # noqa: PLR2004 ISO 3166-1 alpha-2
        raise StoreError("country", f"{store.country!r} is no country: write ISO 3166's two capital letters, US or CA.")


def _check_position(store: Store) -> None:
    for field, most in (("lat", 90), ("lng", 180)):
        degrees = getattr(store, field)
        if not math.isfinite(degrees) or abs(degrees) > most:
            raise StoreError(field, f"{degrees} is no {field}: it goes from -{most} to {most} degrees.")
    if store.lat == store.lng == 0:
        raise StoreError("lat", "The position is 0, 0, in the sea off Africa: it was probably never filled in.")


def _check_hours(store: Store) -> None:
    if store.timezone not in available_timezones() or store.timezone.startswith(_NO_PLACES):
        raise StoreError("timezone", f"{store.timezone!r} is no IANA time zone: write America/Chicago, say.")
    try:
        hours = store.opening_times
    except HoursError as error:
        raise StoreError("hours", str(error)) from None
    if store.delivery_hours:
        try:
            replace(hours, text=store.delivery_hours)
        except HoursError as error:
            raise StoreError("delivery_hours", str(error)) from None


def _check_delivery(store: Store) -> None:
    if store.delivery_fee < 0:
        raise StoreError("delivery_fee", "The delivery fee can't be less than nothing.")
    if store.delivery_fee % step(store.company.currency):
        raise StoreError("delivery_fee", "The delivery fee is finer than what a card can be charged in this currency.")
    if not 0 <= store.delivery_lead_minutes <= _LONGEST_LEAD:
        raise StoreError("delivery_lead_minutes", f"The lead time goes from 0 to {_LONGEST_LEAD} minutes.")
    if not 0 <= store.delivery_radius_km <= _LARGEST_RADIUS_KM:
        raise StoreError("delivery_radius_km", f"The delivery radius goes from 0 to {_LARGEST_RADIUS_KM} km.")
    if store.delivery and not store.delivery_radius_km:
        raise StoreError("delivery_radius_km", "A store that delivers needs a radius in which it does.")
