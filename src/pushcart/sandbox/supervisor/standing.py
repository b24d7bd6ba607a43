from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from pathlib import Path

_SINCE = "SELECT created_at FROM companies_company WHERE id = %s"


def stands(database_url: str, file: Path) -> bool:
    """Whether the database holds the very network that the file (`sandbox.network`) tells of.

    It does not where the file is gone, or where another database was taken since: an empty one, or one with a network
    of its own, whose keys are others.
    """
    try:
        told = json.loads(file.read_text())
    except FileNotFoundError:
        return False
    with psycopg.connect(database_url) as connection:
        found = connection.execute(_SINCE, [told["companies"]["brand"]]).fetchone()
    return found is not None and "since" in told and datetime.fromisoformat(told["since"]) == found[0]
