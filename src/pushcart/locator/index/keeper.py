"""One thread that keeps the index: it reads all of the network, and then every change as it comes."""

from __future__ import annotations

import asyncio
import gc
import math
import threading
import time
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from pushcart.inventory.changing import CHANNEL as STOCK
from pushcart.locator.index import metrics
from pushcart.locator.index.follow import news, take_in
from pushcart.locator.index.load import load
from pushcart.locator.index.state import State
from pushcart.locator.index.triggers import CHANNEL as PLACES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncpg import Connection

    from pushcart.locator.index.products import Products

_log = structlog.get_logger()

# A change is told by NOTIFY; one that was missed is found so many seconds later.
POLL_EVERY = 1.0
# Who has heard nothing for so long may know of too little, and leaves the answer to the database.
FRESH_FOR = 3.0
# The changes are kept for an hour; who was away for longer than this reads everything anew.
_FORGOTTEN_AFTER = 1800.0
_TRY_AGAIN_AFTER = 1.0
# After failures in a row it waits twice as long each time, up to this: reading everything is work for the database.
_AT_MOST_AFTER = 60.0
# The database is away for a moment. What was known stays: all of a change is read before any of it is taken in.
_INTERRUPTED = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,
)
_LAST_WORD = 2.0
# Beyond this share of all stores the tail is laid to the rest, which takes reading everything.
_LONGEST_TAIL = 0.05
_SHORTEST_TAIL = 500


class Keeper:
    """Keeps one `State`. Starts with `start`, ends with `stop`; `state` may be asked at any time from any thread."""

    def __init__(self, connect: Callable[[], Awaitable[Connection[Any]]], products: Products) -> None:
        self._connect, self._products = connect, products
        self._state: State | None = None
        self._snapshot = ""
        self._heard_at = -math.inf  # on the machine's monotonic clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken: asyncio.Event | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name="locator index", daemon=True)

    def start(self) -> None:
        metrics.tell_age(lambda: self.silent_for)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._loop is not None and self._woken is not None:
            self._loop.call_soon_threadsafe(self._woken.set)
        # One that reads the whole network just now ends with the process.
        self._thread.join(_LAST_WORD)

    @property
    def state(self) -> State | None:
        """The network as it is known; None where it isn't, or isn't fresh."""
        return self._state if time.monotonic() - self._heard_at < FRESH_FOR else None

    @property
    def silent_for(self) -> float:
        """Seconds since it last heard that it knows everything; infinite before it ever did."""
        return time.monotonic() - self._heard_at

    def _live(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._keep())

    async def _keep(self) -> None:
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        failed = 0
        while not self._stopping.is_set():
            heard_at = self._heard_at
            try:
                await self._follow()
            except _INTERRUPTED:
                # It answers for itself when it is back.
                _log.warning("locator.index_interrupted", exc_info=True)
                await self._rest(_TRY_AGAIN_AFTER)
            except Exception:  # noqa: BLE001 whatever it was, it may not end the thread: it is logged, counted and mended
                # What is known may be half of a change: it is read anew, and until then the database answers.
                failed = failed + 1 if self._heard_at == heard_at else 1
                self._drop()
                metrics.FAILURES.inc()
                _log.exception("locator.index_failed", in_a_row=failed)
                await self._rest(min(_TRY_AGAIN_AFTER * 2 ** min(failed - 1, 10), _AT_MOST_AFTER))

    def _drop(self) -> None:
        self._state, self._heard_at = None, -math.inf

    async def _follow(self) -> None:
        connection = await self._connect()
        try:
            for channel in (STOCK, PLACES):
                await connection.add_listener(channel, self._wake)
            if self._state is None or self.silent_for > _FORGOTTEN_AFTER:
                await self._load(connection)
            while not self._stopping.is_set():
                self._woken.clear()  # type: ignore[union-attr]  # made before
                await self._catch_up(connection)
                await self._sleep(POLL_EVERY)
        finally:
            connection.terminate()

    async def _load(self, connection: Connection[Any]) -> None:
        started = time.monotonic()
        snapshot, chart, shelves, dealers = await load(connection)
        self._snapshot, self._state = snapshot, State(chart, shelves, dealers, self._products)
        self._products.forget()
        # The stores live as long as the process: the collector need not go through them again and again.
        gc.collect()
        gc.freeze()
        metrics.tell(self._state)
        seconds = round(time.monotonic() - started, 1)
        _log.info("locator.index_loaded", stores=len(chart.stores), rows=shelves.rows, seconds=seconds)

    async def _catch_up(self, connection: Connection[Any]) -> None:
        asked_at = time.monotonic()
        fresh = await news(connection, self._snapshot)
        state = self._state
        assert state is not None  # noqa: S101 it was loaded before
        if fresh.stock or fresh.places:
            self._state = state = await take_in(connection, state, fresh)
            metrics.tell(state)
        self._snapshot, self._heard_at = fresh.snapshot, asked_at
        if state.chart.tail > max(_SHORTEST_TAIL, _LONGEST_TAIL * len(state.chart.stores)):
            await self._load(connection)

    def _wake(self, *_: object) -> None:
        if self._woken is not None:
            self._woken.set()

    async def _rest(self, seconds: float) -> None:
        """Until then, whatever is heard; only the end comes sooner."""
        assert self._woken is not None  # noqa: S101 made before
        self._woken.clear()
        if not self._stopping.is_set():
            await self._sleep(seconds)

    async def _sleep(self, seconds: float) -> None:
        assert self._woken is not None  # noqa: S101 made before
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return
