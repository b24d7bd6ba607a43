"""Files that no till wrote: good ones with random edits, random headers, random bytes. None is taken in by half."""

from __future__ import annotations

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
from tests.inventory.conftest import shelf

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


class AnyFile(TestCase):
    """Hypothesis' own TestCase rolls back after each example."""

    @settings(max_examples=60)
    @given(st.one_of(edited(), edited(), headed(), st.binary(max_size=200)), st.booleans(), st.booleans())
    def test_it_is_taken_in_as_its_report_says_or_not_at_all(self, content, names_stores, delta):
        store = network.store(number="7")
        neighbour = network.store(store.company, number="8")
        for there in (store, neighbour):
            snapshot = network.fed(there).snapshot
            Stock.objects.create(store=there, upc=GRILL, on_hand=4, taken=1, price=34900, snapshot=snapshot)
            Stock.objects.create(store=there, upc=TOWEL, on_hand=2, price=249, snapshot=snapshot)
        before, snapshots, untouched = shelf(store), _snapshots(), shelf(neighbour)

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
def test_no_bytes_bring_the_reader_down(tmp_path):
    """The search is guided by what the reader's code does with the bytes; a finding is printed and kept as a file."""
    corpus = shutil.copytree(FILES, tmp_path / "corpus")
    command = [sys.executable, "-m", "tests.inventory.fuzz_feed", str(corpus)]
    bounds = ["-atheris_runs=2000", "-seed=1", "-max_len=2048", f"-artifact_prefix={tmp_path}/", "-timeout=20"]
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}

    run = subprocess.run([*command, *bounds], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr[-4000:]
    assert "Done 2000 in" in run.stderr
