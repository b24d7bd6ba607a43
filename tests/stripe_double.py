"""The payment double as a program of its own, and a test's hand on it. The fixture is `card_network`."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import stripe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pushcart.companies.models import Company

KEY = "sk_test_of_the_tests"
_PATIENCE = 20  # seconds that it may take to start


class CardNetwork:
    """Where the cards of a test are: its address, its books, and what goes wrong there."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._control = httpx.Client(base_url=f"{address}/_double", trust_env=False)
        self.stripe = stripe.StripeClient(KEY, base_addresses={"api": address}, max_network_retries=0)

    def reset(self) -> None:
        self._post("/reset")

    def close(self) -> None:
        self._control.close()

    def connect(self, company: Company) -> str:
        """Gives the retailer a connected account that can charge, and returns its id."""
        account = self.stripe.v1.accounts.create(params={"type": "standard"}).id
        self._post(f"/accounts/{account}/onboard")
        company.stripe_account.account_id = account
        company.stripe_account.save()
        return account

    def card_token(self, card: str = "pm_card_visa") -> str:
        """A SetupIntent that a shopper has gone through with this card."""
        return self.stripe.v1.setup_intents.create(
            params={
                "payment_method": card,
                "confirm": True,
                "usage": "off_session",
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            }
        ).id

    def go_wrong(self, effect: str, path: str, **plan: Any) -> None:
        """See `pushcart.sandbox.stripe.faults`."""
        self._post("/faults", effect=effect, path=path, **plan)

    def mend(self) -> None:
        self._control.delete("/faults").raise_for_status()

    def moved(self) -> list[tuple[str, int]]:
        """What happened to cards, in order: kind and minor units."""
        return [(each["kind"], each["amount"]) for each in self._books()["movements"]]

    def holding(self) -> int:
        """Minor units that are on hold now, on all accounts."""
        totals = self._books()["totals"].values()
        return sum(sums["holding"] for currencies in totals for sums in currencies.values())

    def is_sound(self) -> bool:
        answer = self._control.get("/invariants").raise_for_status().json()
        return bool(answer["ok"])

    def _books(self) -> dict[str, Any]:
        books: dict[str, Any] = self._control.get("/books").raise_for_status().json()
        return books

    def _post(self, path: str, **body: Any) -> None:
        self._control.post(path, json=body).raise_for_status()


@contextmanager
def running(state: Path, clock_file: Path) -> Iterator[CardNetwork]:
    """The double, with its memory in `state` and its time by `clock_file`, until the block is left."""
    port = _free_port()
    command = [sys.executable, "-m", "pushcart.sandbox.stripe", "--port", str(port), "--state", str(state)]
    command += ["--clock", str(clock_file)]
    with subprocess.Popen(command) as process:
        network = CardNetwork(f"http://127.0.0.1:{port}")
        try:
            _wait_for(network, process)
            yield network
        finally:
            network.close()
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(network: CardNetwork, process: subprocess.Popen[bytes]) -> None:
    for _ in range(_PATIENCE * 20):
        if process.poll() is not None:
            raise RuntimeError(f"The payment double ended with {process.returncode} before it answered.")
        try:
            network.moved()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"The payment double did not answer within {_PATIENCE} s.")
