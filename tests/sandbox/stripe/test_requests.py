"""What the double turns away before it acts."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from pushcart.sandbox.stripe.app import ROUTES

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Route
    from tests.sandbox.stripe.conftest import Platform, Program

_TAKING = [route for route in ROUTES if route.known is not None]


def _asked(program: Program, method: str, path: str, form: str, **headers: str) -> tuple[int, dict[str, Any]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"{program.url}{path}" + (f"?{form}" if method == "GET" else "")
    data = form.encode() if method == "POST" else None
    request = urllib.request.Request(url, data=data, method=method, headers=named)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize("route", _TAKING, ids=lambda route: f"{route.method} {route.path}")
def test_every_call_refuses_a_parameter_that_stripe_does_not_know(platform: Platform, route: Route) -> None:
    path = route.path.replace("{id}", platform.account).replace("{capability}", "transfers")
    bearer = {"Authorization": f"Bearer {platform.key}"}
    status, body = _asked(platform.program, route.method, path, "colour=red", **bearer)
    assert (status, body["error"]["code"], body["error"]["param"]) == (400, "parameter_unknown", "colour")
    assert body["error"]["message"] == "Received unknown parameter: colour"


@pytest.mark.parametrize("route", _TAKING, ids=lambda route: f"{route.method} {route.path}")
def test_every_call_plays_only_parameters_that_the_sdk_knows(route: Route) -> None:
    assert route.known is not None
    assert route.played <= set(route.known.__annotations__)


@pytest.mark.parametrize(
    ("form", "code", "param", "message"),
    [
        ("currency=usd", "parameter_missing", "amount", "Missing required param: amount."),
        ("amount=ten&currency=usd", "parameter_invalid_integer", "amount", "Invalid integer: ten"),
        ("amount=1.5&currency=usd", "parameter_invalid_integer", "amount", "Invalid integer: 1.5"),
        ("amount=&currency=usd", "parameter_invalid_empty", "amount", None),
        ("amount=100&currency=usd&confirm=maybe", None, "confirm", "Invalid boolean: maybe"),
        (
            "amount=100&currency=usd&capture_method=later",
            None,
            "capture_method",
            "Invalid capture_method: must be one of automatic, automatic_async, or manual",
        ),
        (
            "amount=100&currency=usd&automatic_payment_methods[allow]=1",
            "parameter_unknown",
            "automatic_payment_methods[allow]",
            "Received unknown parameter: automatic_payment_methods[allow]",
        ),
        (
            "amount=100&currency=usd&automatic_payment_methods[allow_redirects]=never",
            "parameter_missing",
            "automatic_payment_methods[enabled]",
            "Missing required param: automatic_payment_methods[enabled].",
        ),
        ("amount=100&currency=usd&a=1&b=2", "parameter_unknown", "a", "Received unknown parameters: a, b"),
        ("amount=100&currency=usd&metadata=red", None, "metadata", "Invalid object"),
        ("amount=100&currency=usd&expand=customer", None, "expand", "Invalid array"),
        ("amount=100&currency[]=usd", None, "currency", None),
        ("amount=100&currency=usd&metadata[a=1", None, "metadata[a", None),
        ("amount=100&currency=usd&metadata=a&metadata[b]=c", None, "metadata[b]", None),
        (
            "amount=100&currency=usd&transfer_data[destination]=acct_1",
            None,
            "transfer_data",
            "The payment double does not play the parameter 'transfer_data', which Stripe has.",
        ),
    ],
)
def test_it_says_what_is_wrong_and_where(
    platform: Platform, form: str, code: str | None, param: str, message: str | None
) -> None:
    status, body = _asked(platform.program, "POST", "/v1/payment_intents", form, Authorization=f"Bearer {platform.key}")
    error = body["error"]
    assert (status, error["type"], error.get("code"), error["param"]) == (400, "invalid_request_error", code, param)
    assert message is None or error["message"] == message
    assert platform.sdk.v1.payment_intents.list({}).data == []


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer sk_live_abcdefgh", "Bearer nonsense", "Basic ####", "Digest x"]
)
def test_it_wants_a_test_key(platform: Platform, authorization: str) -> None:
    status, body = _asked(platform.program, "GET", "/v1/balance", "", Authorization=authorization)
    assert (status, body["error"]["type"]) == (401, "invalid_request_error")
    assert "abcdefgh" not in body["error"]["message"]


def test_it_takes_the_key_as_a_user_name_too(platform: Platform) -> None:
    basic = base64.b64encode(f"{platform.key}:".encode()).decode()
    status, body = _asked(
        platform.program, "GET", f"/v1/accounts/{platform.account}", "", Authorization=f"Basic {basic}"
    )
    assert (status, body["id"]) == (200, platform.account)


def test_it_echoes_the_version_and_refuses_a_strange_one(platform: Platform) -> None:
    assert platform.sdk.v1.balance.retrieve().last_response.headers["Stripe-Version"] == stripe.api_version
    bearer = {"Authorization": f"Bearer {platform.key}"}
    status, body = _asked(platform.program, "GET", "/v1/balance", "", Stripe_Version="yesterday", **bearer)
    assert (status, body["error"]["message"]) == (400, "Invalid Stripe API version: yesterday")


def test_it_knows_no_other_address(platform: Platform) -> None:
    status, body = _asked(platform.program, "GET", "/v1/llamas", "", Authorization=f"Bearer {platform.key}")
    assert status == 404
    assert body["error"]["message"].startswith("Unrecognized request URL (GET: /v1/llamas).")
