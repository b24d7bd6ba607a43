"""When a store is open, and the moment at which a stretch of store-open time has run out.

Pure calculation on values: an OpenStreetMap `opening_hours` text, an IANA time zone, a country and a region. Nothing
here knows a database. The rules that the announcement's two-hour window needs are in docs/decisions/0015 and 0016.
"""

from pushcart.stores.hours.errors import HoursError
from pushcart.stores.hours.opening_times import OpeningTimes, validate
from pushcart.stores.hours.week import from_week, hours_on
from pushcart.stores.hours.window import (
    HORIZON,
    closes_at,
    deadline,
    is_open,
    next_opening,
    open_spans,
    open_time_between,
)

__all__ = [
    "HORIZON",
    "HoursError",
    "OpeningTimes",
    "closes_at",
    "deadline",
    "from_week",
    "hours_on",
    "is_open",
    "next_opening",
    "open_spans",
    "open_time_between",
    "validate",
]
