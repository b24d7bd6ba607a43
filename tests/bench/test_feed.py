from __future__ import annotations

import numpy as np
import polars as pl
import psycopg
import pytest
from django.db import connection

from bench.feed import Seen, count_wrong, look, retailer
from bench.feed_copy import copy_bare
from bench.feed_files import STORES, gtins, write_files
from pushcart.catalog import gtin
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.models import Stock

BARE = "CREATE UNLOGGED TABLE bare (store text, upc text, qty text, price text)"


def imported(company, file):
    with file.open("rb") as stream:
        return import_feed(company, stream, source=file.name)


def test_it_makes_upcs_with_right_check_digits():
    made = gtins(np.random.default_rng(1), 60_000_000_000, 500)

    assert len(set(made)) == 500
    assert [gtin.canonical(str(upc)) for upc in made] == [str(upc) for upc in made]


def test_it_writes_two_nights_of_forty_stores_that_differ_in_two_hundredths(tmp_path):
    files = write_files(tmp_path, 40_000)
    first, second = (pl.read_csv(file, infer_schema=False) for file in (files.first, files.second))
    both = first.join(second, on=["store", "upc"], suffix="_then")
    otherwise = both.filter(pl.col("qty") != pl.col("qty_then")).height

    assert first.height == second.height == files.rows == 40_000
    assert first["store"].n_unique() == STORES
    assert first.height - both.height == 80
    assert otherwise + 2 * 80 == files.changes
    assert 0.02 <= files.changes / 40_000 <= 0.03
    assert all(files.before[store].keys() == files.after[store].keys() for store in files.before)
    assert all(files.before[store][upc] < qty for store, told in files.after.items() for upc, qty in told.items())


@pytest.mark.django_db(transaction=True)
def test_it_finds_the_lines_that_stand_otherwise_than_the_file_says(tmp_path):
    from pushcart.companies.models import Company

    files = write_files(tmp_path, 4000)
    company_id, _ = retailer()
    company = Company.objects.get(pk=company_id)
    imported(company, files.first)
    assert imported(company, files.second).changed == files.changes
    with psycopg.connect(**server(), autocommit=True) as bare:
        try:
            bare.execute(BARE)
            assert copy_bare(bare, files.second) == 4000
            assert count_wrong(bare, company_id) == 0
            one, two, three, *_ = Stock.objects.filter(on_hand__gt=0).values_list("pk", flat=True)
            Stock.objects.filter(pk=one).update(on_hand=999)
            Stock.objects.filter(pk=two).update(price=1)
            Stock.objects.filter(pk=three).delete()
            assert count_wrong(bare, company_id) == 3
        finally:
            bare.execute("DROP TABLE IF EXISTS bare")


@pytest.mark.django_db
def test_it_notices_half_a_snapshot_a_missing_product_and_a_store_that_goes_back(stock_of_two):
    store_id, old, new = stock_of_two
    seen = Seen()

    def told(**pieces):
        for upc, on_hand in pieces.items():
            Stock.objects.filter(store_id=store_id, upc=upc.removeprefix("u")).update(on_hand=on_hand)
        look(seen, store_id, [old, new])
        return seen.looks, seen.mixed, seen.missed

    assert told() == (1, 0, 0)
    assert told(u036000291452=8) == (2, 1, 0)
    assert told(u601842495575=9) == (3, 1, 0)
    assert told(u036000291452=2, u601842495575=1) == (4, 2, 0)
    Stock.objects.filter(store_id=store_id, upc="036000291452").delete()
    assert told() == (5, 2, 1)


@pytest.fixture
def stock_of_two():
    from tests import network

    there = network.store()
    network.stock(there, "601842495575", on_hand=1)
    network.stock(there, "036000291452", on_hand=2)
    return there.pk, {"601842495575": 1, "036000291452": 2}, {"601842495575": 9, "036000291452": 8}


def server():
    names = {"host", "port", "user", "password", "dbname"}
    return {name: value for name, value in connection.get_connection_params().items() if name in names}
