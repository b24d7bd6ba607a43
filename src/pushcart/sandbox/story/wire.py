"""The story's ears on the wire: pushes, the retailer's log, mails and SMS, as they come."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx

from pushcart.sandbox.story.teller import WrongStepError
from pushcart.webhooks.models import Attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.sandbox.story.teller import Teller

_PATIENCE = 15.0  # seconds of the machine's time for one thing to happen


class Wire:
    """Hears what the network's programs say to each other, and tells it."""

    def __init__(self, teller: Teller, *, web: str, order_system: str, outbox: str, api_key: str) -> None:
        self._teller, self._web, self._order_system, self._outbox = teller, web, order_system, outbox
        self._http = httpx.Client(timeout=30, trust_env=False)
        self._key = {"Locally-API-Token": api_key}
        self._heard = {"push": 0, "log": 0, "letter": 0}
        self.letters: list[dict[str, Any]] = []
        self.pushes: list[tuple[str, str, int]] = []  # verb, event and cart, status

    def cart(self, cart_hash: str) -> dict[str, Any]:
        """The cart as the retailer's key reads it in the API."""
        answer = self._http.get(f"{self._web}/api/v2/cart/{cart_hash}", headers=self._key)
        return dict(answer.raise_for_status().json()["content"])

    def get(self, url: str) -> httpx.Response:
        return self._http.get(url)

    def post(self, url: str, **values: Any) -> httpx.Response:
        return self._http.post(url, **values)

    def put_feed(self, csv: bytes) -> dict[str, Any]:
        """The retailer's till sends its snapshot."""
        headers = {**self._key, "Content-Type": "text/csv"}
        answer = self._http.put(f"{self._web}/api/v2/inventory", content=csv, headers=headers)
        return dict(answer.raise_for_status().json()["content"])

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Listens until it holds.

        Raises:
            WrongStepError: it does not, for as long as anybody would wait.
        """
        patience = time.monotonic() + _PATIENCE
        while not holds():
            self.listen()
            if time.monotonic() > patience:
                raise WrongStepError(f"{what}: it did not happen in {_PATIENCE:.0f} s")
            time.sleep(0.03)
        self.listen()

    def until_status(self, cart_hash: str, status: str, payment: str) -> dict[str, Any]:
        """Listens until the cart has this status and its payment that one, and returns it."""

        def holds() -> bool:
            cart = self.cart(cart_hash)
            return (cart["status"], cart["payment"]["status"]) == (status, payment)

        self.until(f"order {cart_hash} is {status}, its payment {payment}", holds)
        return self.cart(cart_hash)

    def until_letter(self, about: str, recipient: str, channel: str = "mail") -> dict[str, Any]:
        """Listens until somebody was written to, and returns the letter."""

        def found() -> list[dict[str, Any]]:
            return [
                letter
                for letter in self.letters
                if about in f"{letter['subject']} {letter['text']}"
                and (letter["recipient"], letter["channel"]) == (recipient, channel)
            ]

        self.until(f"a {channel} to {recipient} about {about!r}", lambda: bool(found()))
        return found()[-1]

    def listen(self) -> None:
        """Tells what is new."""
        for attempt in Attempt.objects.filter(pk__gt=self._heard["push"], delivery__isnull=False).order_by("pk"):
            self._heard["push"] = attempt.pk
            event = attempt.delivery.event  # type: ignore[union-attr]  # the filter asks for one
            self.pushes.append((attempt.verb, f"{event.type} {event.cart_hash}", attempt.status))
            said = f"{attempt.verb} {event.type} {event.cart_hash} seq {event.sequence}"
            self._teller.step("push", f"{said} → {attempt.status or attempt.error}")
        for entry in self._news(f"{self._order_system}/log", "log"):
            if entry["text"].startswith("said") or "waits" in entry["text"]:
                self._teller.step("store", f"{entry['hash']}: {entry['text']}")
        for letter in self._news(f"{self._outbox}/letters", "letter"):
            self.letters.append(letter)
            self._teller.step(letter["channel"], f"to {letter['recipient']}: {letter['subject'] or letter['text']}")

    def _news(self, url: str, kind: str) -> list[dict[str, Any]]:
        news: list[dict[str, Any]] = self._http.get(url, params={"after": self._heard[kind]}).raise_for_status().json()
        if news:
            self._heard[kind] = news[-1]["number"]
        return news
