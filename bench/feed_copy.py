"""A bare `COPY` of a file into the table `bare`, in a process of its own as each import is: prints seconds and rows.

Run as `python -m bench.feed_copy FILE`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import psycopg

_PIECE = 1 << 20


def main() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("TRUNCATE bare")
        started = time.monotonic()
        rows = copy_bare(connection, Path(sys.argv[1]))
        print(json.dumps({"seconds": time.monotonic() - started, "rows": rows}))


def copy_bare(connection: psycopg.Connection, file: Path) -> int:
    """How many rows it has."""
    with connection.cursor() as cursor:
        with file.open("rb") as stream, cursor.copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy:
            while piece := stream.read(_PIECE):
                copy.write(piece)
        return cursor.rowcount


if __name__ == "__main__":
    main()
