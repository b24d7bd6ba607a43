"""An embedded PostgreSQL: one folder that holds its data, its socket and its address."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from pushcart.sandbox.lock import held
from pushcart.sandbox.postgres.binaries import Binaries, find_binaries
from pushcart.sandbox.postgres.command import server_command
from pushcart.sandbox.postgres.create import create
from pushcart.sandbox.postgres.errors import PostgresError
from pushcart.sandbox.postgres.owner import Owner, server_owner
from pushcart.sandbox.postgres.postmaster import Postmaster
from pushcart.sandbox.postgres.socket import make_private, socket_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "pushcart"
_START_SECONDS = 60
_STOP_SECONDS = 30
_LARGEST_LOG = 10_000_000


@dataclass
class Cluster:
    """The PostgreSQL of one installation: its data in `var/postgres`, its log in `var/log/postgres.log`.

    `var/postgres/url` holds its address with the password, for its owner and root alone. There is no TCP; the
    socket stands in a folder that only the server's user and root may enter.
    """

    var: Path
    durable: bool = True
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.var = self.var.absolute()
        self.home = self.var / "postgres"
        self.data = self.home / "data"
        self.log = self.var / "log" / "postgres.log"
        self._postmaster = Postmaster(self.data)

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
        with self._permitted():
            self.home.mkdir(parents=True, exist_ok=True)
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with held(self.home / "lock"):
                if not self._is_running():
                    self._launch(tied=tied)
                return self.url

    def stop(self) -> None:
        """Stops the server, whoever started it. Sessions are broken off; nothing committed is lost."""
        with self._permitted():
            if not self.home.exists():
                return
            with held(self.home / "lock"):
                self._shut_down()
                socket = socket_folder(self.home)
                if socket.parent != self.home and socket.exists():
                    socket.rmdir()

    def runs(self) -> bool:
        """Whether a server serves this data at this moment."""
        return self._postmaster.pid() != 0

    def remove(self) -> None:
        """Stops the server and removes `var` with all that is in it: for throw-away clusters."""
        self.stop()
        shutil.rmtree(self.var)

    def _is_running(self) -> bool:
        """Answers are what counts; one that is just coming up or going down is waited for."""
        until = time.monotonic() + _START_SECONDS
        while pid := self._postmaster.pid():
            if self._postmaster.is_ready() and self._answers():
                return True
            if time.monotonic() > until:
                raise PostgresError(f"PostgreSQL (process {pid}) does not answer; see {self.log}, end it, try again.")
            time.sleep(0.05)
        return False

    def _launch(self, *, tied: bool) -> None:
        if self._process:
            self._process.wait()
        binaries, owner = self._prepared()
        socket = socket_folder(self.home)
        make_private(socket, owner)
        self._write_url(socket)
        self._postmaster.forget()
        self._turn_log()
        command = server_command(binaries, self.data, socket, durable=self.durable)
        until = time.monotonic() + _START_SECONDS
        while said := self._run(command, owner, tied=tied):
            # The children of a server that was killed need a moment to notice.
            if "shared memory block" not in said or time.monotonic() > until:
                raise PostgresError(self._why(said))
            time.sleep(0.1)
        self._create_database()

    def _prepared(self) -> tuple[Binaries, Owner]:
        """The programs that fit the data, whom they run as, and data in any case."""
        binaries = self._fitting_binaries()
        owner = server_owner(self.data, [self.home, Path(binaries.postgres), Path(binaries.initdb)])
        if not self.data.exists():
            password = secrets.token_urlsafe(24)
            # Before the data, so that a kill in between leaves no data without its password.
            self._write_url(socket_folder(self.home), password)
            create(self.data, binaries, owner, name=NAME, password=password)
        elif not (self.home / "url").exists():
            raise PostgresError(f"{self.home}/url, which holds the password of the data, is missing: {self._anew}")
        return binaries, owner

    def _fitting_binaries(self) -> Binaries:
        if not self.data.exists():
            return find_binaries()
        try:
            return find_binaries(int((self.data / "PG_VERSION").read_text()))
        except (FileNotFoundError, ValueError):
            raise PostgresError(f"{self.data} is no PostgreSQL data directory (see PG_VERSION): {self._anew}") from None
        except PostgresError as error:
            raise PostgresError(
                f"{self.data} can't be opened: {error}. Install that version, or {self._anew}"
            ) from None

    def _write_url(self, socket: Path, password: str | None = None) -> None:
        """Written anew at each start, for the project may have moved."""
        if password is None:
            password = str(conninfo_to_dict(self.url)["password"])
        fresh = self.home / "url.new"
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(f"postgresql://{NAME}:{password}@/{NAME}?host={quote(str(socket), safe='/')}\n")
        fresh.replace(self.home / "url")

    def _turn_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))

    def _run(self, command: list[str], owner: Owner, *, tied: bool) -> str:
        """Nothing, once it is up and answers; what it said, where it ended instead."""
        with self.log.open("ab") as log:
            before = log.tell()
            self._process = subprocess.Popen(
                **owner.runs(command, tied=tied),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + _START_SECONDS
        while self._process.poll() is None:
            if self._postmaster.is_ready() and self._answers(database="postgres"):
                return ""
            if time.monotonic() > until:
                raise PostgresError(f"PostgreSQL did not come up in {_START_SECONDS} s; see {self.log}.")
            time.sleep(0.02)
        return self.log.read_bytes()[before:].decode(errors="replace").strip() or "it says nothing"

    def _create_database(self) -> None:
        with psycopg.connect(self.url, dbname="postgres", autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [NAME]).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    def _answers(self, database: str = NAME) -> bool:
        try:
            psycopg.connect(self.url, dbname=database, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise PostgresError(f"{self.home}/url does not fit the data: {self._anew}") from None
            # Killed between its data and its database: made up for.
            if f'"{NAME}" does not exist' in str(error):
                self._create_database()
                return True
            return False
        return True

    def _shut_down(self) -> None:
        for wish in (signal.SIGINT, signal.SIGQUIT):
            if pid := self._postmaster.pid():
                os.kill(pid, wish)
                self._wait_for_end()
        if pid := self._postmaster.pid():
            raise PostgresError(f"PostgreSQL (process {pid}) does not stop; see {self.log}.")
        if self._process:
            self._process.wait()
            self._process = None

    def _wait_for_end(self) -> None:
        until = time.monotonic() + _STOP_SECONDS
        while self._postmaster.pid() and time.monotonic() < until:
            time.sleep(0.02)

    def _why(self, said: str) -> str:
        causes = re.findall(r"(?:FATAL|PANIC|ERROR|error):\s+(.*)", said) or said.splitlines()[-1:]
        return f"PostgreSQL does not start ({'; '.join(causes)}); see {self.log}, or {self._anew}"

    @property
    def _anew(self) -> str:
        return f"bring back a copy of it, or start with nothing: mv {self.home} {self.home}.old"

    @contextmanager
    def _permitted(self) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            where = error.filename or "the change to PostgreSQL's own user"
            raise PostgresError(
                f"{where} is not permitted to this user: run this as root or as the owner of {self.var}, "
                "or clone the project once more for yourself."
            ) from error
