"""An embedded PostgreSQL: one folder that holds its data, its socket and its address."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
from psycopg import sql

from pushcart.sandbox.lock import held
from pushcart.sandbox.postgres.binaries import Binaries, find_binaries
from pushcart.sandbox.postgres.create import create
from pushcart.sandbox.postgres.errors import PostgresError
from pushcart.sandbox.postgres.owner import Owner, server_owner

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "pushcart"
_SOCKET_FILE = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 107
_START_SECONDS = 60
_STOP_SECONDS = 30
_LARGEST_LOG = 10_000_000

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
    # Compiling a plan costs more than our short queries do.
    "jit": "off",
}
# Data that nobody will miss need not survive a power cut.
_THROW_AWAY = {
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass
class Cluster:
    """The PostgreSQL of one installation: its data under `var/postgres`, its log in `var/log/postgres.log`.

    `var/postgres/url` holds its address, with the password, for its owner and root alone. There is no TCP; the
    socket stands in a folder that only the server's user and root may enter.
    """

    var: Path
    durable: bool = True
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.var = self.var.absolute()

    @property
    def home(self) -> Path:
        return self.var / "postgres"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.var / "log" / "postgres.log"

    @property
    def socket(self) -> Path:
        """The socket's folder; a path that is too long for a socket's gets a short one that stands for it."""
        folder = self.home / "socket"
        if len(os.fsencode(folder / _SOCKET_FILE)) <= _LONGEST_SOCKET_PATH:
            return folder
        name = f"pushcart-{hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]}"
        short = Path(tempfile.gettempdir()) / name
        return short if len(os.fsencode(short / _SOCKET_FILE)) <= _LONGEST_SOCKET_PATH else Path("/tmp") / name  # noqa: S108 _private sees to it

    @property
    def url(self) -> str:
        """The address of the database, for libpq, asyncpg and `DATABASE_URL`.

        Raises:
            PostgresError: It was never started.
        """
        try:
            return (self.home / "url").read_text().strip()
        except FileNotFoundError:
            raise PostgresError(f"{self.home} has no database yet: run bin/dev.") from None

    def start(self, *, tied: bool = False) -> str:
        """Starts the server, or finds it running, and returns its address. What is missing is made.

        A start in progress elsewhere is waited for. Left-overs of a kill are put right.

        Args:
            tied: Stop the server when the calling thread ends, even by SIGKILL.

        Raises:
            PostgresError: It can't be started; the sentence says why and what to do.
        """
        with self._sentences():
            self.home.mkdir(parents=True, exist_ok=True)
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with held(self.home / "lock"):
                if not self._is_running():
                    self._launch(tied=tied)
                return self.url

    def stop(self) -> None:
        """Stops the server, wherever it was started from; sessions are broken off, nothing committed is lost."""
        with self._sentences():
            if not self.home.exists():
                return
            with held(self.home / "lock"):
                self._shut_down()
                if self.socket.parent != self.home and self.socket.exists():
                    self.socket.rmdir()

    def _is_running(self) -> bool:
        """Answers are what counts; one that is just coming up or going down is waited for."""
        until = time.monotonic() + _START_SECONDS
        while self._postmaster():
            if self._status() == "ready" and self._answers():
                return True
            if time.monotonic() > until:
                raise PostgresError(
                    f"PostgreSQL (process {self._postmaster()}) does not answer; see {self.log}, end it and try again."
                )
            time.sleep(0.05)
        return False

    def _launch(self, *, tied: bool) -> None:
        binaries, owner = self._prepared()
        socket = self._private(self.socket, owner)
        settings = _SETTINGS | ({} if self.durable else _THROW_AWAY)
        settings["unix_socket_directories"] = '"' + str(socket).replace('"', '""') + '"'
        command = [binaries.postgres, "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._write_url(socket)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self._turn_log()
        until = time.monotonic() + _START_SECONDS
        while True:
            size = self.log.stat().st_size if self.log.exists() else 0
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    **owner.runs(command, tied=tied),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            if self._came_up(self._process):
                break
            said = self.log.read_bytes()[size:].decode(errors="replace")
            # The children of a server that was killed need a moment to notice.
            if "shared memory block" not in said or time.monotonic() > until:
                raise PostgresError(self._why(said))
            time.sleep(0.1)
        self._create_database()

    def _prepared(self) -> tuple[Binaries, Owner]:
        """The programs that fit the data, whom they run as, and data in any case."""
        version_file = self.data / "PG_VERSION"
        if self.data.exists() and not version_file.exists():
            raise PostgresError(f"{self.data} is no PostgreSQL data directory (PG_VERSION is missing): {self._anew()}")
        try:
            binaries = find_binaries(int(version_file.read_text()) if self.data.exists() else None)
        except ValueError:
            raise PostgresError(f"{version_file} holds no version: {self._anew()}") from None
        except PostgresError as error:
            if not self.data.exists():
                raise
            raise PostgresError(
                f"{self.data} can't be opened: {error}; install that version beside it, or {self._anew()}"
            ) from None
        owner = server_owner(self.data, [self.home, Path(binaries.postgres), Path(binaries.initdb)])
        if not self.data.exists():
            (self.home / "url").unlink(missing_ok=True)
            password = create(self.data, binaries, owner, name=NAME)
            self._write_url(self.socket, password)
        elif not (self.home / "url").exists():
            raise PostgresError(f"{self.home / 'url'}, which holds the password of the data, is missing: {self._anew()}")
        return binaries, owner

    def _private(self, folder: Path, owner: Owner) -> Path:
        """The socket's folder, for its owner and root alone; in the temp folder somebody may have laid a trap."""
        try:
            folder.mkdir(mode=0o700)
            owner.takes(folder)
        except FileExistsError:
            found = folder.lstat()
            if folder.is_symlink() or found.st_uid != owner.uid or found.st_mode & 0o077:
                raise PostgresError(f"{folder} is not as this program left it: look at it and remove it.") from None
        return folder

    def _write_url(self, socket: Path, password: str | None = None) -> None:
        """Written anew at each start, for the project may have moved."""
        if password is None:
            password = psycopg.conninfo.conninfo_to_dict(self.url)["password"]
        fresh = self.home / "url.new"
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(f"postgresql://{NAME}:{password}@/{NAME}?host={quote(str(socket), safe='/')}\n")
        fresh.replace(self.home / "url")

    def _turn_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))

    def _came_up(self, process: subprocess.Popen[bytes]) -> bool:
        until = time.monotonic() + _START_SECONDS
        while process.poll() is None:
            if self._status() == "ready" and self._answers(database="postgres"):
                return True
            if time.monotonic() > until:
                raise PostgresError(f"PostgreSQL did not come up in {_START_SECONDS} s; see {self.log}.")
            time.sleep(0.02)
        return False

    def _create_database(self) -> None:
        with psycopg.connect(self.url, dbname="postgres", autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    def _postmaster(self) -> int:
        """The process that serves this data, 0 if there is none; a pid may be somebody else's by now."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return 0
        if self._process and self._process.pid == pid and self._process.poll() is not None:
            return 0
        try:
            return pid if Path(f"/proc/{pid}/cwd").readlink() == self.data.resolve() else 0
        except OSError:
            return 0 if Path("/proc/self").exists() else _alive(pid)

    def _status(self) -> str:
        lines = (self.data / "postmaster.pid").read_text().splitlines() if self._postmaster() else []
        return lines[7].strip() if len(lines) > 7 else ""  # noqa: PLR2004 the eighth line

    def _answers(self, database: str = NAME) -> bool:
        try:
            psycopg.connect(self.url, dbname=database, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise PostgresError(f"{self.home / 'url'} does not fit the data: {self._anew()}") from None
            return False
        return True

    def _shut_down(self) -> None:
        for wish in (signal.SIGINT, signal.SIGQUIT):
            until = time.monotonic() + _STOP_SECONDS
            if pid := self._postmaster():
                os.kill(pid, wish)
            while self._postmaster():
                if time.monotonic() > until:
                    break
                time.sleep(0.02)
        if self._postmaster():
            raise PostgresError(f"PostgreSQL (process {self._postmaster()}) does not stop; see {self.log}.")
        if self._process:
            self._process.wait()
            self._process = None

    def _why(self, said: str) -> str:
        causes = re.findall(r"(?:FATAL|PANIC|ERROR|error):\s+(.*)", said) or said.strip().splitlines()[-1:]
        return f"PostgreSQL does not start ({'; '.join(causes) or 'it says nothing'}); see {self.log}, or {self._anew()}"

    def _anew(self) -> str:
        return f"put a copy of it back, or start with nothing by moving it away: mv {self.home} {self.home}.old"

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            where = error.filename or "the change to PostgreSQL's own user"
            raise PostgresError(
                f"{where} is not permitted to this user: run this as root or as the owner of {self.var}, or clone "
                "the project once more for yourself."
            ) from error


def _alive(pid: int) -> int:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return 0
    return pid


def remove(var: Path) -> None:
    """Stops the throw-away cluster in `var` and removes the folder with all that is in it."""
    Cluster(var).stop()
    shutil.rmtree(var)
