"""Feeds that somebody writes into the drop folder, by SFTP for one."""

from __future__ import annotations

import os
import time

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from pushcart.inventory.actions.fetch_due import ask_for_dropped
from pushcart.inventory.actions.take_dropped import anything_dropped, forget_dropped, take_dropped
from pushcart.inventory.models import Import
from tests import network
from tests.inventory.conftest import shelf

pytestmark = pytest.mark.django_db
GRILL, TOWEL = network.GRILL, network.TOWEL


@pytest.fixture
def store():
    return network.store(network.retailer(slug="hammer"), number="7")


@pytest.fixture
def folder(tmp_path, settings, store):
    settings.DROP_FOLDER = str(tmp_path)
    (tmp_path / "hammer" / "7").mkdir(parents=True)
    return tmp_path / "hammer"


def drop(path, text=f"upc,qty,price\n{GRILL},4,399\n", *, age=60):
    path.write_text(text)
    written = time.time() - age
    os.utime(path, (written, written))
    return path


def names(folder):
    return sorted(path.name.split("-", 3)[-1] for path in folder.iterdir()) if folder.is_dir() else []


def test_it_takes_in_a_stores_file_and_files_it_away_with_a_report(folder, store):
    drop(folder / "7" / "stock.csv")
    assert (anything_dropped(), take_dropped(), anything_dropped()) == (True, 1, False)

    assert shelf(store) == {GRILL: (4, 0, 39900)}
    assert Import.objects.get().source == "dropped: 7/stock.csv"
    assert (list((folder / "7").iterdir()), names(folder / "done")) == ([], ["stock.csv", "stock.csv.report.txt"])
    report = next(path for path in (folder / "done").iterdir() if path.suffix == ".txt").read_text()
    assert report.splitlines()[1:] == ["1 rows read, 1 products changed", "0 put right, 0 set aside"]


def test_a_file_of_many_stores_says_which(folder, store):
    other = network.store(store.company, number="8")
    drop(folder / "all.csv", f"store,upc,qty,price\n7,{GRILL},1,399\n8,{GRILL},2,399\n")
    assert take_dropped() == 1
    assert (shelf(store), shelf(other)) == ({GRILL: (1, 0, 39900)}, {GRILL: (2, 0, 39900)})


def test_the_older_file_goes_first(folder, store):
    drop(folder / "7" / "a.csv", f"upc,qty,price\n{GRILL},9,399\n", age=20)
    drop(folder / "7" / "b.csv", f"upc,qty,price\n{GRILL},1,399\n", age=40)
    assert (take_dropped(), shelf(store)) == (2, {GRILL: (9, 0, 39900)})


@pytest.mark.parametrize("name", [".stock.csv", "stock.csv.part", "stock.csv.filepart", "stock.TMP"])
def test_a_file_that_is_still_being_written_is_left_alone(folder, name):
    drop(folder / "7" / name)
    drop(folder / "7" / "fresh.csv", age=2)
    assert (anything_dropped(), take_dropped(), Import.objects.count()) == (False, 0, 0)


def test_a_link_is_not_followed(folder, tmp_path):
    secret = drop(tmp_path / "secret.csv")
    (folder / "7" / "stock.csv").symlink_to(secret)
    (folder / "8").symlink_to(tmp_path)
    assert (anything_dropped(), take_dropped()) == (False, 0)


def test_what_is_no_feed_is_filed_as_failed_and_the_rest_goes_in(folder, store):
    drop(folder / "7" / "broken.csv", "\x00\x01\x02", age=90)
    drop(folder / "7" / "stock.csv")
    assert (take_dropped(), shelf(store)) == (2, {GRILL: (4, 0, 39900)})
    assert names(folder / "failed") == ["broken.csv", "broken.csv.report.txt"]


def test_folders_of_nobody_are_passed_over(folder):
    drop(folder / "stranger.csv", age=1)
    (folder.parent / "nobody").mkdir()
    drop(folder.parent / "nobody" / "stock.csv")
    (folder / "99").mkdir()
    drop(folder / "99" / "stock.csv")
    assert take_dropped() == 0


def test_without_a_folder_there_is_nothing_to_do(settings):
    settings.DROP_FOLDER = ""
    assert (anything_dropped(), ask_for_dropped()) == (False, 0)


def test_one_job_at_a_time_takes_them_in(folder):
    drop(folder / "7" / "stock.csv")
    assert (ask_for_dropped(), ask_for_dropped()) == (1, 0)
    assert [job.task_name for job in ProcrastinateJob.objects.all()] == ["inventory.take_dropped"]


def test_what_was_filed_away_is_removed_after_two_weeks(folder):
    drop(folder / "7" / "stock.csv")
    take_dropped()
    assert forget_dropped() == 0
    for path in (folder / "done").iterdir():
        os.utime(path, (time.time() - 15 * 86_400,) * 2)
    assert (forget_dropped(), names(folder / "done")) == (2, [])
