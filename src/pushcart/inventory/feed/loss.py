"""When a person should look at a feed before it counts (contract, section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushcart.inventory.feed.difference import Difference

# Below this many lines in stock, a file that says 0 for each of them is believed: a small shop does sell out.
_FEW = 10
_MOST_LOST_PERCENT = 60


def too_much_lost(differing: Difference, *, whole: bool) -> str:
    """Why a person should look at this before it counts, as a sentence; empty where nothing is suspicious.

    A snapshot loses what it leaves out; a delta, which may leave out anything, what it says 0 of.
    """
    before = differing.before
    if not before:
        return ""
    if differing.gone == before and not differing.something and (differing.left_out or before >= _FEW):
        return f"It would empty the store, which has {_lines(before)} in stock."
    if differing.left_out * 100 > before * _MOST_LOST_PERCENT:
        return f"It leaves out {differing.left_out} of the {_lines(before)} that the store has in stock."
    if not whole and before >= _FEW and differing.gone * 100 > before * _MOST_LOST_PERCENT:
        return f"It says 0 of {differing.gone} of the {_lines(before)} that the store has in stock."
    return ""


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines"
