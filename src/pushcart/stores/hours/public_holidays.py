"""The public holidays of a country, with those of one of its regions."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pushcart.stores.hours.errors import HoursError

if TYPE_CHECKING:
    from datetime import date


@lru_cache(maxsize=1024)
def public_holidays(country: str, region: str, first_year: int, last_year: int) -> tuple[date, ...]:
    """The public holidays of these years, in order, observed substitutes included.

    Args:
        country: ISO 3166-1, two letters.
        region: ISO 3166-2 without the country ("CA", "BY"), or empty for the holidays that the whole country has.
        first_year: the first of the years.
        last_year: the last of them.

    Raises:
        HoursError: the holidays of this place are not known, or no country is given.
    """
    if not country:
        raise HoursError("The opening hours name public holidays (PH): the store's country is needed to know them.")
    # A third of a second, which only stores that name holidays pay.
    from holidays import country_holidays

    try:
        days = country_holidays(country.upper(), region or None, years=range(first_year, last_year + 1))
    except NotImplementedError:
        raise HoursError(_unknown(country.upper(), region)) from None
    return tuple(sorted(days))


def _unknown(country: str, region: str) -> str:
    from holidays import country_holidays

    try:
        regions = country_holidays(country).subdivisions
    except NotImplementedError:
        return f'The public holidays of the country "{country}" are not known: list their dates instead of PH.'
    known = f"known are {', '.join(regions)}" if regions else "leave the region empty"
    return f'The public holidays of the region "{region}" of {country} are not known: {known}.'
