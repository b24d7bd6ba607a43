"""Events on their way to webhook endpoints: signed, at least once, again after failures."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from sqlite3 import Row

    from pushcart.sandbox.stripe.store import Store

# Stripe tries for days; a sandbox's receiver is down for seconds. Machine time: a matter between machines.
_AGAIN_AFTER = (0.5, 1, 2, 5, 10, 30, 60, 300, 900)
_ANSWER_WITHIN = 20


def signature(secret: str, payload: str, at: int) -> str:
    """The `Stripe-Signature` header (docs.stripe.com/webhooks#verify-manually)."""
    digest = hmac.new(secret.encode(), f"{at}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Courier:
    """Sends what waits: one endpoint's events one after another, so that a stuck receiver delays no other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._session: aiohttp.ClientSession | None = None
        self._runs: dict[str, asyncio.Task[None]] = {}

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_WITHIN))

    async def close(self) -> None:
        for run in self._runs.values():
            run.cancel()
        await asyncio.gather(*list(self._runs.values()), return_exceptions=True)
        if self._session:
            await self._session.close()

    def tick(self) -> None:
        """Starts a run for each endpoint that has something due and none under way."""
        for row in self._store.db.execute(
            "SELECT DISTINCT endpoint FROM deliveries WHERE status = 'waiting' AND due <= ?", (time.time(),)
        ).fetchall():
            endpoint = row["endpoint"]
            if endpoint not in self._runs:
                self._runs[endpoint] = asyncio.create_task(self._run(endpoint))

    async def _run(self, endpoint: str) -> None:
        """Sends what is due to one endpoint, in the order in which it happened, until nothing is."""
        try:
            while row := self._store.db.execute(
                "SELECT * FROM deliveries WHERE status = 'waiting' AND endpoint = ? AND due <= ? "
                "ORDER BY due, seq LIMIT 1",
                (endpoint, time.time()),
            ).fetchone():
                await self.send(row)
        finally:
            del self._runs[endpoint]

    async def send(self, row: Row) -> dict[str, Any]:
        """One attempt, recorded; returns what became of it."""
        endpoint, event = (self._object(row[name]) for name in ("endpoint", "event"))
        if endpoint is None or event is None:
            return self._recorded(row, "given_up", "the endpoint is gone")
        answer = await self._attempt(endpoint, event)
        if answer.startswith("2"):
            return self._recorded(row, "delivered", answer)
        if row["attempts"] >= len(_AGAIN_AFTER):
            return self._recorded(row, "given_up", answer)
        return self._recorded(row, "waiting", answer, due=time.time() + _AGAIN_AFTER[row["attempts"]])

    async def _attempt(self, endpoint: dict[str, Any], event: dict[str, Any]) -> str:
        if self._session is None:
            raise RuntimeError("The courier is not open.")
        payload = json.dumps({**event, "api_version": endpoint["api_version"] or event["api_version"]}, indent=2)
        secret = self._store.hidden(endpoint["id"])["secret"]
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(secret, payload, int(time.time())),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        try:
            async with self._session.post(
                endpoint["url"], data=payload.encode(), headers=headers, allow_redirects=False
            ) as response:
                return f"{response.status} {(await response.text(errors='replace'))[:200]}"
        except (aiohttp.ClientError, TimeoutError) as error:
            return f"no answer: {type(error).__name__} {error}"[:200]

    def _object(self, identifier: str) -> dict[str, Any] | None:
        row = self._store.db.execute("SELECT body FROM objects WHERE id = ?", (identifier,)).fetchone()
        return None if row is None else dict(json.loads(row["body"]))

    def _recorded(self, row: Row, status: str, answer: str, *, due: float | None = None) -> dict[str, Any]:
        with self._store.transaction():
            self._store.db.execute(
                "UPDATE deliveries SET status = ?, answer = ?, attempts = attempts + 1, due = coalesce(?, due) "
                "WHERE seq = ?",
                (status, answer, due, row["seq"]),
            )
        return {"event": row["event"], "endpoint": row["endpoint"], "status": status, "answer": answer}
