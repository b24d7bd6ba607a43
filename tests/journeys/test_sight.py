from __future__ import annotations

import pytest

from tests.journeys.sight import faults

pytestmark = pytest.mark.browser

GOOD = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><body>
<h1>Orders</h1><section aria-labelledby="a"><h2 id="a">New</h2><button>Confirm</button>
<label>Reason <input></label></section>"""


def test_it_finds_nothing_on_a_good_page(page):
    page.set_content(GOOD)
    assert faults(page) == []


@pytest.mark.parametrize(
    ("instead_of", "comes", "fault"),
    [
        ("Confirm", "", "no name: button"),
        ("Reason ", "", "no name: input"),
        ('<h2 id="a">', '<h2 id="b">', "labelled by nothing: section"),
        ('<h2 id="a">', '<h2 id="a"><b id="a"></b>', "id twice: a"),
        (' lang="en"', "", "no language"),
        ("<h1>Orders</h1>", "", "not one h1"),
        ("<h1>", '<h1 style="width: 3000px">', "wider than the window"),
        ("<button>", '<button style="color: #999; background: #fff">', "contrast 2.85: Confirm"),
    ],
)
def test_it_finds_what_is_wrong(page, instead_of, comes, fault):
    page.set_content(GOOD.replace(instead_of, comes))
    [found] = faults(page)
    assert found.startswith(fault)
