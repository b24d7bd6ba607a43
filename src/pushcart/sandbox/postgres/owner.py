"""Whom PostgreSQL runs as. It refuses to run as root, so root hands it to a user of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pushcart.sandbox.postgres.errors import PostgresError

if TYPE_CHECKING:
    from collections.abc import Iterable

# A number that no distribution gives to anybody (systemd's table of uids leaves 60706-61183 free): as
# `nobody` the server would share its files and its socket with every other program that runs as nobody.
PRIVATE_UID = 60932
# The first opens folders on the way and writes nothing. The second writes too; it stands in where a container
# has not got the first, or where the programs themselves are root's alone.
_CAPABILITIES = {"dac_read_search": 2, "dac_override": 1}


@dataclass(frozen=True)
class Owner:
    """A user and group id, and the capability that they need to reach the project, if any."""

    uid: int
    gid: int
    capability: str | None = None

    def takes(self, path: Path) -> None:
        """Gives a file or a folder with all that is in it to this owner."""
        if os.geteuid() != 0:
            return
        for folder, _, files in os.walk(path):
            os.chown(folder, self.uid, self.gid, follow_symlinks=False)
            for name in files:
                os.chown(Path(folder) / name, self.uid, self.gid, follow_symlinks=False)
        os.chown(path, self.uid, self.gid)

    def runs(self, command: list[str], *, tied: bool = False) -> dict[str, Any]:
        """Arguments for `subprocess` that run `command` as this owner.

        `tied` asks the kernel to stop it (SIGINT, PostgreSQL's fast shutdown) when the thread that starts it
        ends, however that comes about.
        """
        setpriv = shutil.which("setpriv", path=f"{os.environ.get('PATH', '')}:/usr/bin:/bin")
        if setpriv:
            options = ["--pdeathsig", "INT"] if tied else []
            if os.geteuid() == 0:
                options += [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups", "--no-new-privs"]
            if self.capability:
                options += [f"--inh-caps=+{self.capability}", f"--ambient-caps=+{self.capability}"]
                # By this access(2), with which PostgreSQL looks for its own programs, counts the capability too.
                options += ["--securebits=+no_setuid_fixup"]
            return {"args": [setpriv, *options, *command] if options else command, "cwd": "/"}
        if self.capability:
            raise PostgresError(
                "PostgreSQL does not run as root, and can't enter root's folders above the project: install "
                "`setpriv` (util-linux), or clone to a folder that every user may enter, as /srv."
            )
        if os.geteuid() == 0:
            return {"args": command, "cwd": "/", "user": self.uid, "group": self.gid, "extra_groups": []}
        return {"args": command, "cwd": "/"}


def server_owner(data: Path, reached: Iterable[Path]) -> Owner:
    """Whom the server runs as: whoever has its data already, an ordinary user else, and never root.

    Args:
        data: The data directory, existing or not.
        reached: Files and folders that the server must be able to reach.

    Raises:
        PostgresError: The data belongs to somebody else.
    """
    me = os.geteuid()
    has_it = data.stat().st_uid if data.exists() else me
    if me == 0:
        uid = has_it or PRIVATE_UID
        return Owner(uid, uid, _capability(reached))
    if has_it != me:
        raise PostgresError(
            f"{data} belongs to {_name(has_it)} and this is {_name(me)}: run this as root or as its owner, "
            "or clone the project once more for yourself."
        )
    return Owner(me, os.getegid())


def creator(server: Owner) -> Owner:
    """Whom `initdb` runs as: it asks for a user that has a name, which the server's need not have."""
    if os.geteuid() != 0 or _name(server.uid) != str(server.uid):
        return server
    nobody = pwd.getpwnam("nobody")
    return Owner(nobody.pw_uid, nobody.pw_gid, server.capability)


def _capability(reached: Iterable[Path]) -> str | None:
    """Root's private folders above the project are closed to the server's user, and not ours to open."""
    paths = [path.resolve() for path in reached]
    above = {folder for path in paths for folder in path.parents}
    closed = [path for path in {*paths, *above} if _closed(path)]
    if not closed:
        return None
    for name, number in _CAPABILITIES.items():
        enough = name == "dac_override" or all(path.is_dir() for path in closed)
        if enough and _has_capability(number):
            return name
    raise PostgresError(
        f"PostgreSQL does not run as root, and {min(closed)} lets nobody else in: clone to a folder that "
        "every user may enter, as /srv, or run this as an ordinary user."
    )


def _closed(path: Path) -> bool:
    return not path.stat().st_mode & stat.S_IXOTH


def _has_capability(number: int) -> bool:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapBnd:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
