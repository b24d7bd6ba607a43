"""A whole network on this machine: its PostgreSQL and every program, up together and down together."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg

from pushcart.kit.database_url import parse
from pushcart.sandbox.lock import HeldElsewhereError, held
from pushcart.sandbox.postgres import Cluster, PostgresError
from pushcart.sandbox.postgres.binaries import OLDEST
from pushcart.sandbox.supervisor.environment import sandbox_environment
from pushcart.sandbox.supervisor.errors import SupervisorError
from pushcart.sandbox.supervisor.keeper import Keeper
from pushcart.sandbox.supervisor.leftovers import end_leftovers
from pushcart.sandbox.supervisor.ports import Ports
from pushcart.sandbox.supervisor.programs import sandbox_programs
from pushcart.sandbox.supervisor.standing import stands
from pushcart.sandbox.supervisor.together import together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from pushcart.sandbox.supervisor.program import Program

_POSTGRES_WATCH_SECONDS = 1


class Network:
    """Starts on entering, stops on leaving, and keeps everything running in between.

    Args:
        var: Its folder; another network needs another one.
        ports: Where its programs listen; by default from 8080 on.
        fresh: Begins with an empty network: whatever an earlier one left in `var` goes.
        durable: False for one that nobody will miss after a power cut.
        database_url: A PostgreSQL of one's own, instead of the embedded one in `var`.
        say: Is told in one line each what happens.
        programs: What runs, for others than the sandbox's.

    Enter and leave it in one thread: when that thread ends, however it does, the programs are asked to end. Once it
    is entered, `environment` is what its programs were told; a program that wants to use PushCart's own code on it
    takes that into its environment before Django is set up.
    """

    def __init__(
        self,
        var: Path,
        *,
        ports: Ports | None = None,
        fresh: bool = False,
        durable: bool = True,
        database_url: str = "",
        say: Callable[[str], None] = lambda _: None,
        programs: Sequence[Program] | None = None,
    ) -> None:
        self.var = var.absolute()
        self.ports = ports or Ports()
        self.log = self.var / "log"
        self.environment: dict[str, str] = {}
        self._fresh = fresh
        self._say = say
        self._own_database = database_url
        self._cluster = Cluster(self.var, durable=durable)
        self._programs = sandbox_programs(self.var, self.ports) if programs is None else programs
        self._builds = programs is None
        self._keepers: list[Keeper] = []
        self._open = AsyncExitStack()

    @property
    def url(self) -> str:
        """Where its web is."""
        return f"http://127.0.0.1:{self.ports.web}"

    async def __aenter__(self) -> Self:
        """Starts everything.

        Raises:
            SupervisorError: It can't; what had started is stopped again.
        """
        try:
            await self._start()
        except PostgresError as error:
            await self._open.aclose()
            raise SupervisorError(str(error)) from error
        except PermissionError as error:
            await self._open.aclose()
            raise SupervisorError(
                f"{error.filename or self.var} is not permitted to this user: run this as root or as the owner of "
                f"{self.var}, or clone the project once more for yourself."
            ) from error
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def run(self) -> None:
        """Returns only by an error, when a part of the network can't be kept running."""
        watched = [keeper.failure for keeper in self._keepers if keeper.failure]
        if not self._own_database:
            watched.append(asyncio.create_task(self._watch_postgres()))
        try:
            done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await task
        except PostgresError as error:
            raise SupervisorError(str(error)) from error
        finally:
            for task in watched:
                task.cancel()

    async def _start(self) -> None:
        self._hold()
        if ended := end_leftovers(self._run_folder):
            self._say(f"Ended what a killed run had left: {', '.join(ended)}.")
        self._refuse_taken_ports()
        if self._fresh:
            self._empty()
        database = _reached(self._own_database) if self._own_database else self._start_postgres()
        self.environment = sandbox_environment(self.var, self.ports, database)
        await together(self._bring_up(1), self._prepare_tables())
        await together(self._bring_up(2), self._build_network())
        await self._bring_up(3)

    @property
    def _run_folder(self) -> Path:
        return self.var / "run"

    def _hold(self) -> None:
        note = f"{self.url} (process {os.getpid()})"
        try:
            self._open.enter_context(held(self._run_folder / "lock", wait=False, note=note))
        except HeldElsewhereError as error:
            raise SupervisorError(f"It runs already: {error}. Stop that one with Ctrl-C, or use it.") from None

    def _refuse_taken_ports(self) -> None:
        taken = [f"{port} ({name})" for name, port in self.ports.taken().items()]
        if taken:
            raise SupervisorError(
                f"Another program listens on port {', '.join(taken)}: end it, or choose four other ports in a row by "
                "the first of them, as bin/dev --port 9080."
            )

    def _empty(self) -> None:
        if self._own_database:
            raise SupervisorError("DATABASE_URL names a server of your own: empty its database yourself.")
        self._cluster.stop()
        for folder in (self.var / "postgres", self.var / "sandbox"):
            try:
                if folder.exists():
                    shutil.rmtree(folder)
            except OSError as error:
                raise SupervisorError(f"{folder} can't be removed: {error.strerror}.") from None
        (self.var / "clock").unlink(missing_ok=True)

    def _start_postgres(self) -> str:
        started = time.monotonic()
        url = self._cluster.start(tied=True)
        self._open.callback(self._cluster.stop)
        self._say(f"PostgreSQL is up ({time.monotonic() - started:.1f} s).")
        return url

    async def _prepare_tables(self) -> None:
        if self._builds:
            await self._run("django", "migrate", "--noinput", "-v", "0")

    async def _build_network(self) -> None:
        if not self._builds or stands(self.environment["DATABASE_URL"], self.var / "sandbox" / "network.json"):
            return
        self._say("Building the demo network …")
        await self._run("pushcart.sandbox.seed")

    async def _run(self, module: str, *arguments: str) -> None:
        """Runs one step to its end; its words go to `build.log`."""
        path = self.log / "build.log"
        with path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, *arguments),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
            )
        try:
            code = await process.wait()
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        if code != 0:
            last = path.read_text(errors="replace").strip().splitlines()[-1:]
            raise SupervisorError(f"{' '.join((module, *arguments))} failed ({''.join(last)}): see {path}.")

    async def _bring_up(self, stage: int) -> None:
        keepers = [
            Keeper(program, self.environment, self.log / f"{program.name}.log", self._run_folder, self._say)
            for program in self._programs
            if program.stage == stage
        ]
        self._keepers += keepers
        self._open.push_async_callback(_stop_all, keepers)
        await together(*(keeper.start() for keeper in keepers))
        if keepers:
            self._say(f"{', '.join(keeper.program.name for keeper in keepers)}: up.")

    async def _watch_postgres(self) -> None:
        while True:
            await asyncio.sleep(_POSTGRES_WATCH_SECONDS)
            if not self._cluster.runs():
                self._say(f"PostgreSQL ended and starts again; see {self._cluster.log}.")
                self._cluster.start(tied=True)


def _reached(url: str) -> str:
    """The server of one's own, once it has answered."""
    try:
        parse(url, var=Path())
        with psycopg.connect(url, connect_timeout=10) as connection:
            version = connection.info.server_version
    except ValueError as error:
        raise SupervisorError(str(error)) from None
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        raise SupervisorError(f"The server that DATABASE_URL names can't be reached: {reason}") from None
    if version < OLDEST * 10_000:
        raise SupervisorError(f"DATABASE_URL names PostgreSQL {version // 10_000}; PushCart needs {OLDEST} or newer.")
    return url


async def _stop_all(keepers: list[Keeper]) -> None:
    await asyncio.gather(*(keeper.stop() for keeper in keepers))
