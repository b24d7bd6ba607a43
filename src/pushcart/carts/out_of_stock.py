"""Whether a store rejects a line because it has none: the API has no code for it, so the reason's words say it."""

from __future__ import annotations

import re

_SAYS = re.compile(
    r"out[ _-]of[ _-]stock|(not|isn.t|aren.t|never|no longer) (in|on) (stock|hand|the shel[fv])|no (more )?stock\b"
    r"|\bsold (out|at|in|to|already|yesterday|today)\b|\b(been|already|just|was|were) sold\b"
    r"|\b(none|nothing) (is |are )?(left|there|on hand|in stock)|\b(we have|there (is|are)) none\b"
    r"|(no longer|not) available|unavailable|(can ?not|can.t|could ?n.t|could not) (find|locate)|not found"
    r"|inventory (error|mismatch|discrepancy)",
    re.IGNORECASE,
)


def says_out_of_stock(reason: str) -> bool:
    """Whether the reason of a rejection says that the store has none of the product."""
    return _SAYS.search(reason) is not None
