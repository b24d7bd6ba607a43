from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pushcart.sandbox.postgres.errors import PostgresError

if TYPE_CHECKING:
    from pushcart.sandbox.postgres.owner import Owner

_FILE = ".s.PGSQL.5432"
# sockaddr_un.sun_path holds 108 bytes, the last of them 0.
_LONGEST = 107


def socket_folder(home: Path) -> Path:
    """Where the socket stands: in `home`, or in the temp folder where that can't be.

    Its path would be too long for a socket's, or holds a comma, which divides hosts in an address.
    """
    name = f"pushcart-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"
    for folder in (home / "socket", Path(tempfile.gettempdir()) / name):
        if len(os.fsencode(folder / _FILE)) <= _LONGEST and "," not in str(folder):
            return folder
    raise PostgresError(f"Neither {home} nor the temp folder has a path fit for a socket: set TMPDIR=/tmp.")


def make_private(folder: Path, owner: Owner) -> None:
    """Makes the socket's folder, for its owner and root alone, and clears it of what a killed server left.

    Raises:
        PostgresError: It is there and not as this made it: in the temp folder anybody may have laid a trap.
    """
    try:
        folder.mkdir(mode=0o700)
        owner.takes(folder)
    except FileExistsError:
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid != owner.uid or found.st_mode & 0o077:
            raise PostgresError(f"{folder} is not as it was left: look what it is, and remove it.") from None
        # Of a killed server; the number in its lock file may be another process's by now.
        for name in (_FILE, f"{_FILE}.lock"):
            (folder / name).unlink(missing_ok=True)
