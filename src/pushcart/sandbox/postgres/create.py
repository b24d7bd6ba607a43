from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from pushcart.sandbox.postgres.errors import PostgresError
from pushcart.sandbox.postgres.owner import Owner, creator

if TYPE_CHECKING:
    from pathlib import Path

    from pushcart.sandbox.postgres.binaries import Binaries

_BUILT_IN_LOCALES = 17


def create(data: Path, binaries: Binaries, owner: Owner, *, name: str, password: str) -> None:
    """Makes the data directory with one superuser, `name`.

    The folder gets its name when it is whole: one that a kill left half made is thrown away by the next try.

    Raises:
        PostgresError: initdb failed; with what it said.
    """
    room = data.with_name("data.new")
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(mode=0o700)
    password_file = room / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    maker = creator(owner)
    maker.takes(room)
    command = [
        *(binaries.initdb, "-D", str(room / "data"), "-U", name),
        *("--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8", *_locale(binaries.version)),
        *("--no-sync", "--no-instructions"),
    ]
    made = subprocess.run(**maker.runs(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise PostgresError(f"PostgreSQL's data can't be made: {' '.join(made.stderr.split())}")
    owner.takes(room / "data")
    (room / "data").replace(data)
    shutil.rmtree(room)


def _locale(version: int) -> list[str]:
    """Sorted by code point, upper and lower case by Unicode, whatever the machine has."""
    if version >= _BUILT_IN_LOCALES:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]
