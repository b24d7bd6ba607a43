"""A token bucket a key (contract, section 1: Rate limit)."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Allowance(NamedTuple):
    """What one call was allowed, in the words of the RateLimit header fields; seconds."""

    granted: bool
    limit: int
    remaining: int
    reset: int  # until the bucket is full again
    retry_after: int  # until the next call would be granted; 0 when this one was


class RateLimiter:
    """Grants `limit` calls a minute to each key, in bursts of up to as many.

    It remembers the `keys` that called last; whoever is forgotten has a full bucket again.
    """

    def __init__(self, limit: int, *, keys: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._keys, self._clock = limit, keys, clock
        self._rate = limit / 60
        self._buckets: OrderedDict[bytes, tuple[float, float]] = (
            OrderedDict()
        )  # key: tokens, and when they were counted

    def take(self, key: bytes) -> Allowance:
        now = self._clock()
        tokens, counted = self._buckets.pop(key, (float(self._limit), now))
        tokens = min(self._limit, tokens + (now - counted) * self._rate)
        granted = tokens >= 1
        if granted:
            tokens -= 1
        self._buckets[key] = tokens, now
        if len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
        return Allowance(
            granted=granted,
            limit=self._limit,
            remaining=int(tokens),
            reset=math.ceil((self._limit - tokens) / self._rate),
            retry_after=0 if granted else math.ceil((1 - tokens) / self._rate),
        )
