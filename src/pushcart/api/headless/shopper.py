"""The shopper of a session on the wire: who it is and where, as far as either was told. An absent text is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pushcart.companies.models import Company
    from pushcart.visits.models import Visit

# Where distances are told in miles.
_MILES = frozenset({"US", "GB", "LR", "MM", "PR", "GU", "VI", "AS", "MP"})


def user(visit: Visit | None) -> dict[str, Any]:
    told = visit.shopper if visit else {}
    return {
        "id": visit.pk if visit else 0,
        **{name: told.get(name, "") for name in ("email", "first_name", "last_name", "phone")},
        "preferred_zip": visit.zip if visit else "",
        "preferred_country": visit.country if visit else "",
    }


def geo(visit: Visit | None, brand: Company) -> dict[str, str]:
    """Where the shopper is. Nobody is looked up by their address on the network (decision 0106)."""
    known = visit is not None and visit.lat is not None
    country = visit.country if visit and visit.country else brand.country
    return {
        "lat": f"{visit.lat:.7f}" if visit and known else "",
        "lng": f"{visit.lng:.7f}" if visit and known else "",
        "city_label": visit.place if visit else "",
        "country": country,
        "distance_unit": distance_unit(country),
    }


def distance_unit(country: str) -> str:
    return "mi" if country in _MILES else "km"
