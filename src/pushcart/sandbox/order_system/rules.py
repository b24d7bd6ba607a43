"""How this retailer decides: a rule of the house for some products, yes to all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """What to say of a line: at once `received`, and then `status`. An empty status waits for a person."""

    status: str
    reason: str = ""
    own_page: bool = False  # the shopper follows the order on the retailer's own pages


_DISPLAY_PIECE = Verdict("rejected", reason="Only the display piece is left, and it has a crack.")
_ASK_A_PERSON = Verdict("")
_OWN_PAGE = Verdict("confirmed", own_page=True)

RULES = {
    "601842495643": _DISPLAY_PIECE,  # Cast-Iron Griddle
    "601842495605": _ASK_A_PERSON,  # Campfire Portable Grill: somebody looks into the van first
    "601842495582": _OWN_PAGE,  # Kettle 57 in fir green comes from the warehouse
}


def verdict(item: dict[str, Any]) -> Verdict:
    """The house's word on one line of a cart."""
    return RULES.get(item["upc"], Verdict("confirmed"))
