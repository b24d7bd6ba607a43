"""How one endpoint did lately, as one pusher saw it: how much it may be given, and whether to leave it alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

# So many failures in a row open the circuit; then one request at a time asks whether it can be closed.
OPENS_AFTER = 10
FIRST_PAUSE = 2.0  # seconds, doubled with each request that fails
LONGEST_PAUSE = 15.0  # a last try before a deadline is never further away than this

# Of the running mean of an endpoint's times, the part of the newest.
_NEWEST = 0.2
# An endpoint is given what it takes in about this long.
_HORIZON = 0.5  # seconds
_UNKNOWN = 0.02  # seconds: where the mean begins
SLOW = 0.5  # seconds


class Circuit(Enum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(slots=True)
class Standing:
    """All times are seconds of the loop's clock."""

    known: bool = False
    mean: float = _UNKNOWN
    failures: int = 0
    pause: float = FIRST_PAUSE
    open_until: float = 0.0

    def answered(self, *, failed: bool, took: float, now: float) -> None:
        self.known = True
        self.mean += _NEWEST * (took - self.mean)
        if not failed:
            self.failures, self.pause, self.open_until = 0, FIRST_PAUSE, 0.0
            return
        self.failures += 1
        if self.failures >= OPENS_AFTER and now >= self.open_until:
            self.open_until = now + self.pause
            self.pause = min(2 * self.pause, LONGEST_PAUSE)

    def circuit(self, now: float) -> Circuit:
        if not self.troubled:
            return Circuit.CLOSED
        return Circuit.OPEN if now < self.open_until else Circuit.HALF_OPEN

    @property
    def troubled(self) -> bool:
        """Its circuit is open, or half-open."""
        return self.failures >= OPENS_AFTER

    @property
    def slow(self) -> bool:
        """Whether it may be: one that has not answered yet counts among the slow."""
        return not self.known or self.mean > SLOW

    def window(self, requests: int, *, least: int, most: int) -> int:
        """How many deliveries to hold for it, where `requests` are on their way at a time."""
        if not self.known:
            return least
        return max(least, min(most, int(requests * _HORIZON / max(self.mean, 0.001))))
