"""The double as it is: a program of its own, asked over HTTP by the official SDK."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from pushcart.kit import clock
from tests.sandbox.stripe.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

_PATIENCE = 20


@dataclass
class Program:
    """One running double."""

    state: Path
    port: int
    options: tuple[str, ...] = ()
    environment: dict[str, str] | None = None
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def clock(self) -> Path:
        return self.state / "clock"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "error",
                "-m",
                "pushcart.sandbox.stripe",
                f"--port={self.port}",
                f"--state={self.state}",
                f"--clock={self.clock}",
                *self.options,
            ],
            env=self.environment,
        )
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            try:
                self.get("/_double/faults")
            except urllib.error.URLError:
                assert self.process.poll() is None, "the double ended before it answered"
                time.sleep(0.02)
            else:
                return
        raise AssertionError("the double did not start")

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(_PATIENCE) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(_PATIENCE)

    def get(self, path: str) -> Any:
        return self._asked(urllib.request.Request(self.url + path))  # noqa: S310 - our own loopback address

    def post(self, path: str, /, **body: Any) -> Any:
        request = urllib.request.Request(self.url + path, data=json.dumps(body).encode(), method="POST")  # noqa: S310
        return self._asked(request)

    def _asked(self, request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - our own loopback address
            return json.load(response)

    def client(self, key: str) -> stripe.StripeClient:
        return stripe.StripeClient(
            key,
            base_addresses={"api": self.url, "connect": self.url},
            http_client=Recording(),
            max_network_retries=0,
            client_id="ca_" + "0" * 16,
        )


@dataclass
class Platform:
    """A platform of one test's own, with one retailer's account that can charge."""

    program: Program
    key: str
    sdk: stripe.StripeClient
    account: str = ""

    @property
    def on(self) -> dict[str, Any]:
        """The request options that act on the retailer's account."""
        return {"stripe_account": self.account}

    def connect(self) -> str:
        account = self.sdk.v1.accounts.create({"type": "standard", "country": "US", "email": "owner@hearth.example"})
        self.program.post(f"/_double/accounts/{account.id}/onboard")
        return str(account.id)

    def hold(self, card: str = "pm_card_visa", amount: int = 11010, **more: Any) -> Any:
        """A hold on the retailer's account, as PushCart places one for each line."""
        options = {**self.on, **more.pop("options", {})}
        given: dict[str, Any] = {
            "amount": amount,
            "currency": "usd",
            "payment_method": card,
            "allowed_payment_method_types": ["card"],
            "capture_method": "manual",
            "confirm": True,
            "expand": ["latest_charge"],
            **more,
        }
        return self.sdk.v1.payment_intents.create(given, options)

    def paid(self, card: str = "pm_card_visa", amount: int = 11010, **more: Any) -> Any:
        """A hold that was captured in full."""
        intent = self.hold(card, amount, **more)
        return self.sdk.v1.payment_intents.capture(intent.id, {"expand": ["latest_charge"]}, self.on)

    def kinds(self) -> list[str]:
        """What happened on the retailer's account, oldest first."""
        told = self.sdk.v1.events.list({"limit": 100}, self.on).data
        return [event.type for event in reversed(told)]

    def moved(self) -> list[tuple[str, int]]:
        """The movements of money on the retailer's account, in order: kind and minor units."""
        books = self.program.get(f"/_double/books?account={self.account}")
        return [(movement["kind"], movement["amount"]) for movement in books["movements"]]

    def check(self) -> None:
        verdict = self.program.get(f"/_double/invariants?account={self.account}")
        assert verdict["broken"] == []
        assert verdict["charges"] > 0


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = Program(tmp_path_factory.mktemp("double"), free_port())
    program.start()
    yield program
    program.stop()


@pytest.fixture
def program(running: Program) -> Iterator[Program]:
    yield running
    running._asked(urllib.request.Request(running.url + "/_double/faults", method="DELETE"))  # noqa: S310
    running.post("/_double/webhooks", hold=False, copies=1, delay_seconds=0)


@pytest.fixture
def platform(program: Program) -> Platform:
    key = f"sk_test_{secrets.token_hex(8)}"
    platform = Platform(program, key, program.client(key))
    platform.account = platform.connect()
    return platform


@pytest.fixture
def clock_of_double(program: Program) -> Iterator[ModuleType]:
    """The double's clock, to be moved; back to the machine's time after the test."""
    clock.use_file(program.clock)
    yield clock
    clock.reset()
    clock.use_settings()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
