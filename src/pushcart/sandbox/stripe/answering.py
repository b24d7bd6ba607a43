"""One request of Stripe's API from its bytes to its answer: who asks, is it well-formed, was it asked before, act."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe import faults, forms, idempotency, keys, params
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.errors import Malformed, Refusal
from pushcart.sandbox.stripe.expanding import expanded
from pushcart.sandbox.stripe.resources.accounts import blank
from pushcart.sandbox.stripe.store import Store, new_id
from pushcart.sandbox.stripe.sweeping import sweep

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Asked:
    """A request as it came: `text` is the query string of a GET or DELETE, the body of a POST."""

    method: str
    url_path: str
    path: dict[str, str]
    headers: Mapping[str, str]
    text: str
    base_url: str


@dataclass
class Answer:
    """What goes back; `lost` means that the connection closes instead."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    lost: bool = False


class Desk:
    """Answers requests one after another: each is one transaction of the store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._in_progress: set[tuple[str, str]] = set()

    async def answer(self, route: Route, asked: Asked) -> Answer:
        request_id = new_id("req")
        try:
            call = self._opened(route, asked, request_id)
            if call.idempotency_key is None:
                return await self._met(route, asked, call)
            return await self._once(route, asked, call)
        except Refusal as refusal:
            return _refused(refusal, request_id)

    def _opened(self, route: Route, asked: Asked, request_id: str) -> Call:
        key = keys.key_of(asked.headers)
        platform = keys.platform_of(key, publishable=route.publishable)
        keys.check_version(asked.headers)
        with self.store.transaction():
            sweep(self.store, asked.base_url)
            _know(self.store, platform, asked.base_url)
        account = keys.account_named(self.store, asked.headers, platform, key)
        idempotency_key = asked.headers.get("Idempotency-Key") if asked.method == "POST" else None
        if idempotency_key is not None:
            idempotency.check_length(idempotency_key)
        return Call(
            store=self.store,
            account=account,
            platform=platform,
            base_url=asked.base_url,
            path=asked.path,
            request_id=request_id,
            idempotency_key=idempotency_key,
            key=key,
        )

    async def _once(self, route: Route, asked: Asked, call: Call) -> Answer:
        """Acts for the first request with a key; a second one gets the first one's answer, or 409 while it lasts."""
        key = str(call.idempotency_key)
        fingerprint = idempotency.fingerprint(asked.method, asked.url_path, asked.text)
        if (call.account, key) in self._in_progress:
            raise idempotency.in_use()
        first = idempotency.kept(self.store, call.account, key, fingerprint, asked.url_path)
        if first is not None:
            status, body, original = first
            return await self._replayed(asked, call, status, body, original)
        self._in_progress.add((call.account, key))
        try:
            return await self._met(route, asked, call, fingerprint)
        finally:
            self._in_progress.discard((call.account, key))

    async def _replayed(self, asked: Asked, call: Call, status: int, body: str, original: str) -> Answer:
        headers = {
            "Idempotent-Replayed": "true",
            "Original-Request": original,
            "Idempotency-Key": str(call.idempotency_key),
        }
        if status >= 500:  # noqa: PLR2004 - server errors
            headers["Stripe-Should-Retry"] = "false"
        answer = Answer(status, body, headers | {"Request-Id": str(call.request_id)})
        # A replay can get lost too.
        fault = self._fault(asked, call)
        if fault is None:
            return answer
        await _wait(fault)
        if fault.effect == "rate_limited":
            raise faults.rate_limited(fault.seconds)
        answer.lost = fault.effect in {"answer_lost", "timeout"}
        return answer

    async def _met(self, route: Route, asked: Asked, call: Call, fingerprint: str = "") -> Answer:
        """Acts, unless a planned fault meets the call first."""
        fault = self._fault(asked, call)
        effect = fault.effect if fault else ""
        if fault and effect in {"slow", "timeout"}:
            await _wait(fault)
        if fault and effect == "rate_limited":
            raise faults.rate_limited(fault.seconds)
        if effect == "timeout":
            return Answer(0, "", lost=True)
        if effect == "error_500":
            with self.store.transaction():
                return self._kept(call, fingerprint, faults.broken())
        answer = self._acted(route, asked, call, fingerprint, breaks=effect == "error_500_after")
        if fault and effect == "late_answer":
            await _wait(fault)
        answer.lost = answer.lost or effect == "answer_lost"
        return answer

    def _acted(self, route: Route, asked: Asked, call: Call, fingerprint: str, *, breaks: bool) -> Answer:
        call.params = params.check(forms.decode(asked.text), route.known, route.played)
        with self.store.transaction():
            self.store.db.execute("SAVEPOINT act")
            try:
                body = route.act(call)
                body = expanded(call, body, call.params.get("expand", []))
            except Malformed:
                self.store.db.execute("ROLLBACK TO act")
                raise
            except Refusal as refusal:
                if not refusal.keeps_effects:
                    self.store.db.execute("ROLLBACK TO act")
                return self._kept(call, fingerprint, faults.broken() if breaks else refusal)
            return self._kept(call, fingerprint, faults.broken() if breaks else body)

    def _kept(self, call: Call, fingerprint: str, outcome: dict[str, Any] | Refusal) -> Answer:
        """The answer, remembered under the call's idempotency key in the transaction that did the work."""
        request_id = str(call.request_id)
        if isinstance(outcome, Refusal):
            answer = _refused(outcome, request_id)
        else:
            answer = Answer(200, json.dumps(outcome), {"Request-Id": request_id})
        if call.idempotency_key is not None:
            key = call.idempotency_key
            idempotency.keep(
                self.store,
                call.account,
                key,
                asked=fingerprint,
                status=answer.status,
                body=answer.body,
                request_id=request_id,
            )
            answer.headers |= {"Idempotency-Key": key, "Original-Request": request_id}
        answer.lost = call.loses_answer
        return answer

    def _fault(self, asked: Asked, call: Call) -> faults.Fault | None:
        with self.store.transaction():
            return faults.met(self.store, asked.method, asked.url_path, call.account)


def _know(store: Store, platform: str, base_url: str) -> None:
    """A platform's own account stands from the first use of its key."""
    if store.find(keys.PLATFORMS, "account", platform) is None:
        call = Call(store, platform, platform, base_url)
        account = blank(call, platform, "standard") | {"email": "platform@pushcart.example"}
        store.insert(keys.PLATFORMS, account | {"charges_enabled": True, "details_submitted": True})


def _refused(refusal: Refusal, request_id: str) -> Answer:
    error = {**refusal.error, "request_log_url": f"https://dashboard.stripe.com/test/logs/{request_id}"}
    return Answer(refusal.status, json.dumps({"error": error}), {"Request-Id": request_id, **refusal.headers})


async def _wait(fault: faults.Fault) -> None:
    if fault.effect in {"slow", "timeout", "late_answer"}:
        await asyncio.sleep(fault.seconds)
