"""A PostgreSQL for one measurement: durable, as figures without fsync would flatter, and gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pushcart.sandbox.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(__file__).parents[1] / "var" / "bench"


@contextmanager
def database(*, migrated: bool = True) -> Iterator[str]:
    """Its address, which this process and those that it starts then also find in their environment.

    Enter it before Django is set up. With `migrated` it holds PushCart's tables.
    """
    HOME.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="run-", dir=HOME)))
    try:
        url = cluster.start(tied=True)
        os.environ["DATABASE_URL"] = url
        os.environ["PUSHCART_VAR"] = str(cluster.var)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pushcart.sandbox.settings")
        if migrated:
            subprocess.run([sys.executable, "-m", "django", "migrate", "--noinput", "-v", "0"], check=True)
        yield url
    finally:
        cluster.remove()
