"""The stores of the demo network: real places, so that time zones, distances and taxes are those of the map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Place:
    """A store as the network is built with it; `tax` in percent, combined, as cities charge it on hardware."""

    number: str
    name: str
    address: str
    city: str
    state: str
    zip: str
    lat: float
    lng: float
    timezone: str
    hours: str
    tax: str
    phone: str
    offers: dict[str, Any] = field(default_factory=dict)


_WEEK = "Mo-Sa 09:00-20:00; Su 10:00-18:00; Dec 25 off"
_CURBSIDE = {"curbside": True}


def _delivers(radius_km: float, fee: int, lead_minutes: int, hours: str = "") -> dict[str, Any]:
    return {
        **_CURBSIDE,
        "delivery": True,
        "delivery_radius_km": radius_km,
        "delivery_fee": fee,
        "delivery_lead_minutes": lead_minutes,
        "delivery_hours": hours,
    }


HARDWARE = (
    Place(
        number="101",
        name="Hammer & Hearth South Congress",
        phone="+15125550101",
        address="1415 S Congress Ave",
        city="Austin",
        state="TX",
        zip="78704",
        lat=30.2496,
        lng=-97.7495,
        timezone="America/Chicago",
        hours=_WEEK,
        tax="8.25",
        offers=_delivers(25, 900, 120),
    ),
    Place(
        number="102",
        name="Hammer & Hearth Wicker Park",
        phone="+13125550102",
        address="1520 N Milwaukee Ave",
        city="Chicago",
        state="IL",
        zip="60622",
        lat=41.9095,
        lng=-87.6764,
        timezone="America/Chicago",
        hours=_WEEK,
        tax="10.25",
        offers=_delivers(15, 1200, 150),
    ),
    Place(
        # Always open; it drives out by day.
        number="103",
        name="Hammer & Hearth Gowanus",
        phone="+17185550103",
        address="280 4th Ave",
        city="Brooklyn",
        state="NY",
        zip="11215",
        lat=40.675,
        lng=-73.9843,
        timezone="America/New_York",
        hours="24/7",
        tax="8.875",
        offers=_delivers(10, 1500, 90, "Mo-Su 08:00-22:00"),
    ),
    Place(
        # Closed over lunch, and on Colorado's public holidays.
        number="104",
        name="Hammer & Hearth Baker",
        phone="+13035550104",
        address="255 S Broadway",
        city="Denver",
        state="CO",
        zip="80209",
        lat=39.7118,
        lng=-104.9874,
        timezone="America/Denver",
        hours="Mo-Fr 09:00-13:00,14:00-19:00; Sa 09:00-17:00; Su,PH off",
        tax="8.81",
        offers=_CURBSIDE,
    ),
    Place(
        # No daylight saving.
        number="105",
        name="Hammer & Hearth Roosevelt Row",
        phone="+16025550105",
        address="902 N 2nd St",
        city="Phoenix",
        state="AZ",
        zip="85004",
        lat=33.4582,
        lng=-112.071,
        timezone="America/Phoenix",
        hours="Mo-Su 07:00-19:00; Dec 25 off",
        tax="9.1",
        offers=_delivers(20, 900, 120),
    ),
    Place(
        number="106",
        name="Hammer & Hearth Ballard",
        phone="+12065550106",
        address="5345 Ballard Ave NW",
        city="Seattle",
        state="WA",
        zip="98107",
        lat=47.6664,
        lng=-122.3838,
        timezone="America/Los_Angeles",
        hours=_WEEK,
        tax="10.55",
        offers=_CURBSIDE,
    ),
    Place(
        # A state without a sales tax: a rate of 0 is a rate.
        number="107",
        name="Hammer & Hearth Mississippi",
        phone="+15035550107",
        address="3934 N Mississippi Ave",
        city="Portland",
        state="OR",
        zip="97227",
        lat=45.5511,
        lng=-122.6757,
        timezone="America/Los_Angeles",
        hours=_WEEK,
        tax="0",
        offers=_CURBSIDE,
    ),
    Place(
        number="108",
        name="Hammer & Hearth Inman Park",
        phone="+14045550108",
        address="240 N Highland Ave NE",
        city="Atlanta",
        state="GA",
        zip="30307",
        lat=33.7616,
        lng=-84.3587,
        timezone="America/New_York",
        hours=_WEEK,
        tax="8.9",
        offers=_delivers(20, 1000, 120),
    ),
    Place(
        # Closed on Sundays, with special days.
        number="109",
        name="Hammer & Hearth East Nashville",
        phone="+16155550109",
        address="1006 Fatherland St",
        city="Nashville",
        state="TN",
        zip="37206",
        lat=36.1731,
        lng=-86.7506,
        timezone="America/Chicago",
        hours="Mo-Sa 08:00-19:00; Su off; Dec 24 08:00-14:00; Dec 25-26 off",
        tax="9.75",
    ),
    Place(
        # Open past midnight.
        number="110",
        name="Hammer & Hearth Arts District",
        phone="+17025550110",
        address="1025 S Main St",
        city="Las Vegas",
        state="NV",
        zip="89101",
        lat=36.159,
        lng=-115.1533,
        timezone="America/Los_Angeles",
        hours="Mo-Su 10:00-02:00",
        tax="8.375",
        offers=_CURBSIDE,
    ),
    Place(
        number="111",
        name="Hammer & Hearth Kaimuki",
        phone="+18085550111",
        address="3434 Waialae Ave",
        city="Honolulu",
        state="HI",
        zip="96816",
        lat=21.2806,
        lng=-157.8,
        timezone="Pacific/Honolulu",
        hours="Mo-Sa 08:00-18:00; Su 09:00-16:00",
        tax="4.5",
    ),
    Place(
        number="112",
        name="Hammer & Hearth Spenard",
        phone="+19075550112",
        address="2601 Spenard Rd",
        city="Anchorage",
        state="AK",
        zip="99503",
        lat=61.1963,
        lng=-149.9075,
        timezone="America/Anchorage",
        hours="Mo-Sa 09:00-18:00; Su 11:00-17:00",
        tax="0",
    ),
)

OUTDOOR = (
    Place(
        number="1",
        name="Cedar & Sons Outdoor Burlington",
        phone="+18025550121",
        address="111 Church St",
        city="Burlington",
        state="VT",
        zip="05401",
        lat=44.4785,
        lng=-73.2123,
        timezone="America/New_York",
        hours="Mo-Sa 10:00-18:00; Su 12:00-17:00",
        tax="7",
    ),
    Place(
        number="2",
        name="Cedar & Sons Outdoor East Austin",
        phone="+15125550122",
        address="1700 E 2nd St",
        city="Austin",
        state="TX",
        zip="78702",
        lat=30.2578,
        lng=-97.7228,
        timezone="America/Chicago",
        hours="Tu-Sa 10:00-18:00",
        tax="8.25",
    ),
)
