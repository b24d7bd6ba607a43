"""The pusher: fan out and claim → prepare → send → record, each stage awake when there is something for it."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import connections

from pushcart.kit import clock, traces
from pushcart.webhooks.engine import metrics
from pushcart.webhooks.engine.bounds import Bounds
from pushcart.webhooks.engine.checks import Checks
from pushcart.webhooks.engine.claim import (
    changed,
    endpoints_with_work,
    give_back,
    renew_leases,
)
from pushcart.webhooks.engine.consequences import Consequences
from pushcart.webhooks.engine.database import LOST, open_pool
from pushcart.webhooks.engine.fan_out import take_in_new_endpoints
from pushcart.webhooks.engine.hands import Hands
from pushcart.webhooks.engine.intake import Intake
from pushcart.webhooks.engine.pace import Pace
from pushcart.webhooks.engine.prepare import prepare
from pushcart.webhooks.engine.record import Result, record
from pushcart.webhooks.engine.send import LOST_AFTER, Answer, Sender
from pushcart.webhooks.engine.set_back import ClockWatch
from pushcart.webhooks.engine.targets import Targets
from pushcart.webhooks.engine.tasks import cancel, until
from pushcart.webhooks.engine.tell import tell
from pushcart.webhooks.engine.wake import listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable

    from asyncpg import Pool

    from pushcart.webhooks.engine.claimed import Claimed
    from pushcart.webhooks.engine.prepare import Parcel

log = structlog.get_logger("webhooks")

# Where one of these fails otherwise than by the database, the pusher ends and is started anew.
_ESSENTIAL = {"take", "record"}
_AGAIN_AFTER = 0.5  # seconds, when the database is away


class Pusher:
    """One pusher. Any number may run, on any number of machines; each may die at any moment.

    Use `async with Pusher.open() as pusher`, then `await pusher.run(stop)` for a live one, or `await pusher.turn()` for
    everything that is due at this moment.
    """

    def __init__(self, pace: Pace, quick: Pool[Any], durable: Pool[Any], sender: Sender) -> None:
        self.id = secrets.randbits(62)
        self._pace = pace
        self._quick = quick
        self._durable = durable
        self._sender = sender
        self._hands = Hands(pace, asyncio.get_running_loop().time)
        self._clock, self._results = ClockWatch(quick), list[Result]()
        self._targets = Targets(quick)
        self._bounds = Bounds(quick, self.id, pace.lease, self._hands.in_hand)
        self._intake = Intake(
            quick, self._hands, targets=self._targets, bounds=self._bounds, pusher=self.id, lease=pace.lease
        )
        self._call = asyncio.Event()  # to look for something to take
        self._answers = asyncio.Event()
        # Django's side of a change of an endpoint's state: rare, and one at a time.
        self._django = ThreadPoolExecutor(1, "webhooks-django")
        self._checks = Checks(durable, sender, self._targets, self._in_django)
        self._consequences = Consequences(durable, self._in_django)

    @classmethod
    @asynccontextmanager
    async def open(cls, pace: Pace | None = None) -> AsyncIterator[Pusher]:
        """A pusher with its connections; they are closed at the end, and what it has in hand is given back."""
        pace = pace or Pace()
        quick, durable = await open_pool("claim", durable=False), await open_pool("record", durable=True)
        sender = Sender(settings.WEBHOOK_ALLOW, connections=pace.in_hand, authorities=settings.WEBHOOK_CA_FILE)
        pusher = cls(pace, quick, durable, sender)
        try:
            yield pusher
        finally:
            await pusher._close()

    async def run(self, stop: asyncio.Event) -> None:
        """Pushes until `stop` is set; then what is on the way is finished and recorded."""
        # These go on to the end: what is on the way may take most of a lease to be answered.
        lasting = [
            asyncio.create_task(self._always("record", self._record_stage)),
            asyncio.create_task(self._always("heartbeat", self._heartbeat_stage)),
        ]
        others = [
            asyncio.create_task(listen(self._hear)),
            *(
                asyncio.create_task(self._always(name, stage))
                for name, stage in (
                    ("take", self._take_stage),
                    ("poll", self._poll_stage),
                    ("metrics", self._metrics_stage),
                )
            ),
        ]
        log.info("webhooks.started", pusher=self.id)
        try:
            await until(stop, *lasting, *others)
            await cancel(*others)
            await self._hands.all_answered()
            await self._checks.finish()
            await until(self._all_recorded(), *lasting)
        finally:
            await cancel(*lasting, *others)
        log.info("webhooks.stopped", pusher=self.id)

    async def turn(self) -> int:
        """Does what is due at this moment and waits for the answers, until nothing is. Returns how many were sent."""
        sent = 0
        while True:
            await take_in_new_endpoints(self._quick)
            await self._bounds.look()
            await self._checks.start_due()
            await self._checks.finish()
            await self._consequences.tell_given_up()
            await self._clock.look()
            self._intake.hear_of_news()
            self._hands.call_for(await endpoints_with_work(self._quick))
            taken = await self._take_and_send()
            if taken is None:
                return sent
            sent += taken or 0
            while self._hands.on_the_way() or self._results:
                await self._answers.wait()
                await self._record_some()
            # What an open circuit has left is another turn's.
            await give_back(self._quick, self.id, self._hands.drop(self._hands.endpoints()))

    # Stages

    async def _always(self, name: str, stage: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Runs a stage again and again; a database that is away is waited for, and so is what is beside the point."""
        while True:
            try:
                await stage()
            except (*LOST, asyncpg.PostgresError, DatabaseFailure) as failure:
                log.warning("webhooks.database_failed", stage=name, error=f"{type(failure).__name__}: {failure}")
                await asyncio.sleep(_AGAIN_AFTER)
            except Exception:
                if name in _ESSENTIAL:
                    raise
                log.exception("webhooks.stage_failed", stage=name)
                await asyncio.sleep(_AGAIN_AFTER)

    def _hear(self) -> None:
        self._intake.hear_of_news()
        self._call.set()

    async def _take_stage(self) -> None:
        await self._call.wait()
        self._call.clear()
        while await self._take_and_send() is not None:
            pass

    async def _poll_stage(self) -> None:
        """Finds what came due by time, what a dead pusher left, and news of which nobody told."""
        await asyncio.sleep(self._pace.poll)
        await take_in_new_endpoints(self._quick)
        await self._bounds.look()
        await self._clock.look()
        self._hands.call_for(await endpoints_with_work(self._quick))
        self._hear()
        await self._checks.start_due()
        await self._consequences.tell_given_up()
        await self._let_go()
        self._send_to(self._hands.endpoints())

    async def _heartbeat_stage(self) -> None:
        await asyncio.sleep(self._pace.heartbeat)
        if overdue := self._hands.forget_overdue(LOST_AFTER):
            log.error("webhooks.answers_lost", events=[delivery.uid for delivery in overdue])
            await give_back(self._quick, self.id, [delivery.id for delivery in overdue])
        if self._hands.deliveries:
            await renew_leases(self._quick, self.id, list(self._hands.deliveries), lease=self._pace.lease)
            await self._bounds.keep()

    async def _metrics_stage(self) -> None:
        await asyncio.sleep(self._pace.metrics)
        await metrics.look(self._quick, self._hands)

    async def _record_stage(self) -> None:
        await self._answers.wait()
        await asyncio.sleep(self._pace.linger)
        await self._record_some()

    # Steps

    async def _take_and_send(self) -> int | None:
        """How many it took; None: there is nothing to take."""
        taken = await self._intake.take()
        if taken is None:
            return None
        self._send_to({delivery.endpoint_id for delivery in taken})
        return len(taken)

    def _send_to(self, endpoints: Iterable[int]) -> None:
        for endpoint_id in endpoints:
            self._send_next(endpoint_id)

    def _send_next(self, endpoint_id: int) -> None:
        while delivery := self._hands.next_for(endpoint_id):
            if delivery.wanted and not delivery.overtaken_by:
                self._send(delivery)
            else:
                self._hands.not_sent(delivery)
                self._result(Result(delivery))

    def _send(self, delivery: Claimed) -> None:
        def answered(parcel: Parcel, answer: Answer) -> None:
            if parcel.span is not None:
                traces.end(parcel.span, error=answer.error, **{"http.response.status_code": answer.status})
            took = answer.total_us / 1_000_000
            self._hands.answered(delivery, failed=bool(answer.error), took=took)
            self._result(Result(delivery, parcel, answer))
            self._send_next(delivery.endpoint_id)

        try:
            self._sender.send(prepare(delivery, self._targets.of(delivery.endpoint_id)), answered)
        except Exception as failure:
            # One delivery that can't be written or sent must not hold up the others.
            log.exception("webhooks.not_prepared", delivery=delivery.id, uid=delivery.uid)
            self._hands.not_sent(delivery)
            self._result(Result(delivery, None, Answer(clock.now(), 0, "not_prepared", type(failure).__name__, "", 0)))

    async def _let_go(self) -> None:
        """Gives back what was claimed for endpoints that no longer take pushes, take them elsewhere or too slowly."""
        versions = self._targets.versions(self._hands.endpoints())
        released = self._hands.drop(await changed(self._quick, versions))
        if released := released + self._hands.drop_surplus():
            await give_back(self._quick, self.id, released)

    def _result(self, result: Result) -> None:
        self._results.append(result)
        self._answers.set()

    async def _record_some(self) -> None:
        """Writes what has come in. While the database is away it stays here, as much as is in hand at most."""
        batch = self._results[: self._pace.batch]
        recorded = await record(self._durable, self.id, batch)
        metrics.count(batch)
        tell(batch)
        del self._results[: len(batch)]
        if not self._results:
            self._answers.clear()
        self._hands.recorded(result.claimed for result in batch)
        self._hands.call_for(recorded.leads_on | self._bounds.of(result.claimed.endpoint_id for result in batch))
        self._call.set()
        if await self._consequences.of(batch):
            await self._let_go()
        if recorded.given_up:
            await self._consequences.tell_given_up()

    async def _in_django(self, function: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._django, partial(function, *args))

    async def _all_recorded(self) -> None:
        while self._results:  # noqa: ASYNC110 said once, at the end
            await asyncio.sleep(0.01)

    async def _close(self) -> None:
        """Whatever is still in hand is given back, so that others need not wait for the lease to lapse."""
        self._sender.close()
        try:
            await give_back(self._durable, self.id, None)
            await self._bounds.release()
        except LOST as lost:
            log.warning("webhooks.not_given_back", error=str(lost))
        self._quick.terminate()
        self._durable.terminate()
        self._django.submit(connections.close_all).result()
        self._django.shutdown()
