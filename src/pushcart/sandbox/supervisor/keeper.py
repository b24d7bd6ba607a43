"""Keeps one program running."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import psycopg

from pushcart.sandbox.supervisor.errors import SupervisorError
from pushcart.sandbox.supervisor.leftovers import forget, note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pushcart.sandbox.supervisor.program import Program

_READY_SECONDS = 60
_GRACE_SECONDS = 10
_TRIES_BEFORE_READY = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
# One that lived so long had started well: its next end begins with the short pause again.
_STEADY_SECONDS = 30
_LARGEST_LOG = 10_000_000


@dataclass
class Keeper:
    """Runs a program in a process group of its own, writes its log, starts it again when it ends.

    The kernel asks it to end (SIGTERM) when the supervisor is gone, however that came about.
    """

    program: Program
    environment: Mapping[str, str]
    log: Path
    run: Path
    say: Callable[[str], None]
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)
    _task: asyncio.Task[None] | None = field(default=None, repr=False)
    _was_ready: bool = False

    async def start(self) -> None:
        """Starts it and returns when it is ready.

        Raises:
            SupervisorError: It ends again and again before it is ready, or never is.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        self._task = asyncio.create_task(self._keep(), name=self.program.name)
        ready = asyncio.create_task(self._ready())
        try:
            await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED, timeout=_READY_SECONDS)
            if self._task.done():
                await self._task
            if not ready.done():
                raise SupervisorError(f"{self.program.name} is not ready after {_READY_SECONDS} s: see {self.log}.")
            await ready
        finally:
            ready.cancel()
        self._was_ready = True

    async def stop(self) -> None:
        """Asks it to end, waits, and ends it where it doesn't."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError, SupervisorError):
                await self._task
        if self._process and self._process.returncode is None:
            self._signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), _GRACE_SECONDS)
            except TimeoutError:
                self._signal(signal.SIGKILL)
                await self._process.wait()
        self._end_group()
        forget(self.run, self.program.name)

    @property
    def failure(self) -> asyncio.Task[None] | None:
        """Ends only by an error, when the program can't be kept."""
        return self._task

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        for lost in count(1):
            started = time.monotonic()
            await self._launch()
            assert self._process  # noqa: S101 for the type checker
            code = await self._process.wait()
            self._end_group()
            if not self._was_ready and lost >= _TRIES_BEFORE_READY:
                raise SupervisorError(
                    f"{self.program.name} can't start ({_why(code)}{self._last_line()}): see {self.log}."
                )
            pause = _FIRST_PAUSE if time.monotonic() - started > _STEADY_SECONDS else min(pause * 2, _LONGEST_PAUSE)
            self.say(f"{self.program.name} ended ({_why(code)}) and starts again in {pause:g} s; see {self.log}.")
            await asyncio.sleep(pause)

    async def _launch(self) -> None:
        # Not an asyncio-owned file: the child writes it by itself.
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *_tied(self.program.command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**self.environment, "PGAPPNAME": self.program.name},
                start_new_session=True,
            )
        note(self.run, self.program.name, self._process.pid)

    async def _ready(self) -> None:
        while not await self._is_ready():  # noqa: ASYNC110 nobody tells us when another program listens
            await asyncio.sleep(0.1)

    async def _is_ready(self) -> bool:
        if self.program.port:
            return await _takes_connections(self.program.port)
        if self.program.session:
            return await self._has_session()
        return self._process is not None

    async def _has_session(self) -> bool:
        asked = await psycopg.AsyncConnection.connect(self.environment["DATABASE_URL"], autocommit=True)
        async with asked:
            row = await asked.execute(
                "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
                [self.program.name],
            )
            return await row.fetchone() is not None

    def _signal(self, number: int) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _end_group(self) -> None:
        """Ends what the program started itself and did not wait for."""
        self._signal(signal.SIGKILL)
        self._process = None

    def _last_line(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return f", {lines[-1].strip()}" if lines else ""


async def _takes_connections(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


def _tied(command: tuple[str, ...]) -> tuple[str, ...]:
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", *command) if setpriv else command


def _why(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
