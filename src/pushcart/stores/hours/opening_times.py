from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pushcart.stores.hours.rules import rules
from pushcart.stores.hours.timetable import timetable
from pushcart.stores.hours.wall_clock import zone

_ANY_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - a wall time


@dataclass(frozen=True, slots=True)
class OpeningTimes:
    """A store's hours: a plain value, equal where its parts are; what it takes to read them is remembered by value.

    Args:
        text: OpenStreetMap's `opening_hours`.
        timezone: IANA name.
        country: ISO 3166-1, two letters; needed only where the text names public holidays (`PH`).
        region: ISO 3166-2 without the country ("CA", "BY"): adds the region's own holidays to `PH`.

    Raises:
        HoursError: a part can't be used; the sentence says what and where.
    """

    text: str
    timezone: str
    country: str = ""
    region: str = ""

    def __post_init__(self) -> None:
        zone(self.timezone)
        timetable(self.text, self.country, self.region, _ANY_DAY, _ANY_DAY)


def validate(text: str) -> None:
    """Checks an opening-hours text by itself. `OpeningTimes` also checks its time zone and place.

    Raises:
        HoursError: malformed, or not definite enough for a store; the sentence says what and where.
    """
    rules(text)
