"""`pushcart work` as a process, on a real database, with the doubles of the card network and the mail providers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from pushcart.carts.models import Cart
from pushcart.events.follow import follow
from pushcart.inventory.models import Stock
from pushcart.kit import clock as kit_clock
from pushcart.notifications.models import Notice
from pushcart.notifications.react import react
from pushcart.worker.run import LETTERS, OTHERS
from tests import network
from tests.carts.orders import hold_of
from tests.carts.paid import connected_store, ordered
from tests.doubles import SECRET_KEY, WEBHOOK_SECRET

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
_PATIENCE = 30


@contextmanager
def working(database_url, log, **environment):
    told = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "pushcart.sandbox.settings",
        "PUSHCART_VAR": str(log.parent),
        "DATABASE_URL": database_url,
        "PGAPPNAME": "worker",
        **environment,
    }
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "pushcart.cli", "work"], env=told, stdout=out, stderr=out)
    try:
        until(lambda: process.poll() is not None or connected(), log)
        yield process
    finally:
        process.kill()
        process.wait(20)


def connected():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'worker'")
        return cursor.fetchone()[0] > 0


def until(holds, log):
    end = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.05)


@pytest.fixture
def doubles(stripe_double, outbox):
    return {
        "STRIPE_API_BASE": stripe_double.url,
        "STRIPE_API_KEY": SECRET_KEY,
        "STRIPE_TEST_API_KEY": SECRET_KEY,
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "PUSHCART_CLOCK": str(stripe_double.clock_file),
        "POSTMARK_SERVER_TOKEN": "t",
        "POSTMARK_API_URL": f"{outbox.url}/postmark/",
        "TWILIO_ACCOUNT_SID": "ACtest",
        "TWILIO_AUTH_TOKEN": "secret",
        "TWILIO_FROM": "+15005550006",
        "TWILIO_API_BASE": f"{outbox.url}/twilio",
    }


def test_it_expires_what_nobody_answered_and_tells_all(database_url, tmp_path, doubles, stripe_double, outbox):
    cart = ordered(connected_store(stripe_double), stripe_double.card_token())
    Cart.objects.filter(pk=cart.pk).update(respond_by=kit_clock.now() - timedelta(seconds=1), remind_at=None)
    log = tmp_path / "log"

    with working(database_url, log, **doubles):
        until(lambda: {each["channel"] for each in ended(outbox, cart)} == {"mail", "sms"}, log)
        until(lambda: stripe_double.books(cart.retailer)["holding"] == 0, log)
        until(lambda: not Notice.objects.filter(state="queued").exists(), log)

    cart.refresh_from_db()
    assert (cart.status, cart.respond_by) == ("auto_rejected", None)
    assert cart.lines.get().released == 43_192
    assert stripe_double.books(cart.retailer)["captured"] == 0
    assert Stock.objects.get(store=cart.store, upc=network.GRILL).taken == 0
    to = sorted((each["channel"], each["recipient"]) for each in outbox.letters() if cart.hash in each["text"])
    assert to == [
        *[("mail", "ada@shopper.example")] * 2,  # handed over, ended
        ("mail", cart.store.email),
        *[("sms", "+15125550123")] * 2,
    ]


def ended(outbox, cart):
    return [each for each in outbox.letters() if f"order {cart.hash} has ended" in f"{each['subject']} {each['text']}"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_when_it_is_told(database_url, tmp_path, doubles, number):
    log = tmp_path / "log"
    with working(database_url, log, **doubles) as worker:
        until(listening, log)
        worker.send_signal(number)
        assert worker.wait(_PATIENCE) == 0, log.read_text()

    assert "Traceback" not in log.read_text()
    until(lambda: not connected(), log)


def listening():
    """Both threads have begun: the timetable waits for events, the jobs for theirs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE application_name = 'worker'")
        asked = [query for (query,) in cursor.fetchall() if query.startswith("LISTEN")]
    return any("pushcart_events" in query for query in asked) and any("procrastinate" in query for query in asked)


def test_a_card_network_that_does_not_answer_keeps_nobody_waiting(
    database_url, tmp_path, doubles, stripe_double, outbox
):
    """The first cart's release hangs for as long as the test takes; the second's window closes all the same."""
    store = connected_store(stripe_double)
    first, second = (ordered(store, stripe_double.card_token()) for _ in range(2))
    stripe_double.fault("timeout", "/v1/payment_intents/*/cancel", seconds=2 * _PATIENCE, times=9)
    expired = {"respond_by": kit_clock.now() - timedelta(seconds=1), "remind_at": None}
    log = tmp_path / "log"

    with working(database_url, log, **doubles):
        Cart.objects.filter(pk=first.pk).update(**expired)
        until(lambda: hold_of(first).state == "releasing", log)
        Cart.objects.filter(pk=second.pk).update(**expired)
        until(lambda: {each["channel"] for each in ended(outbox, second)} == {"mail", "sms"}, log)

    assert [hold_of(cart).state for cart in (first, second)] == ["releasing", "held"]


def test_each_job_has_a_queue_that_is_worked_at():
    assert {task.queue for task in app.tasks.values()} - {"builtin"} == {*LETTERS, *OTHERS}


def test_an_event_wakes_it_at_once(database_url, tmp_path, doubles, outbox):
    log = tmp_path / "log"
    with working(database_url, log, **doubles):
        until(listening, log)
        cart = network.cart(path="ropis")
        until(lambda: any(cart.hash in each["text"] for each in outbox.letters()), log)
        assert Notice.objects.filter(cart=cart, kind="shopper.ordered").count() == 2


def test_it_comes_back_when_the_database_drops_it(database_url, tmp_path, doubles, outbox):
    log = tmp_path / "log"
    with working(database_url, log, **doubles) as worker:
        until(listening, log)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'worker'")
        cart = network.cart(path="ropis")
        until(lambda: any(cart.hash in each["text"] for each in outbox.letters()), log)
        assert worker.poll() is None


def test_a_letter_of_a_worker_that_was_killed_is_sent_by_the_next(database_url, tmp_path, doubles, outbox):
    network.cart(path="ropis")
    follow("notifications", react)
    with connection.cursor() as cursor:
        # As a kill -9 leaves it: at work, and nobody at it.
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")

    log = tmp_path / "log"
    with working(database_url, log, **doubles):
        until(lambda: len(outbox.letters()) == 2, log)
        until(lambda: set(Notice.objects.values_list("state", flat=True)) == {"sent"}, log)
