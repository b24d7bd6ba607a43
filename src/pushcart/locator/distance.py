"""As the crow flies: one formula for what the locator shows, what it sorts by and how far a store delivers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

EARTH_KM = 6371.0088  # its mean radius
KM_A_MILE = 1.609344
UNITS = {"km": 1.0, "mi": KM_A_MILE}  # kilometres in one


def km_between(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Kilometres over a round earth (haversine), of degrees."""
    up = math.sin(math.radians(other_lat - lat) / 2)
    over = math.sin(math.radians(other_lng - lng) / 2)
    chord = up * up + math.cos(math.radians(lat)) * math.cos(math.radians(other_lat)) * over * over
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))


def kilometres(lat: float, lng: float, lats: NDArray[np.float64], lngs: NDArray[np.float64]) -> NDArray[np.float64]:
    """`km_between` of one point and many, to the millimetre: what is equally near is so by every way of reckoning."""
    up = np.sin(np.radians(lats - lat) / 2)
    over = np.sin(np.radians(lngs - lng) / 2)
    chord = up * up + math.cos(math.radians(lat)) * np.cos(np.radians(lats)) * over * over
    distances: NDArray[np.float64] = np.arcsin(np.minimum(1.0, np.sqrt(chord))) * (2 * EARTH_KM)
    return distances.round(6)
