"""A histogram for Prometheus that costs little to add to: thousands of times are added a second, and few are read."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Timings(Collector):
    """Seconds, counted by upper bounds, for each value of one label. One thread adds."""

    def __init__(
        self, name: str, documentation: str, *, bounds: Sequence[float], label: str = "", values: Sequence[str] = ("",)
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._bounds = bounds
        self._label = label
        self._counts = {value: [0] * (len(bounds) + 1) for value in values}
        self._sums = dict.fromkeys(values, 0.0)
        REGISTRY.register(self)

    def add(self, seconds: float, value: str = "") -> None:
        self._counts[value][bisect_left(self._bounds, seconds)] += 1
        self._sums[value] += seconds

    def collect(self) -> Iterable[HistogramMetricFamily]:
        """As Prometheus wants it: each bound with how many lie up to it."""
        family = HistogramMetricFamily(self._name, self._documentation, labels=[self._label] if self._label else [])
        names = [*(f"{float(bound)}" for bound in self._bounds), "+Inf"]
        for value, counts in self._counts.items():
            buckets = list(zip(names, map(float, accumulate(counts)), strict=True))
            family.add_metric([value] if self._label else [], buckets, self._sums[value])
        yield family
