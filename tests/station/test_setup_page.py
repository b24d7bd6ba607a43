"""The set-up page in a real Chromium: clicked through with the double's pages, in both schemes and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pushcart.companies.owner_link import setup_url
from pushcart.eligibility.models import Standing
from pushcart.sandbox.stripe.keys import client_id
from tests import network
from tests.doubles import SECRET_KEY
from tests.journeys.sight import faults

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.long]
_LOOKS = [(1200, 900, "light"), (1200, 900, "dark"), (380, 800, "light"), (380, 800, "dark")]


def _looked_at(page: Page, name: str, folder: Path) -> None:
    for width, height, scheme in _LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
        assert faults(page) == []
    page.set_viewport_size({"width": 1200, "height": 900})


def test_an_owner_sets_up_all_three(transactional_db, stripe_double, live_server, page, settings, tmp_path):
    settings.PUBLIC_URL, settings.STRIPE_CLIENT_ID = live_server.url, client_id(SECRET_KEY)
    company = network.retailer(name="Hammer & Hearth Hardware")
    there = network.store(company, name="Hammer & Hearth Congress Avenue", pushcart=False)
    network.store(company, name="Hammer & Hearth Lakeline", closed=True)

    page.goto(setup_url(company))
    _looked_at(page, "begin", tmp_path)
    page.get_by_label("Rate in percent").fill("8.25")
    page.get_by_role("button", name="Set the rate").click()
    page.get_by_role("button", name="Open a Stripe account").click()
    page.get_by_role("button", name="Agree and submit").click()
    page.get_by_role("button", name="Enter a card").click()
    page.get_by_label("Card").select_option("threeDSecure2Required")
    page.get_by_role("button", name="Save card").click()
    page.get_by_role("button", name="Complete").click()

    page.get_by_text("All is set up: shoppers can order from 1 of your stores.").wait_for()
    assert page.get_by_text("Visa ending in 3220 pays PushCart's invoices to you.").is_visible()
    assert "back=" not in page.url
    _looked_at(page, "whole", tmp_path)
    assert Standing.objects.get(store=there).standard

    page.get_by_label("Rate in percent").fill("825")
    page.get_by_label("Hammer & Hearth Congress Avenue").check()
    page.get_by_role("button", name="Set the rate").click()
    assert "825 % is no sales tax rate" in page.get_by_role("alert").inner_text()
    _looked_at(page, "trouble", tmp_path)
