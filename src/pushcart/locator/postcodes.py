"""Where a postcode lies, from data that the installation carries: no outside service is asked (decision 0047)."""

from __future__ import annotations

import re

import zipcodes

# The package takes nothing else: on other characters it may panic rather than raise.
_ZIP = re.compile(r"(\d{5})(?:-?\d{4})?", re.ASCII)


def middle_of(postcode: str, country: str) -> tuple[float, float] | None:
    """Latitude and longitude of the middle of a postcode; None where it isn't known. Known are those of the US."""
    match = _ZIP.fullmatch(postcode.strip())
    if country != "US" or match is None:
        return None
    places = zipcodes.matching(match[1])  # type: ignore[no-untyped-call]  # it says py.typed, and has no types
    found = [place for place in places if place["country"] == "US"]
    return (float(found[0]["lat"]), float(found[0]["long"])) if found else None
