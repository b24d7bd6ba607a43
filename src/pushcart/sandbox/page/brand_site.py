"""GET /sandbox/brand-site: a product's page of the demo brand, of another origin than PushCart, with the widget."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pushcart.sandbox.goods import GOODS, GRILL
from pushcart.sandbox.network import BRAND_SITE, load

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# As strict as a brand's site may be: its own files, and PushCart for the widget.
_POLICY = {
    "default-src": ["'none'"],
    "img-src": ["'self'"],
    "style-src": ["'self'"],
    "script-src": ["'self'", settings.PUBLIC_URL],
    "connect-src": [settings.PUBLIC_URL],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "require-trusted-types-for": ["'script'"],
}


@never_cache
@csp_replace(_POLICY)
@require_safe
def brand_site(request: HttpRequest) -> HttpResponse:
    """By another name of this machine, to a browser another origin; `?theme=dark`, `?dir=rtl` and `?lang=de` try it."""
    asked = urlsplit(f"//{request.get_host()}")
    if asked.hostname != BRAND_SITE:
        there = f"//{BRAND_SITE}" + (f":{asked.port}" if asked.port else "")
        return HttpResponseRedirect(f"{request.scheme}:{there}{request.get_full_path()}")
    network = load()
    good = next((good for good in GOODS if good.upc == request.GET.get("upc", GRILL)), GOODS[0])
    return render(
        request,
        "sandbox/brand_site.html",
        {
            "company": network["companies"]["brand"],
            "good": good,
            "price": f"${good.msrp / 100:,.2f}",
            "web": settings.PUBLIC_URL,
            "theme": "dark" if request.GET.get("theme") == "dark" else "light",
            "german": request.GET.get("lang") == "de",
            "direction": "rtl" if request.GET.get("dir") == "rtl" else "ltr",
        },
    )
