from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from django.test import TransactionTestCase

from pushcart.kit import clock as kit_clock
from pushcart.kit.database_url import parse
from tests.cluster import SessionCluster, database_address
from tests.emptied import empty, emptying
from tests.sandbox.stripe import facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

# Every run draws the same cases, to have a red one again; `--hypothesis-profile=search` draws others.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("search", derandomize=False, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")

# The payment double, the browser and PushCart's web, for whoever asks for them.
pytest_plugins = ["tests.browser", "tests.doubles", "tests.serving"]

_URL = "PUSHCART_TEST_DATABASE_URL"
_cluster = pytest.StashKey[SessionCluster]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """One cluster a session: its first process starts it, those of xdist inherit the address."""
    if _is_first(config) and not config.option.collectonly:
        if "DATABASE_URL" in os.environ:
            os.environ[_URL] = os.environ["DATABASE_URL"]
        else:
            config.stash[_cluster] = SessionCluster()
            os.environ[_URL] = config.stash[_cluster].start()
    if _URL in os.environ:
        from django.conf import settings

        settings.DATABASES["default"].update(parse(os.environ[_URL], var=settings.VAR))


def pytest_unconfigure(config: pytest.Config) -> None:
    from django.conf import settings

    shutil.rmtree(settings.FEEDS, ignore_errors=True)
    if _cluster in config.stash:
        config.stash[_cluster].remove()
        os.environ.pop(_URL, None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of xdist hands over what it counted of the payment double's answers."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["payment_double"] = dict(facts.CHECKED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    facts.CHECKED.update(getattr(node, "workeroutput", {}).get("payment_double", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if facts.CHECKED:
        terminalreporter.write_line(
            f"payment double: {facts.CHECKED['requests']} requests by the SDK, {facts.CHECKED['answers']} objects with "
            f"{facts.CHECKED['fields']} fields held to its types"
        )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A test that commits leaves all tables empty, in a hundredth of the time that Django's own `flush` takes."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        statements = emptying()
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty(statements))
        yield


def _is_first(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    """Where this test's clock is shared with the programs that it starts."""
    return tmp_path / "clock"


@pytest.fixture
def clock(clock_file: Path) -> Iterator[ModuleType]:
    """`pushcart.kit.clock`, to be moved; the machine's time again after the test."""
    kit_clock.use_file(clock_file)
    yield kit_clock
    kit_clock.use_settings()


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """The address of this test's database, for the programs that a journey starts."""
    return database_address()
