"""Files that are no feed, as they do come in: each is refused with its cause, and the stock is as it was."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import transaction

from pushcart.events.models import Event
from pushcart.inventory import lock
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.actions.receive_feed import receive_feed
from pushcart.inventory.actions.resume_imports import resume_imports
from pushcart.inventory.actions.run_import import run_import
from pushcart.inventory.actions.take import take
from pushcart.inventory.models import Freshness, Import
from pushcart.kit.sheets.workbook import TOO_MUCH
from tests import network
from tests.cluster import database_address
from tests.inventory.conftest import shelf
from tests.inventory.test_feed_files import FILES
from tests.workbooks import far_cell, workbook

PROJECT = Path(__file__).parents[2]
GRILL, TOWEL = "601842495575", "036000291452"
ROW = f"{GRILL},4,399\n"
PLAIN = (FILES / "plain.csv").read_bytes()
LOGIN = b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>E-mail, password</body></html>\n"


DAMAGED = "It is a zip archive or a damaged workbook: send the file itself, or save it as CSV."
FILES_THAT_ARE_NONE = {
    "a PDF": (b"%PDF-1.7\n" + PLAIN, "It is a PDF document: save it as CSV and send that."),
    "a log-in page": (LOGIN, "It is a web page, perhaps one that asks to log in: the file itself is needed."),
    "any bytes": (bytes(range(256)) * 40, "The file is no text: it holds bytes that no CSV file has."),
    "half a row": (PLAIN[:-15], "The file is cut off: it ends in the middle of line 4, '400638'."),
    "half a row in UTF-16": (
        PLAIN.decode()[:-15].encode("utf-16"),
        "The file is cut off: it ends in the middle of line 4, '400638'.",
    ),
    "rows that end before their UPC": (
        f"item,name,upc,qty\n{GRILL},1\n{GRILL},1\n".encode(),
        "None of its 2 rows can be used. The UPC is missing.",
    ),
    "half a gzip": (gzip.compress(PLAIN)[:-12], "The file is cut off: the .gz ends before what is in it does."),
    "a damaged gzip": (gzip.compress(PLAIN)[:20] + b"?" * 40, "The .gz is damaged: what is in it can't be read."),
    "gzip in gzip": (gzip.compress(gzip.compress(PLAIN)), "It is compressed with gzip twice: do it once."),
    "nothing in gzip": (gzip.compress(b""), "The file is empty."),
    "a gzip bomb of rows": (
        gzip.compress(b"upc,qty,price\n" + ROW.encode() * 60_000),
        "The .gz holds more than 1 MB: that is no feed, or send it in parts.",
    ),
    "a gzip bomb of nothing": (
        gzip.compress(bytes(8 * 2**20)),
        "The .gz holds more than 1 MB: that is no feed, or send it in parts.",
    ),
    "half a workbook": (workbook([["upc", "qty"], [GRILL, 4]])[:-60], DAMAGED),
    "a workbook without UPCs": (
        workbook([["Item", "Price"], ["Grill", 399]]),
        "The first line must name the columns (upc, qty, price); it holds 'Item', 'Price'.",
    ),
    "a workbook of much text": (
        workbook([["upc", "qty", "name"], [GRILL, 4, "x" * 2**21]]),
        "The workbook holds more than 1 MB of text.",
    ),
    "a workbook bomb": (far_cell(), TOO_MUCH),
    "too large": (
        b"upc,qty,price\n" + ROW.encode() * 130_000,
        "The file is larger than 2 MB: send it in parts.",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), FILES_THAT_ARE_NONE.values(), ids=FILES_THAT_ARE_NONE)
def test_it_leaves_the_stock_as_it_was_and_says_why(feed, store, settings, content, sentence):
    settings.FEED_MOST_BYTES, settings.FEED_MOST_UNPACKED = 2 * 2**20, 2**20
    settings.FEED_WORKBOOK_MEMORY = 512 * 2**20
    feed(f"upc,qty,price\n{ROW}{TOWEL},12,2\n")
    take(store.pk, TOWEL, 2)
    before = (shelf(store), Freshness.objects.get().snapshot, Event.objects.count())

    failed = feed(content)

    assert (failed.state, failed.error, failed.changed, failed.applied) == ("failed", sentence, 0, [])
    assert (shelf(store), Freshness.objects.get().snapshot, Event.objects.count()) == before


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_is_killed_leaves_no_half_and_another_one_goes_on():
    """It is killed with the first store written and the second one waiting for its turn."""
    first = network.store(number="7")
    second = network.store(first.company, number="8")
    rows = f"{GRILL},4\n{TOWEL},12\n"
    for there in (first, second):
        import_feed(there.company, io.BytesIO(f"upc,qty\n{rows}".encode()), source="a test", store=there)
    before = shelf(second)
    text = "".join(f"{number},{upc},5\n" for number in (7, 8) for upc in (GRILL, TOWEL))
    waiting = receive_feed(first.company, io.BytesIO(f"store,upc,qty\n{text}".encode()), source="a test")

    with transaction.atomic():
        lock.own(second.pk)
        reader = _reader(waiting.pk)
        try:
            _until(lambda: Import.objects.get(pk=waiting.pk).applied == [first.pk])
        finally:
            reader.kill()
            reader.wait()

        left = Import.objects.get(pk=waiting.pk)
        assert (left.state, left.applied, left.changed) == ("running", [first.pk], 2)
        assert shelf(first) == {GRILL: (5, 0, None), TOWEL: (5, 0, None)}
        assert shelf(second) == before

    _until(lambda: resume_imports() == 1)  # the database sees by itself that its client is gone
    assert shelf(second) == before
    take(first.pk, GRILL, 1)

    done = run_import(waiting.pk)

    assert (done.state, done.applied, done.changed, done.attempts) == ("done", [first.pk, second.pk], 4, 2)
    assert shelf(first) == {GRILL: (5, 1, None), TOWEL: (5, 0, None)}  # passed over: the order stands
    assert shelf(second) == {GRILL: (5, 0, None), TOWEL: (5, 0, None)}


def _reader(import_id):
    """Which writes each store in a transaction of its own."""
    program = (
        "import django; django.setup(); from pushcart.inventory import side_by_side; "
        "from pushcart.inventory.actions.run_import import run_import; "
        f"side_by_side._MOST_AT_ONCE = 1; run_import({import_id})"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(PROJECT),
        "DATABASE_URL": database_address(),
    }
    return subprocess.Popen([sys.executable, "-c", program], env=environment)


def _until(so):
    late = time.monotonic() + 60
    while not so():
        assert time.monotonic() < late
        time.sleep(0.05)
