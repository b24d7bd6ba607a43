"""One import in a process of its own, so that its peak of memory is its own: prints seconds, MB, state and changes.

Run as `python -m bench.feed_import COMPANY_ID FILE OTHER_ID`. As a worker that runs for days, it has read something
before: two small feeds of another retailer.
"""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path

import django

_SMALL = 500  # lines


def main() -> None:
    django.setup()
    from pushcart.companies.models import Company
    from pushcart.inventory.actions.import_feed import import_feed

    company, file = Company.objects.get(pk=int(sys.argv[1])), Path(sys.argv[2])
    with file.open("rb") as stream:
        some = [stream.readline() for _ in range(_SMALL)]
    for small in (some, some[:-1]):
        import_feed(Company.objects.get(pk=int(sys.argv[3])), io.BytesIO(b"".join(small)), source="small")
    started = time.monotonic()
    with file.open("rb") as stream:
        feed = import_feed(company, stream, source=file.name)
    seconds = time.monotonic() - started
    said = {"seconds": seconds, "megabytes": _peak(), "state": feed.state, "rows": feed.rows, "changed": feed.changed}
    print(json.dumps(said | {"refused": feed.refused_count, "error": feed.error}))


def _peak() -> float:
    """Of this program alone: what getrusage says counts the process that started it too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


if __name__ == "__main__":
    main()
