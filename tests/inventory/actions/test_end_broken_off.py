"""Files that did not come in whole, and files that nobody knows of."""

from __future__ import annotations

import io
import os
import time
from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from pushcart.inventory import lock
from pushcart.inventory.actions.end_broken_off import end_broken_off
from pushcart.inventory.actions.forget_files import forget_files
from pushcart.inventory.actions.receive_feed import receive_feed
from pushcart.inventory.actions.run_import import run_import
from pushcart.inventory.feed.keep import kept, report_of
from pushcart.inventory.models import Import
from tests import network

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(settings, tmp_path):
    """As a process that was killed while it kept the file leaves it."""
    settings.FEEDS = tmp_path
    feed = Import.objects.create(company=network.retailer(), source="a test", dropped="of a file")
    kept(feed.pk).write_text("upc,q")
    return feed


def test_what_did_not_come_in_whole_is_ended_and_its_file_removed(broken, clock):
    assert end_broken_off() == 0
    clock.move(timedelta(minutes=2))

    assert (end_broken_off(), end_broken_off()) == (1, 0)

    broken.refresh_from_db()
    assert (broken.state, broken.error, broken.dropped) == ("failed", "It did not come in whole.", "")
    assert broken.finished_at == pytest.approx(clock.now(), abs=timedelta(minutes=1))
    assert not kept(broken.pk).exists()


def test_one_that_is_still_received_is_left_alone(broken, clock):
    clock.move(timedelta(hours=2))
    values = connection.get_connection_params()
    names = {name: values[name] for name in ("dbname", "user", "password", "host", "port") if values.get(name)}
    with psycopg.connect(**names) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", [lock._IMPORTS, broken.pk])
        assert end_broken_off() == 0
    assert kept(broken.pk).exists()


def test_files_that_no_import_knows_of_are_removed_after_a_day(broken):
    whole = receive_feed(broken.company, io.BytesIO(b"upc,qty\n"), source="a test")
    unpacked = kept(whole.pk).with_name("tmpabc.part")
    for path in (kept(10**9), report_of(10**9), unpacked, kept(broken.pk), kept(whole.pk)):
        path.touch()
        os.utime(path, (time.time() - 90_000,) * 2)
    kept(10**9 + 1).touch()

    assert forget_files() == 2

    left = {kept(broken.pk), kept(whole.pk), kept(10**9 + 1)}
    assert set(kept(whole.pk).parent.iterdir()) == left


def test_one_that_is_given_up_half_way_says_where_it_is_in_force(broken):
    stores = [network.store(broken.company, number=number) for number in ("8", "7", "9")]
    ids = [store.pk for store in stores]
    half = {"state": "running", "kept": True, "attempts": 3, "named": ids, "applied": ids[:2]}
    Import.objects.filter(pk=broken.pk).update(**half)

    done = run_import(broken.pk)

    assert done.state == "failed"
    assert done.error == (
        "It was given up after 3 attempts that broke off. Send it again."
        " In force in stores 7, 8; the stock is as it was in store 9."
    )
