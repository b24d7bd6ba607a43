"""The first halves of Canada's postcodes (M5V of M5V 2T6), from the package pypostalcode (decision 0100)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import lru_cache
from importlib.resources import as_file, files


@lru_cache(maxsize=1)
def middles() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of each."""
    with (
        as_file(files("pypostalcode") / "postalcodes.db") as path,
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as file,
    ):
        return {fsa: (lat, lng) for fsa, lat, lng in file.execute("SELECT fsa, latitude, longitude FROM PostalCodes")}
