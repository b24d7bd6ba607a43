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


def point(lat: float, lng: float) -> tuple[float, float, float]:
    """Where it is on a ball of radius 1, from its middle."""
    up, over = math.radians(lat), math.radians(lng)
    across = math.cos(up)
    return across * math.cos(over), across * math.sin(over), math.sin(up)


def points(lats: NDArray[np.float64], lngs: NDArray[np.float64]) -> NDArray[np.float64]:
    """`point` of many, a row each."""
    up, over = np.radians(lats), np.radians(lngs)
    across = np.cos(up)
    return np.column_stack((across * np.cos(over), across * np.sin(over), np.sin(up)))


def chord(km: float) -> float:
    """How far apart two points of that ball are, straight through it, that lie so many kilometres apart on earth."""
    return 2 * math.sin(min(km / EARTH_KM, math.pi) / 2)
