"""Feeds that somebody writes into the drop folder, by SFTP for one."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from procrastinate.contrib.django.models import ProcrastinateJob

from pushcart.events.models import Event
from pushcart.inventory.actions.fetch_due import ask_for_dropped
from pushcart.inventory.actions.forget_dropped import forget_dropped
from pushcart.inventory.actions.receive_feed import receive_feed
from pushcart.inventory.actions.take_dropped import anything_dropped, take_dropped
from pushcart.inventory.drop_folder import found
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


def test_what_was_filed_away_is_removed_after_two_weeks(folder, store):
    drop(folder / "7" / "stock.csv", age=30 * 86_400)
    take_dropped()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=14, minutes=-1)):
        assert forget_dropped() == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(days=14, minutes=1)):
        assert (forget_dropped(), names(folder / "done")) == (2, [])


def test_a_link_in_place_of_done_leads_nowhere(folder, store):
    """A retailer who may write into its own folder must not write, or delete, in another's."""
    victim = folder.parent / "victim"
    victim.mkdir()
    old = drop(victim / "old.csv", age=30 * 86_400)
    (folder / "done").symlink_to("../victim")
    waiting = drop(folder / "7" / "stock.csv")

    assert take_dropped() == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(days=20)):
        assert forget_dropped() == 0

    assert list(victim.iterdir()) == [old]
    assert (waiting.exists(), shelf(store)) == (True, {GRILL: (4, 0, 39900)})


@pytest.mark.parametrize("name", ["done", "failed"])
def test_a_file_in_place_of_the_folder_stops_nobody_and_nothing_counts_twice(folder, store, name):
    other = network.store(network.retailer(slug="anvil"), number="1")
    (folder.parent / "anvil" / "1").mkdir(parents=True)
    drop(folder / name, "not a folder", age=1)
    drop(folder / "7" / "stock.csv", "\0" if name == "failed" else f"upc,qty\n{GRILL},3\n", age=90)
    drop(folder.parent / "anvil" / "1" / "stock.csv")

    assert (take_dropped(), anything_dropped(), take_dropped()) == (2, False, 0)

    assert shelf(other) == {GRILL: (4, 0, 39900)}
    assert Import.objects.filter(company=store.company).count() == 1
    told = Event.objects.get(type="inventory.drop_stuck")
    assert (told.company_id, told.data) == (
        store.company_id,
        {"file": "7/stock.csv", "error": f"{name}: Not a directory"},
    )

    (folder / name).unlink()
    forget_dropped()
    assert names(folder / name) == ["stock.csv", "stock.csv.report.txt"]
    assert Import.objects.filter(company=store.company).count() == 1


def test_the_same_file_sent_again_counts_again(folder, store):
    drop(folder / "7" / "stock.csv")
    take_dropped()
    drop(folder / "7" / "stock.csv")
    assert (take_dropped(), Import.objects.count()) == (1, 2)


def test_a_file_with_a_second_name_elsewhere_is_left_alone(folder, tmp_path):
    secret = drop(tmp_path / "secret.csv")
    os.link(secret, folder / "7" / "stock.csv")
    assert (anything_dropped(), take_dropped()) == (False, 0)
    assert secret.exists()


def test_what_lies_in_delta_tells_changes(folder, store):
    drop(folder / "7" / "stock.csv", f"upc,qty\n{GRILL},4\n{TOWEL},2\n")
    take_dropped()
    for place, qty in ((folder / "7" / "delta", 3), (folder / "delta", 1)):
        place.mkdir()
        drop(place / "changes.csv", f"store,upc,qty\n7,{GRILL},{qty}\n")
        assert take_dropped() == 1
        assert shelf(store) == {GRILL: (qty, 0, None), TOWEL: (2, 0, None)}
    assert {feed.source for feed in Import.objects.filter(mode="delta")} == {
        "dropped: 7/delta/changes.csv",
        "dropped: delta/changes.csv",
    }
    assert set(Import.objects.values_list("by", flat=True)) == {"drop folder"}


def test_a_store_called_done_is_no_place_for_feeds(folder, store):
    network.store(store.company, number="done")
    drop(folder / "7" / "stock.csv")
    assert (take_dropped(), take_dropped()) == (1, 0)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5)):
        assert take_dropped() == 0


def test_a_time_that_lies_ahead_keeps_no_file_from_coming_in(folder, store):
    drop(folder / "7" / "stock.csv", age=-1_000_000)
    assert take_dropped() == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5)):
        assert take_dropped() == 1


def test_the_longest_names_are_filed_away(folder):
    drop(folder / "7" / f"{'x' * 251}.csv")
    (folder / "7" / os.fsdecode(b"\xff\xfe.csv")).write_bytes(b"upc,qty\n")
    os.utime(folder / "7" / os.fsdecode(b"\xff\xfe.csv"), (time.time() - 60,) * 2)
    assert (take_dropped(), anything_dropped()) == (2, False)
    assert Import.objects.filter(source="dropped: 7/??.csv").exists()


def test_a_worker_that_died_between_taking_and_moving_goes_on(folder, store):
    path = drop(folder / "7" / "stock.csv")
    [found_now] = found()
    with path.open("rb") as stream:
        receive_feed(store.company, stream, source="dropped: 7/stock.csv", store=store, dropped=found_now.key)
    assert anything_dropped()

    assert (take_dropped(), Import.objects.count()) == (1, 1)
    assert (shelf(store), names(folder / "done")) == (
        {GRILL: (4, 0, 39900)},
        ["stock.csv", "stock.csv.report.txt"],
    )


def test_of_one_retailer_so_many_are_taken_at_a_time(folder, store):
    other = network.store(network.retailer(slug="anvil"), number="1")
    (folder.parent / "anvil" / "1").mkdir(parents=True)
    for n in range(22):
        drop(folder / "7" / f"{n}.csv", age=900 - n)
    drop(folder.parent / "anvil" / "1" / "stock.csv")
    assert (take_dropped(), shelf(other)) == (21, {GRILL: (4, 0, 39900)})
    assert take_dropped() == 2
