"""A store's next open hours, kept at hand: the answers of `stores.hours`, without laying out the rules anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pushcart.stores.hours import OpeningTimes, closes_at, deadline, next_opening, open_spans

if TYPE_CHECKING:
    from datetime import datetime

# So far ahead hours are kept; they are laid out anew when so much of that has passed.
_KEPT = timedelta(days=9)
_RENEWED_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a store is open.

    Attributes:
        is_open: Now.
        opens_at: Of a closed store; None where it does not open within 60 days.
        closes_at: Of an open store; None where it does not close within 60 days.
    """

    is_open: bool
    opens_at: datetime | None = None
    closes_at: datetime | None = None


class _Kept(NamedTuple):
    begin: datetime
    end: datetime
    spans: list[tuple[datetime, datetime]]  # in UTC, in order, none touching


class Calendar:
    """The open hours of the stores that keep these. Stores that keep the same share one: see `calendar`."""

    __slots__ = ("_after_opening", "_kept", "_opening", "_times", "_until")

    def __init__(self, times: OpeningTimes) -> None:
        self._times = times
        self._kept: _Kept | None = None
        self._opening: Opening | None = None
        self._until: tuple[datetime, datetime] | None = None  # while `_opening` holds
        self._after_opening: tuple[datetime, timedelta, datetime] | None = None

    @property
    def times(self) -> OpeningTimes:
        """The hours themselves."""
        return self._times

    def at(self, at: datetime) -> Opening:
        """Whether it is open at a moment (UTC), and until when."""
        opening, until = self._opening, self._until
        if opening is not None and until is not None and until[0] <= at < until[1]:
            return opening
        opening = self._found(at)
        change = opening.closes_at or opening.opens_at
        if change is not None:
            self._until = None
            self._opening = opening
            self._until = (at, change)
        return opening

    def after(self, at: datetime, open_for: timedelta) -> datetime | None:
        """The moment at which so much of store-open time has passed since `at` (UTC): `stores.hours.deadline`."""
        opening = self.at(at)
        if opening.closes_at is not None and opening.closes_at - at >= open_for:
            return at + open_for
        if opening.opens_at is None:
            return self._counted(at, open_for)
        # As long as it is closed the answer stays the same.
        known = self._after_opening
        if known is not None and known[0] == opening.opens_at and known[1] == open_for:
            return known[2]
        counted = self._counted(at, open_for)
        if counted is not None:
            self._after_opening = opening.opens_at, open_for, counted
        return counted

    def _counted(self, at: datetime, open_for: timedelta) -> datetime | None:
        left = open_for
        for opens, closes in self._spans(at).spans:
            if closes <= at:
                continue
            begin = max(opens, at)
            if closes - begin >= left:
                return begin + left
            left -= closes - begin
        return deadline(self._times, at, open_for)

    def _found(self, at: datetime) -> Opening:
        kept = self._spans(at)
        for opens, closes in kept.spans:
            if closes <= at:
                continue
            if opens > at:
                return Opening(is_open=False, opens_at=opens)
            return Opening(is_open=True, closes_at=closes if closes < kept.end else closes_at(self._times, at))
        return Opening(is_open=False, opens_at=next_opening(self._times, at))

    def _spans(self, at: datetime) -> _Kept:
        kept = self._kept
        if kept is None or not kept.begin <= at < kept.begin + _RENEWED_AFTER:
            kept = self._kept = _Kept(at, at + _KEPT, _joined(self._times, at, at + _KEPT))
        return kept


@lru_cache(maxsize=10_000)
def calendar(hours: str, timezone: str, country: str, state: str) -> Calendar:
    """The calendar of all stores that keep these hours.

    Raises:
        HoursError: they can't be used; `save_store` lets no such store in.
    """
    return Calendar(OpeningTimes(hours, timezone, country, state))


def _joined(times: OpeningTimes, begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    spans: list[tuple[datetime, datetime]] = []
    for opens, closes in open_spans(times, begin, end):
        if spans and opens <= spans[-1][1]:
            spans[-1] = spans[-1][0], closes
        else:
            spans.append((opens, closes))
    return spans
