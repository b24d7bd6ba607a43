"""The widget in Chromium on the brand's page, which is of another origin, found and used by the keyboard alone."""

from __future__ import annotations

import re
from urllib.parse import quote_plus

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from pushcart.sandbox.goods import GOODS, GRILL
from tests.journeys.sight import faults

pytestmark = [pytest.mark.browser, pytest.mark.long]
STYLE = next(good.style for good in GOODS if good.upc == GRILL)
_PATIENCE = 30_000  # ms: the first question of all reads the names of the world's towns


@pytest.fixture
def brand_site(demo_network, page):
    """The brand's page, by a name of this machine that makes it another origin; nothing may be asked of a third one."""
    ours = demo_network.url
    theirs = ours.replace("127.0.0.1", "localhost")
    complaints = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("request", lambda asked: None if asked.url.startswith((ours, theirs)) else complaints.append(asked.url))
    # What is still on its way when the page is left is called off by the browser.
    page.on(
        "requestfailed",
        lambda asked: None if asked.failure == "net::ERR_ABORTED" else complaints.append(f"failed: {asked.url}"),
    )
    page.set_default_timeout(_PATIENCE)
    page.goto(f"{theirs}/sandbox/brand-site")
    yield page
    assert complaints == []


def focused(page):
    """The accessible name of what the keyboard is at, in the shadow root too."""
    return page.evaluate(
        """() => {
            let at = document.activeElement;
            while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
            return at.getAttribute("aria-label") || at.labels?.[0]?.textContent || at.textContent;
        }"""
    )


def tab_to(page, name):
    """Presses Tab until the keyboard is there."""
    seen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        seen.append(focused(page))
        if seen[-1] == name:
            return
    raise AssertionError(f"{name} is not reached by Tab: {seen}")


def search(page, query):
    page.get_by_label("Postcode or city").fill(query)
    page.keyboard.press("Enter")


def assert_accessible(page):
    broken = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in broken] == []


def test_a_shopper_reserves_by_keyboard_alone(demo_network, brand_site):
    page, status = brand_site, brand_site.locator("pushcart-locator [role=status]").first
    tab_to(page, "Postcode or city")
    page.keyboard.type("Austin, TX")
    page.keyboard.press("Enter")
    expect(status).to_have_text("2 stores near Austin, TX, US", timeout=_PATIENCE)
    stores = page.get_by_role("list", name="Stores near Austin, TX, US").locator("> li")
    expect(stores.locator("h3")).to_have_text(["Hammer & Hearth South Congress", "Cedar & Sons Outdoor East Austin"])
    first = stores.first
    expect(first).to_contain_text("1.3 mi · 1415 S Congress Ave, Austin")
    expect(first).to_contain_text("$399.00")
    expect(first).to_contain_text(re.compile(r"(Open until|Closed, opens) .*[AP]M"))
    expect(first).to_contain_text(re.compile(r"\d+ in stock"))
    expect(first).to_contain_text(re.compile(r"Order now and the store answers by .*[AP]M"))
    expect(first.locator(".yes")).to_have_text(
        ["Buy online, pick up in store", "Reserve, pay in store", "Same-day delivery"]
    )
    expect(stores.last.locator(".no")).to_have_text(["Same-day delivery: The store does not offer this."])
    assert_accessible(page)

    tab_to(page, "Choose: Hammer & Hearth South Congress")
    page.keyboard.press("Space")
    chosen = page.get_by_role("button", name="Chosen: Hammer & Hearth South Congress")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    tab_to(page, "Reserve")
    page.keyboard.press("Enter")
    assert focused(page) == "Name"
    page.keyboard.type("Ada King Byron")
    tab_to(page, "E-mail")
    page.keyboard.type("ada@shopper.example")
    assert_accessible(page)
    tab_to(page, "Reserve now")
    page.keyboard.press("Enter")
    done = first.get_by_role("status")
    expect(done).to_contain_text("Reserved at Hammer & Hearth South Congress.")
    link = done.get_by_role("link", name=re.compile("Your order [2-9A-Z]{8}"))
    assert link.get_attribute("href").startswith(f"{demo_network.url}/order/")
    told = page.locator("#told")
    expect(told).to_contain_text("pushcart:reserved: reserved at Hammer & Hearth South Congress: order ")
    assert_accessible(page)
    page.goto(link.get_attribute("href"))
    expect(page.get_by_text("Kettle 57 Charcoal Grill").first).to_be_visible()


def test_a_cart_is_filled_and_a_page_may_take_it_over(brand_site):
    page = brand_site
    search(page, "78704")
    page.get_by_role("button", name="Choose: Hammer & Hearth South Congress").click()
    page.get_by_role("button", name="Add to cart for pickup").click()
    expect(page.locator("#told")).to_contain_text("added for bopis at Hammer & Hearth South Congress: 1 in the cart")
    page.get_by_role("button", name="Add to cart for pickup").click()
    expect(page.locator("#told")).to_contain_text(": 2 in the cart")
    page.get_by_role("button", name="Add to cart for delivery").click()
    expect(page.get_by_role("alert")).to_contain_text("The basket is for bopis")
    page.evaluate("document.addEventListener('pushcart:add', (event) => event.preventDefault())")
    page.get_by_role("button", name="Add to cart for pickup").click()
    expect(page.locator("#told li")).to_have_count(4)


def test_it_follows_a_style_and_leaves_the_pages_own_style_alone(brand_site):
    page, locator = brand_site, brand_site.locator("pushcart-locator")
    search(page, "78704")
    found = page.get_by_role("button", name="Choose: Hammer & Hearth South Congress")
    expect(found).to_be_visible()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "store_data" in request.url else None)
    locator.evaluate("(it) => { it.style.marginTop = '1px' }")
    with page.expect_response(lambda response: "store_data" in response.url):
        locator.evaluate(f"(it) => it.setAttribute('product-style', '{STYLE}')")
    with page.expect_response(lambda response: "store_data" in response.url and "upc=" not in response.url):
        locator.evaluate("(it) => it.removeAttribute('upc')")
    expect(found).to_be_visible()
    assert [f"&style={quote_plus(STYLE)}&" in url for url in asked] == [True, True]


def test_it_says_what_it_does_not_find(brand_site):
    page, status = brand_site, brand_site.locator("pushcart-locator [role=status]").first
    search(page, "  ")
    expect(status).to_have_text("Enter a postcode or a city.")
    expect(page.get_by_label("Postcode or city")).to_have_attribute("aria-invalid", "true")
    search(page, "Nowhere-upon-Sea")
    expect(status).to_have_text(
        "No place “Nowhere-upon-Sea” is known. Try a postcode or a larger city.", timeout=_PATIENCE
    )
    assert_accessible(page)
    page.locator("pushcart-locator").evaluate("(it) => it.setAttribute('within', '1')")
    search(page, "Honolulu, HI")
    expect(status).to_have_text("No store near Honolulu, HI, US has it just now.", timeout=_PATIENCE)
    expect(page.locator("pushcart-locator ol")).to_be_hidden()


def test_it_speaks_the_pages_words_in_the_pages_language(brand_site):
    page = brand_site
    page.goto(f"{page.url}?lang=de")
    page.get_by_label("Postleitzahl oder Ort").fill("78704")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="In deiner Nähe")).to_be_visible()
    expect(page.locator("pushcart-locator [role=status]").first).to_have_text(
        "2 Läden bei 78704 Austin, TX, US", timeout=_PATIENCE
    )
    first = page.locator("pushcart-locator li").first
    expect(first).to_contain_text("399,00\xa0$")
    expect(first).to_contain_text(re.compile(r"\d,\d km · "))
    expect(first).to_contain_text(re.compile(r"\d+ da"))


def test_it_asks_for_the_position_on_a_click_alone(demo_network, browser):
    place = {"latitude": 30.2672, "longitude": -97.7431}
    context = browser.new_context(locale="en-US", geolocation=place, permissions=["geolocation"])
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url) if "store_data" in request.url else None)
    page.goto(f"{demo_network.url.replace('127.0.0.1', 'localhost')}/sandbox/brand-site")
    expect(page.get_by_role("heading", name="Find it near you")).to_be_visible()
    assert asked == []
    page.get_by_role("button", name="Use my location").click()
    expect(page.locator("pushcart-locator [role=status]").first).to_have_text(
        "2 stores near your position", timeout=_PATIENCE
    )
    assert "map_center_lat=30.267&map_center_lng=-97.743&" in asked[0]
    context.close()


@pytest.mark.parametrize("asked", ["theme=light", "theme=dark", "theme=light&dir=rtl"])
def test_it_holds_together_at_any_width(demo_network, page, asked):
    page.goto(f"{demo_network.url.replace('127.0.0.1', 'localhost')}/sandbox/brand-site?{asked}")
    search(page, "Austin, TX")
    page.get_by_role("button", name="Choose: Hammer & Hearth South Congress").click()
    page.get_by_role("button", name="Reserve", exact=True).click()
    for width in (380, 1200):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert_accessible(page)
    assert faults(page) == []
