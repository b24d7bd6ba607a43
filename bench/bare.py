"""The least that could be done, for the ratio: sending alone, and claim, send, record on one table without order."""

from __future__ import annotations

import asyncio
import time
from functools import cache

import asyncpg

from bench.orders import DOCUMENT_BYTES
from pushcart.companies.endpoint_secrets import new_secret, seal_secret
from pushcart.webhooks.engine.prepare import Parcel, pack
from pushcart.webhooks.engine.send import Answer, Sender
from pushcart.webhooks.engine.targets import Target, target

AT_ONCE = 256
BATCH = 500
_ALLOW = frozenset({"http", "loopback", "any-port"})
_SECRET = [seal_secret(new_secret())]

_CLAIM = """
WITH due AS (SELECT id FROM bare WHERE state = 0 ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
UPDATE bare SET state = 1 FROM due WHERE bare.id = due.id RETURNING bare.id, bare.body
"""
_RECORD = (
    "UPDATE bare SET state = 2, status = r.status FROM unnest($1::int[], $2::int[]) r (id, status) WHERE bare.id = r.id"
)


def bare_sender(address: str, count: int) -> float:
    """Requests a second without a database: signed, on kept connections."""
    return asyncio.run(_send_all(address, count))


def bare_loop(database: str, address: str, count: int) -> float:
    """Deliveries a second of a loop that claims a batch, sends it, and records it."""
    return asyncio.run(_loop(database, address, count))


async def _send_all(address: str, count: int) -> float:
    sender = Sender(_ALLOW, connections=AT_ONCE)
    started = time.monotonic()
    await _burst(sender, address, [(n, "x" * DOCUMENT_BYTES) for n in range(count)])
    taken = time.monotonic() - started
    sender.close()
    return count / taken


async def _loop(database: str, address: str, count: int) -> float:
    connection = await asyncpg.connect(database)
    await connection.execute(
        "CREATE TABLE bare (id int PRIMARY KEY, state int NOT NULL, status int, body text NOT NULL);"
        "CREATE INDEX bare_due ON bare (id) WHERE state = 0"
    )
    await connection.execute(
        "INSERT INTO bare SELECT n, 0, NULL, repeat('x', $1) FROM generate_series(1, $2) n", DOCUMENT_BYTES, count
    )
    await connection.execute("ANALYZE bare")
    sender = Sender(_ALLOW, connections=AT_ONCE)
    started = time.monotonic()
    while rows := await connection.fetch(_CLAIM, BATCH):
        answers = await _burst(sender, address, [(row["id"], row["body"]) for row in rows])
        await connection.execute(_RECORD, [n for n, _ in answers], [answer.status for _, answer in answers])
    taken = time.monotonic() - started
    sender.close()
    await connection.close()
    return count / taken


async def _burst(sender: Sender, address: str, items: list[tuple[int, str]]) -> list[tuple[int, Answer]]:
    """Sends them all, at most AT_ONCE at a time."""
    answers: list[tuple[int, Answer]] = []
    rest = iter(items)
    done = asyncio.Event()

    def send_next() -> None:
        item = next(rest, None)
        if item is not None:
            sender.send(_parcel(address, *item), lambda _parcel, answer: answered(item[0], answer))

    def answered(n: int, answer: Answer) -> None:
        answers.append((n, answer))
        if len(answers) == len(items):
            done.set()
        send_next()

    for _ in range(AT_ONCE):
        send_next()
    await done.wait()
    return answers


def _parcel(address: str, n: int, body: str) -> Parcel:
    return pack(_target(address), uid=f"bare_{n}", event_type="carts.ordered", body=body.encode())


@cache
def _target(address: str) -> Target:
    return target(endpoint_id=0, url=address, sealed_secrets=_SECRET)
