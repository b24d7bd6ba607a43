"""Who calls the headless API: a brand's server by its key, or a page of the brand's site (decision 0105)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pushcart.api.errors import Refused
from pushcart.companies.models import Company, Site
from pushcart.companies.queries import key_by_secret

if TYPE_CHECKING:
    from django.http import HttpRequest

_DIGITS = 18  # of the largest id that a column holds, and a little less


@dataclass(frozen=True)
class Caller:
    """For whom a call is made.

    Attributes:
        company: The brand.
        test: By a test key: orders are test orders.
        keyed: By the brand's own key, that only its server holds. An Origin header any program can send.
        page: The host of the page that asks, one of the brand's sites; empty where no browser asks.
    """

    company: Company
    test: bool = False
    keyed: bool = False
    page: str = ""

    @property
    def company_id(self) -> int:
        return self.company.pk


def caller_of(request: HttpRequest, said: dict[str, Any]) -> Caller:
    """By the key, or without one by the page's origin and the brand's public `company_id`.

    Raises:
        Refused: 401 neither; 403 a retailer's key, or a page that is not of the brand's sites.
    """
    secret, page = request.headers.get("Locally-Api-Token", ""), _page(request)
    if not secret:
        return _by_page(page, str(said.get("company_id", "")))
    key = key_by_secret(secret)
    if key is None:
        raise Refused(401, "unauthorized", "The Locally-Api-Token header names an unknown or revoked key.")
    if key.company.kind != Company.Kind.BRAND:
        raise Refused(403, "no_access", "The headless API is for brands: this is a retailer's key.")
    if page and not Site.objects.filter(company=key.company, domain=page).exists():
        raise Refused(403, "unknown_site", f"{page} is not a registered site of {key.company.name}.")
    return Caller(key.company, test=key.test, keyed=True, page=page)


def _by_page(page: str, company_id: str) -> Caller:
    if page and company_id.isascii() and company_id.isdigit() and len(company_id) <= _DIGITS:
        site = Site.objects.select_related("company").filter(domain=page, company_id=int(company_id)).first()
        if site is not None:
            return Caller(site.company, page=page)
    raise Refused(
        401,
        "unauthorized",
        "Send a key as Locally-Api-Token; or, from a page of a registered site, the brand's company_id.",
    )


def _page(request: HttpRequest) -> str:
    """The host of the Origin header, which a browser alone sets and no page can choose; empty without one."""
    try:
        parts = urlsplit(request.headers.get("Origin", ""))
    except ValueError:
        return "null"
    return (parts.hostname or "null") if parts.scheme or parts.path else ""
