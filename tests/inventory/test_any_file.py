"""Files that no till wrote: good ones with random edits, random headers, random bytes. None is taken in by half."""

from __future__ import annotations

import csv
import gzip
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from pushcart.catalog.gtin import canonical
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.models import Freshness, Import, Stock
from tests import network
from tests.inventory.conftest import packing, shelf

FILES = Path(__file__).with_name("feeds")
PROJECT = Path(__file__).parents[2]
GRILL, TOWEL = "601842495575", "036000291452"

good = st.sampled_from([file.read_bytes() for file in sorted(FILES.iterdir())])
odd = st.sampled_from(
    [b"", b"\n", b'"', b",", b";", b"\t", b"\0", b"\r", b"\xff\xfe", b"\xef\xbb\xbf", b"-", b"9" * 30]
)
edit = st.tuples(st.integers(0, 1000), st.integers(0, 12), st.one_of(odd, st.binary(max_size=4)))
names = st.sampled_from(["upc", "UPC", "ean", "id", "qty", "stock", "price", "store", "availability", "", '"', "x y"])
header = st.tuples(st.lists(names, min_size=1, max_size=6), st.sampled_from([",", ";", "\t", "|", " "]))


@st.composite
def edited(draw):
    content = draw(good)
    for place, length, instead in draw(st.lists(edit, min_size=1, max_size=4)):
        at = place * len(content) // 1000
        content = content[:at] + instead + content[at + length :]
    return content


@st.composite
def headed(draw):
    cells, separator = draw(header)
    body = draw(good).partition(b"\n")[2]
    return separator.join(cells).encode() + b"\n" + body


values = {
    "upc": st.sampled_from(
        [GRILL, TOWEL, TOWEL[1:], GRILL[:-1], "49957663517", "4006381333931", f'="{TOWEL}"', "6.0E+11", "x", ""]
    ),
    "qty": st.sampled_from(["4", "0", "-1", "(2)", "1,200", "1.200", "2,5", "many", "9999999", ""]),
    "price": st.sampled_from(["3", "1,399", "1.399", "1.399,00", "$1,399.00", "-1", "cheap", ""]),
    "store": st.sampled_from(["7", "07", "8", "99", ""]),
    "name": st.sampled_from(["Grill", 'Grill\nred, "22"', "\n", '"', "Größe M", "a,b;c\td|e", ""]),
}


@st.composite
def told(draw):
    """A table that somebody's program wrote, well or badly."""
    columns = draw(st.permutations(["upc", "qty", "price", "store", "name"]))[: draw(st.integers(3, 5))]
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    rows = draw(st.lists(st.tuples(*(values[name] for name in columns)), max_size=12))
    text = io.StringIO()
    if draw(st.booleans()):
        text.write("Stock on hand\n\n")
    out = csv.writer(text, delimiter=separator, quoting=quoting, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    out.writerows([columns, *rows])
    for place in draw(st.lists(st.integers(0, 1000), max_size=2)):  # a mark that nobody closes
        at = place * len(text.getvalue()) // 1000
        text = io.StringIO(text.getvalue()[:at] + '"' + text.getvalue()[at:])
    return text.getvalue().encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])))


@st.composite
def packed(draw):
    """In a .gz of one part or more, perhaps with its end missing."""
    content = draw(told())
    at = draw(st.integers(0, len(content)))
    whole = gzip.compress(content[:at]) + gzip.compress(content[at:])
    return whole[: len(whole) - draw(st.sampled_from([0, 0, 1, 9, 30]))]


class AnyFile(TestCase):
    """Hypothesis' own TestCase rolls back after each example."""

    @settings(max_examples=150)
    @given(
        st.one_of(edited(), headed(), told(), told(), packed(), st.binary(max_size=200)),
        st.booleans(),
        st.booleans(),
        st.sampled_from([1, 128]),
    )
    def test_it_is_taken_in_as_its_report_says_or_not_at_all(self, content, names_stores, delta, packed):
        store = network.store(number="7")
        neighbour = network.store(store.company, number="8")
        for there in (store, neighbour):
            snapshot = network.fed(there).snapshot
            Stock.objects.create(store=there, upc=GRILL, on_hand=4, taken=1, price=34900, snapshot=snapshot)
            Stock.objects.create(store=there, upc=TOWEL, on_hand=2, price=249, snapshot=snapshot)
        before, snapshots, untouched = shelf(store), _snapshots(), shelf(neighbour)

        with packing(packed):
            done = import_feed(
                store.company, io.BytesIO(content), source="a test", store=None if names_stores else store, delta=delta
            )

        assert "on our side" not in done.error
        after = shelf(store)
        if done.state == Import.State.DONE:
            assert done.error == ""
            assert done.applied == [store.pk]
            assert done.changed == sum(before.get(upc) != now for upc, now in after.items())
            assert done.refused_count <= done.rows
            assert all(canonical(upc) == upc for upc in after)
        else:
            assert done.state in {Import.State.FAILED, Import.State.HELD}
            assert done.error.endswith((".", "in stock."))
            assert (after, done.changed, _snapshots()) == (before, 0, snapshots)
        assert shelf(neighbour) == untouched


def _snapshots():
    return set(Freshness.objects.values_list("store_id", "snapshot", "fed_at"))


@pytest.mark.long
@pytest.mark.parametrize(("target", "runs"), [("fuzz_feed", 2000), ("fuzz_file", 600)])
def test_no_bytes_bring_the_reader_down(tmp_path, target, runs):
    """The search is guided by what the reader's code does with the bytes; a finding is printed and kept as a file."""
    corpus = shutil.copytree(FILES, tmp_path / "corpus")
    if target == "fuzz_file":
        for number, file in enumerate(sorted(corpus.iterdir())):
            file.write_bytes(bytes([number, 255 - number % 2 * 200, 77, 77]) + file.read_bytes())
    command = [sys.executable, "-m", f"tests.inventory.{target}", str(corpus)]
    bounds = [f"-atheris_runs={runs}", "-seed=1", "-max_len=2048", f"-artifact_prefix={tmp_path}/", "-timeout=60"]
    environment = {**os.environ, "POLARS_MAX_THREADS": "1", "DJANGO_SETTINGS_MODULE": "tests.settings"}

    run = subprocess.run([*command, *bounds], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr[-4000:]
    assert f"Done {runs} in" in run.stderr
