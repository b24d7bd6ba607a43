"""The sandbox's page, driven in Chromium on a whole running network."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.sight import faults

pytestmark = [pytest.mark.browser, pytest.mark.long]
_PATIENCE = 15_000  # ms: the page asks once a second, and one thing wakes the next


@pytest.fixture
def sandbox(demo_network, page):
    """The page on a morning with a fresh feed; no script may fail, and nothing may be asked of another host."""
    complaints = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on(
        "request", lambda asked: complaints.append(asked.url) if not asked.url.startswith(demo_network.url) else None
    )
    page.goto(f"{demo_network.url}/")
    press(page, "Next opening")
    expect(page.locator("#said")).to_have_text(re.compile(r"It is \w+day (09|10):00 in Austin\."), timeout=_PATIENCE)
    press(page, "Send fresh feeds")
    expect(page.locator("#said")).to_have_text("Both retailers have sent a fresh feed.", timeout=_PATIENCE)
    expect(page.locator("[data-way=pushcart]")).to_have_count(12, timeout=_PATIENCE)
    yield page
    assert complaints == []


def press(page, name):
    page.get_by_role("button", name=name).first.click()


def order(page, name):
    """Places one and returns its row in the list of orders."""
    known = page.locator(".order").count()
    press(page, name)
    expect(page.locator(".order")).to_have_count(known + 1, timeout=_PATIENCE)
    cart = page.locator(".order").first.get_attribute("data-hash")
    return page.locator(f".order[data-hash='{cart}']")


def expect_order(row, status, money):
    expect(row.locator(".status")).to_have_text(status, timeout=_PATIENCE)
    expect(row.locator(".money")).to_have_text(money, timeout=_PATIENCE)


def expect_on_the_wire(page, kind, text):
    line = page.locator(f"#wire [data-kind={kind}]").filter(has_text=text).first
    expect(line).to_be_visible(timeout=_PATIENCE)


def test_it_shows_the_network_at_a_glance(sandbox):
    expect(sandbox.locator(".stores legend")).to_have_text(["Hammer & Hearth Hardware", "Cedar & Sons Outdoor"])
    austin = sandbox.locator("label", has_text="Austin, TX").first
    expect(austin.locator(".hours")).to_have_text(
        "open until " + ("18:00" if "Sun" in austin.inner_text() else "20:00")
    )
    expect(austin.locator(".way")).to_have_text("PushCart")
    expect(austin.locator(".why")).to_be_empty()
    expect(sandbox.locator("label", has_text="Brooklyn").locator(".hours")).to_have_text("open day and night")
    expect(sandbox.locator("label", has_text="Burlington").locator(".why")).to_contain_text(
        "not activated for PushCart"
    )


def test_an_order_by_one_click_is_confirmed_charged_and_told(sandbox):
    row = order(sandbox, "Grill, delivered")

    expect_order(row, "confirmed", "$440.92 captured")
    cart = row.get_attribute("data-hash")
    expect_on_the_wire(sandbox, "shopper", "Grill, delivered, Austin → 200")
    expect_on_the_wire(sandbox, "push", f"{cart} POST carts.ordered seq 1 → 200")
    expect_on_the_wire(sandbox, "store", f"{cart} said confirmed of 601842495575; the cart is confirmed")
    expect_on_the_wire(sandbox, "mail", f"Hammer & Hearth South Congress confirmed your order {cart}")
    expect_on_the_wire(sandbox, "sms", f"confirmed your order {cart}")


def test_the_story_goes_its_other_ways(sandbox):
    expect_order(order(sandbox, "Griddle"), "rejected", "$47.63 released")
    expect_order(order(sandbox, "Reserve a grill"), "confirmed", "$399.00, no card")
    kettle = order(sandbox, "Green kettle")
    expect_order(kettle, "confirmed", "$453.57 captured")
    with sandbox.context.expect_page() as opened:
        kettle.get_by_role("link").click(modifiers=["Control"])
    expect(opened.value).to_have_url(f"{_order_system(sandbox)}/orders/{kettle.get_attribute('data-hash')}")
    opened.value.close()

    known = sandbox.locator(".order").count()
    press(sandbox, "Grill, card declined")
    expect(sandbox.locator("#said")).to_have_text(
        "Not ordered: 601842495575: Your card was declined.", timeout=_PATIENCE
    )
    assert sandbox.locator(".order").count() == known


def test_nobody_answers_and_the_clock_ends_it(sandbox):
    row = order(sandbox, "Campfire grill")
    expect_order(row, "received", "$128.82 authorized")

    press(sandbox, "+2 h")

    expect_order(row, "auto rejected", "$128.82 released")
    expect_on_the_wire(sandbox, "push", f"{row.get_attribute('data-hash')} PUT carts.auto_rejected")


def test_a_stale_feed_brings_the_order_to_the_staff(sandbox):
    row = order(sandbox, "Chimney, stale feed")
    expect(sandbox.locator("[data-way=pushcart]")).to_have_count(0, timeout=_PATIENCE)
    expect_on_the_wire(sandbox, "mail", f"New order {row.get_attribute('data-hash')}: answer by")

    row.get_by_role("button", name="Staff confirm").click()

    expect_order(row, "confirmed", "$37.83 captured")
    press(sandbox, "Send fresh feeds")
    expect(sandbox.locator("[data-way=pushcart]")).to_have_count(12, timeout=_PATIENCE)


def test_it_is_used_by_keyboard(sandbox):
    sandbox.locator("[name=store]").first.focus()
    sandbox.keyboard.press("ArrowDown")
    expect(sandbox.locator("#chosen")).to_have_text("Chicago", timeout=_PATIENCE)
    known = sandbox.locator(".order").count()
    sandbox.get_by_role("button", name="Reserve a grill").focus()
    sandbox.keyboard.press("Enter")
    expect(sandbox.locator(".order")).to_have_count(known + 1, timeout=_PATIENCE)
    expect(sandbox.locator(".order").first.locator(".about")).to_contain_text("ropis in Chicago")

    line = sandbox.locator("#wire summary").first
    line.focus()
    sandbox.keyboard.press("Enter")
    expect(sandbox.locator("#wire details[open] pre").first).not_to_be_empty()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1400])
def test_it_can_be_read_and_named(sandbox, scheme, width):
    sandbox.emulate_media(color_scheme=scheme)
    sandbox.set_viewport_size({"width": width, "height": 900})
    row = order(sandbox, "Griddle")
    expect_order(row, "rejected", "$47.63 released")

    assert faults(sandbox) == []

    sandbox.goto(row.get_by_role("link").get_attribute("href"))
    expect(sandbox.get_by_text("Only the display piece is left")).to_be_visible()
    assert faults(sandbox) == []


def test_the_api_reference_works_without_other_hosts(sandbox, demo_network):
    sandbox.get_by_role("link", name="API reference").click()
    sandbox.get_by_text("All carts, most recent first").click()

    expect(sandbox.get_by_text("The ETag you have; 304 when nothing changed.")).to_be_visible(timeout=_PATIENCE)


def _order_system(page):
    return page.get_by_role("link", name="Order system").get_attribute("href").rstrip("/")
