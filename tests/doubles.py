"""The doubles for tests: that of the card network, and that of the mail and SMS providers.

The payment double is one process a session (and xdist worker), emptied before each test that asks for it.

    def test_it_charges(transactional_db, stripe_double):
        retailer = network.retailer()
        stripe_double.connect(retailer)                      # a connected account that can charge
        token = stripe_double.card_token("pm_card_visa")     # a SetupIntent, as a shop's page makes one
        stripe_double.fault("answer_lost", "/v1/payment_intents/*/capture")
        …
        assert stripe_double.books(retailer)["captured"] == 39_900

The project's settings point at it while the test runs. A test that moves the clock lets the double live by the same
one: `clock_file = doubles.clock_file` in its module or conftest replaces the fixture of that name.
"""

from __future__ import annotations

import http.server
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
import pytest

from pushcart.companies.models import StripeAccount
from pushcart.payments.actions.connect import connect
from pushcart.payments.client import _client, stripe_client
from tests.sandbox.stripe.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pushcart.companies.models import Company

SECRET_KEY = "sk_test_of_the_tests"
WEBHOOK_SECRET = "whsec_of_the_tests"
_STARTS_WITHIN = 30
_NOTHING = dict.fromkeys(["held", "captured", "released", "refunded", "disputed", "holding", "kept"], 0)


class StripeDouble:
    """A test's hand on the double. Amounts are minor units."""

    def __init__(self, url: str, clock_file: Path, program: StripeProgram) -> None:
        self.url, self.program = url, program
        self.clock_file = clock_file
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def reset(self) -> None:
        """Forgets everything, and gives the double the machine's time."""
        # Written over, never cut short: a program that has the file mapped into memory would die of that.
        with self.clock_file.open("r+b") as file:
            file.write(bytes(16))
        self.control("POST", "reset")

    def control(self, method: str, path: str, /, **body: Any) -> Any:
        """A call of the double's own, under `/_double`."""
        answer = self._http.request(method, f"/_double/{path}", json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def connect(self, company: Company) -> StripeAccount:
        """Gives a retailer an account on which nothing is left to be asked, and reads it from the double."""
        StripeAccount.objects.filter(company=company).delete()
        account = connect(company, None, company.email, company.country)
        self.onboard(account.account_id)
        account = connect(company, None, company.email, company.country)
        company.refresh_from_db()
        return account

    def onboard(self, account_id: str) -> None:
        self.control("POST", f"accounts/{account_id}/onboard")

    def card_token(self, card: str = "pm_card_visa", *, customer: bool = False) -> str:
        """A SetupIntent that has succeeded, the shopper's authentication included where the card wants it."""
        client = stripe_client(test=True)
        params: dict[str, Any] = {
            "payment_method": card,
            "confirm": True,
            "usage": "off_session",
            "allowed_payment_method_types": ["card"],
        }
        if customer:
            params["customer"] = client.v1.customers.create().id
        intent = client.v1.setup_intents.create(params=params)
        if intent.status == "requires_action":
            self.control("POST", f"intents/{intent.id}/authenticate", passed=True)
        return intent.id

    def fault(self, effect: str, path: str = "*", **plan: Any) -> None:
        """The next matching call meets `effect`: answer_lost, timeout, error_500, error_500_after, rate_limited, …

        `plan` may say `method`, `account`, `times` (1), `after` (0 calls let through first) and `seconds`.
        """
        self.control("POST", "faults", effect=effect, path=path, **plan)

    def forget_faults(self) -> None:
        self.control("DELETE", "faults")

    def unmet_faults(self) -> int:
        return sum(fault["remaining"] for fault in self.control("GET", "faults"))

    def books(self, company: Company) -> dict[str, int]:
        """What the double counts for a retailer: held, captured, released, refunded, disputed, holding, kept."""
        account = company.stripe_account.account_id
        totals = self.control("GET", f"books?account={account}")["totals"]
        return totals.get(account, {}).get(company.currency, dict(_NOTHING))

    def movements(self, company: Company) -> list[tuple[str, int]]:
        """Each movement of money as `(kind, amount)`, in order."""
        books = self.control("GET", f"books?account={company.stripe_account.account_id}")
        return [(each["kind"], each["amount"]) for each in books["movements"]]

    def assert_sound(self) -> None:
        """The double's own invariants: nothing held, captured or refunded twice, its objects and books agree."""
        found = self.control("GET", "invariants")
        assert found["ok"], found["broken"]

    @contextmanager
    def listening(self) -> Iterator[Mailbox]:
        """Takes the events of the platform and its accounts as they are sent, signed with the settings' secret."""
        with Mailbox() as mailbox:
            self.control("POST", "endpoints", url=mailbox.url, key=SECRET_KEY, secret=WEBHOOK_SECRET)
            yield mailbox

    def restart(self) -> None:
        """Ends the program and starts it anew with what it has written down."""
        self.program.restart()

    def close(self) -> None:
        self._http.close()


class Mailbox:
    """A small server that keeps what is posted to it: `(body, Stripe-Signature)`."""

    def __enter__(self) -> Self:
        self._came: list[tuple[bytes, str, str]] = []
        self._news = threading.Condition()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/events"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, kind: str, *, within: float = 20) -> tuple[bytes, str]:
        """The first event of a type, taken out, once it has come.

        Raises:
            TimeoutError: it did not come.
        """
        with self._news:
            if not self._news.wait_for(lambda: any(came[2] == kind for came in self._came), within):
                raise TimeoutError(f"No {kind} came: {[came[2] for came in self._came]}")
            found = next(came for came in self._came if came[2] == kind)
            self._came.remove(found)
            return found[0], found[1]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        mailbox = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind = httpx.Response(200, content=body).json()["type"]
                with mailbox._news:
                    mailbox._came.append((body, self.headers["Stripe-Signature"], kind))
                    mailbox._news.notify_all()
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Tests read what came, not the server's log."""

        return Handler


class Outbox:
    """What the mail and SMS providers' double took since the test began."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._before = len(self._all(0))

    def letters(self) -> list[dict[str, Any]]:
        """In order: number, id, channel (mail, sms), at, sender, recipient, subject, text."""
        return self._all(self._before)

    def _all(self, after: int) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.url}/letters", params={"after": after}, trust_env=False)
        return list(answer.raise_for_status().json())


@pytest.fixture(scope="session")
def outbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("outbox"), _free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *_ending_with_us(),
                sys.executable,
                *["-m", "pushcart.sandbox.outbox", "--port", str(port), "--state", str(folder / "state")],
            ],
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(lambda: httpx.get(f"{url}/letters", trust_env=False), process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def outbox(outbox_process: str, settings: Any) -> Outbox:
    """The double of the mail and SMS providers, with the project's settings pointing at it."""
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "POSTMARK_API_URL": f"{outbox_process}/postmark/"}
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "ACtest", "secret"
    settings.TWILIO_API_BASE, settings.TWILIO_FROM = f"{outbox_process}/twilio", "+15005550006"
    return Outbox(outbox_process)


class StripeProgram:
    """The double's process, with its memory in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "clock").write_bytes(bytes(16))

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *_ending_with_us(),
                    sys.executable,
                    *["-m", "pushcart.sandbox.stripe", "--port", str(self.port)],
                    *["--state", str(self.folder / "state"), "--clock", str(self.folder / "clock")],
                ],
                stderr=log,
            )
        faults = f"{self.url}/_double/faults"
        _wait_until_up(lambda: httpx.get(faults, trust_env=False), self._process, self.folder / "log")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)

    def restart(self) -> None:
        self.stop()
        self.start()


@pytest.fixture(scope="session")
def stripe_process() -> Iterator[StripeDouble]:
    folder = Path(tempfile.mkdtemp(prefix="pushcart-double-"))
    program = StripeProgram(folder)
    double = StripeDouble(program.url, folder / "clock", program)
    program.start()
    try:
        yield double
    finally:
        double.close()
        program.stop()
        shutil.rmtree(folder)


@pytest.fixture
def stripe_double(
    stripe_process: StripeDouble, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StripeDouble]:
    """The double, empty, with the project's settings pointing at it. Faults are seen at once: the SDK asks once.

    Each answer to a call of the project's own is held to the SDK's types, field by field; the run counts them.
    """
    monkeypatch.setattr("pushcart.payments.client.RequestsClient", Recording)
    _client.cache_clear()
    stripe_process.reset()
    settings.STRIPE_API_BASE = stripe_process.url
    settings.STRIPE_API_KEY = settings.STRIPE_TEST_API_KEY = SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
    settings.STRIPE_NETWORK_RETRIES = 0
    yield stripe_process
    _client.cache_clear()


@pytest.fixture
def clock_file(stripe_process: StripeDouble) -> Path:
    """The double's clock, for the `clock` fixture: both live by one time."""
    return stripe_process.clock_file


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ending_with_us() -> list[str]:
    """A test session that is killed leaves no double behind, where the kernel can be asked for that."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _wait_until_up(ask: Callable[[], object], process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"The double did not start: {log.read_text()}")
        with suppress(httpx.TransportError):
            ask()
            return
        time.sleep(0.05)
    raise RuntimeError(f"The double did not answer within {_STARTS_WITHIN} s: {log.read_text()}")
