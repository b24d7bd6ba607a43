"""The PostgreSQL of one test session: its own, thrown away at its end, or after a kill by the next one."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from pushcart.sandbox.lock import HeldElsewhereError, held
from pushcart.sandbox.postgres import Cluster

HOME = Path(os.environ.get("PUSHCART_VAR", Path(__file__).parents[1] / "var")) / "test"


class SessionCluster:
    """Holds a lock beside its folder while the session lives; a folder whose lock is free is left over."""

    def __init__(self) -> None:
        HOME.mkdir(parents=True, exist_ok=True)
        _clear_leftovers()
        self._open = ExitStack()
        self.cluster = Cluster(Path(tempfile.mkdtemp(prefix="session-", dir=HOME)), durable=False)
        self._open.enter_context(held(_lock(self.cluster.var)))

    def start(self) -> str:
        return self.cluster.start(tied=True)

    def remove(self) -> None:
        self.cluster.remove()
        _lock(self.cluster.var).unlink()
        self._open.close()


def database_address() -> str:
    """The URL of the present test database."""
    told = connection.settings_dict
    user, password = (quote(str(told[name]), safe="") for name in ("USER", "PASSWORD"))
    host = quote(str(told["HOST"]), safe="")
    port = f"&port={told['PORT']}" if told["PORT"] else ""
    return f"postgresql://{user}:{password}@/{told['NAME']}?host={host}{port}"


def _lock(folder: Path) -> Path:
    return folder.with_suffix(".lock")


def _clear_leftovers() -> None:
    for lock in HOME.glob("session-*.lock"):
        with suppress(HeldElsewhereError), held(lock, wait=False):
            folder = lock.with_suffix("")
            if folder.exists():
                Cluster(folder).remove()
            lock.unlink(missing_ok=True)
