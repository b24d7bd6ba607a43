"""GET /: the sandbox's page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from pushcart.sandbox.network import NetworkError, load
from pushcart.sandbox.scenarios import SCENARIOS
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_MOVES = (
    ("half-an-hour", "+30 min"),
    ("two-hours", "+2 h"),
    ("next-opening", "Next opening"),
    ("before-closing", "30 min before closing"),
    ("next-morning", "Next morning"),
    ("real-time", "Real time"),
)


@never_cache
@ensure_csrf_cookie
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """What does not move stands in it; the rest comes by `news`."""
    try:
        network = load()
    except NetworkError as error:
        return render(request, "sandbox/empty.html", {"trouble": str(error)}, status=503)
    return render(
        request, "sandbox/page.html", {"network": network, "scenarios": SCENARIOS, "moves": _MOVES} | _parts(network)
    )


def _parts(network: dict[str, Any]) -> dict[str, Any]:
    chain, second = network["companies"]["hardware"], network["companies"]["outdoor"]
    stores = Store.objects.select_related("company").order_by("pk")
    return {
        "retailers": [
            {"name": found[0].company.name, "stores": found}
            for found in ([store for store in stores if store.company_id == company] for company in (chain, second))
            if found
        ],
        "outbox": f"http://127.0.0.1:{settings.PORT + 2}/",
        "payments": f"{settings.STRIPE_API_BASE}/",
        "keys": [(name.replace("_", " "), key) for name, key in network["keys"].items()],
        "secrets": [(f"webhook secret, {mode}", secret) for mode, secret in network["webhook_secrets"].items()],
    }
