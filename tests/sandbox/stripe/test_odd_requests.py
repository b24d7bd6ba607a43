"""Whatever a call carries, the double answers in Stripe's words: it never breaks."""

from __future__ import annotations

import random
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

import pytest
from stripe import RequestOptions

from pushcart.sandbox.stripe.app import ROUTES

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Route
    from tests.sandbox.stripe.conftest import Platform

_ODD = [
    "",
    "0",
    "-1",
    "7",
    "99999999999999999999",
    "٣",
    "²",
    "true",
    "usd",
    "\x00",
    "é" * 300,
    "5\n",
    "pm_card_visa",
    "[]",
]
_INNER = [
    "",
    "[]",
    "[0]",
    "[²]",
    "[a]",
    "[card][number]",
    "[card][token]",
    "[0][x]",
    "[gte]",
    "[address][city]",
    "[enabled]",
]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_no_form_breaks_it(platform: Platform, route: Route) -> None:
    chance = random.Random(route.path)
    ids = [platform.account, platform.hold().id, "x", "%00", "²"]
    names = sorted(set(getattr(route.known, "__annotations__", {})) - set(RequestOptions.__annotations__)) or ["x"]
    seen = set()
    for _ in range(25):
        path = route.path.replace("{id}", chance.choice(ids)).replace("{capability}", "transfers")
        pairs = [
            (chance.choice(names) + chance.choice(_INNER), chance.choice(_ODD)) for _ in range(chance.randint(0, 4))
        ]
        seen.add(_status(platform, route.method, path, urllib.parse.urlencode(pairs)))
    assert seen <= {200, 400, 402, 403, 404}, seen
    verdict = platform.program.get(f"/_double/invariants?account={platform.account}")
    assert verdict["broken"] == []


def test_bytes_that_are_no_text_are_refused(platform: Platform) -> None:
    assert _status(platform, "POST", "/v1/payment_intents", b"amount=\xff\xfe&currency=usd") == 400


def _status(platform: Platform, method: str, path: str, form: str | bytes) -> int:
    data = form if isinstance(form, bytes) else form.encode()
    url = platform.program.url + urllib.parse.quote(path, safe="/%")
    if method != "POST":
        url, data = f"{url}?{form!s}", None
    headers = {"Authorization": f"Bearer {platform.key}", "Stripe-Account": platform.account}
    request = urllib.request.Request(url, data=data, method=method, headers=headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
