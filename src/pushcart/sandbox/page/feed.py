"""The retailers' tills: a feed that is too old, and a fresh one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from django.conf import settings

from pushcart.companies.models import Company
from pushcart.eligibility.actions.renew_company import renew_company
from pushcart.inventory.models import Freshness
from pushcart.kit import clock
from pushcart.sandbox.network import load
from pushcart.sandbox.page.asked import CannotError, button, done, entry

if TYPE_CHECKING:
    from django.http import HttpRequest, JsonResponse


@button
def feed(request: HttpRequest) -> JsonResponse:
    """`feed` is `stale` or `fresh`."""
    network = load()
    if request.POST.get("feed") == "fresh":
        return _send(network)
    company = Company.objects.get(pk=network["companies"]["hardware"])
    make_stale(company)
    hours = settings.PUSHCART_FEED_MAX_AGE_HOURS + 1
    return done(
        f"The last feed of {company} is {hours} hours old now.",
        entry=entry("feed", f"{company}: no feed for {hours} hours", good=False),
    )


def make_stale(company: Company) -> None:
    """As if the company's tills had sent nothing for an hour more than PushCart allows."""
    long_ago = clock.now() - timedelta(hours=settings.PUSHCART_FEED_MAX_AGE_HOURS + 1)
    Freshness.objects.filter(store__company=company, fed_at__gt=long_ago).update(fed_at=long_ago, counted_at=long_ago)
    renew_company(company.pk)


def _send(network: dict[str, Any]) -> JsonResponse:
    sent = [f"{_put(network, name)} rows of {name}" for name in network["feeds"]]
    return done(
        "Both retailers have sent a fresh feed.", entry=entry("feed", f"PUT /api/v2/inventory: {', '.join(sent)}")
    )


def _put(network: dict[str, Any], name: str) -> int:
    """Sends the file as the retailer's till does; it can be changed by hand in between."""
    url, key = f"{settings.PUBLIC_URL}/api/v2/inventory", network["keys"][name]
    headers = {"Locally-API-Token": key, "Content-Type": "text/csv"}
    csv = Path(network["feeds"][name]).read_bytes()
    answer = httpx.put(url, content=csv, headers=headers, timeout=60, trust_env=False)
    if not answer.is_success:
        raise CannotError(f"The feed of {name} was refused: {answer.json()['message']}")
    return int(answer.json()["content"]["rows"])
