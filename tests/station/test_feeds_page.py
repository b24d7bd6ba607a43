"""The page of feeds in a real Chromium: a file sent, read, and one that waits decided; in both schemes, on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushcart.companies.owner_link import feeds_url
from pushcart.inventory.actions.run_import import run_import
from pushcart.inventory.models import Import, Stock
from tests import network
from tests.station.test_setup_page import _looked_at

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.long]


def _send(page: Page, content: str, *, named: str) -> None:
    page.get_by_label("For").select_option("101")
    page.get_by_label("File").set_input_files({"name": named, "mimeType": "text/csv", "buffer": content.encode()})
    page.get_by_role("button", name="Send").click()


def test_an_owner_sends_a_file_and_decides_on_one_that_waits(
    transactional_db: None, live_server, page: Page, settings, tmp_path: Path
) -> None:
    settings.PUBLIC_URL = live_server.url
    store = network.store(network.retailer(name="Hammer & Hearth Hardware"), number="101", name="Congress Avenue")

    page.goto(feeds_url(store.company))
    _looked_at(page, "feeds-empty", tmp_path)
    _send(page, f"upc,qty,price\n{network.GRILL},3,399.00\n{network.TOWEL},5,9.50\nnonsense,1,1\n", named="monday.csv")
    page.get_by_text("It is kept, and will be read.").wait_for()
    run_import(Import.objects.get().pk)
    # The page finds that out by itself.
    page.get_by_text("3 rows, 2 changed, 0 put right, 1 set aside").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Report of monday.csv").click()
    assert download.value.path().read_text().splitlines()[1].startswith("4,refused,")

    _send(page, f"upc,qty\n{network.GRILL},0\n", named="tuesday.csv")
    page.get_by_text("It is kept, and will be read.").wait_for()
    run_import(Import.objects.latest("pk").pk)
    page.get_by_role("button", name="It is right: let it count").wait_for()
    _looked_at(page, "feeds-held", tmp_path)
    page.get_by_role("button", name="It is right: let it count").click()
    page.get_by_role("button", name="It is right: let it count").wait_for(state="detached")
    assert set(Stock.objects.filter(store=store).values_list("on_hand", flat=True)) == {0}
    _looked_at(page, "feeds-done", tmp_path)
