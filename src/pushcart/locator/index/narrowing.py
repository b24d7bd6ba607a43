"""What need not be looked at: stores that nobody shows, stock that is stale, ways that nobody offers.

It is only a matter of speed. Whether a store that is left is found, and what is told of it, is for `Question` to judge.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pushcart.locator.index.chart import NEVER, bits, microseconds
from pushcart.locator.index.masks import Mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pushcart.locator.index.chart import Chart, Fits
    from pushcart.locator.question import Question

_DELIVERY = bits(["delivery"])
_LONG_AGO = -NEVER
# Far more than any rounding, on a ball of radius 1.
_ABOUT = 1e-7


def narrowing(chart: Chart, question: Question) -> Fits:
    """What `Chart.nearest` may leave out."""
    wanted = question.wanted
    if not (wanted.in_stock and question.upcs):
        return _within(_shown(chart, question.retailers))
    paths = bits(wanted.paths)
    mask = chart.masks.get(
        (question.retailers, paths), microseconds(question.at), lambda: _selling(chart, question, paths)
    )
    return partial(_deliverable, chart, mask, paths) if paths & _DELIVERY else _within(mask)


def _within(mask: NDArray[np.bool_]) -> Fits:
    return lambda near, _chords: mask[near]


def _deliverable(
    chart: Chart, mask: NDArray[np.bool_], paths: int, near: NDArray[np.int32], chords: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Of those that offer delivery alone, only the ones that come so far."""
    others = chart.offers[near] & (paths & ~_DELIVERY) > 0
    return mask[near] & (others | (chords <= chart.reach[near] + _ABOUT))


def _shown(chart: Chart, retailers: frozenset[int]) -> NDArray[np.bool_]:
    """Stores of these retailers."""

    def made() -> Mask:
        each = np.fromiter(retailers, dtype=np.int64, count=len(retailers))
        return Mask(np.isin(chart.company, each), _LONG_AGO, NEVER)

    return chart.masks.get(retailers, 0, made)


def _selling(chart: Chart, question: Question, paths: int) -> Mask:
    """Of those the ones with fresh stock, and where one of the paths is wanted, which offer it and take orders."""
    at, old = microseconds(question.at), microseconds(question.stale_since)
    mask, ends = _shown(chart, question.retailers) & (chart.fed_at > old), [NEVER]
    if paths:
        mask &= (chart.offers & paths) > 0
        later = mask & (chart.sells_from > at) & (chart.sells_from < NEVER)
        ends.extend(chart.sells_from[later].tolist())
        mask &= chart.sells_from <= at
    ends.extend((chart.fed_at[mask] + (at - old)).tolist())
    return Mask(mask, at, min(ends))
