"""Who asks: a brand's server by its key, or a page of the brand's site by its public id (decision 0105)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pushcart.edge.fields import field
from pushcart.edge.headless.answers import NO_ACCESS, NOT_AUTHORIZED, HeadlessError
from pushcart.kit.crypto import keyed_hash

if TYPE_CHECKING:
    from starlette.requests import Request

_DIGITS = 18  # of the largest id that a column holds, and a little less

# $1 the key's digest, $2 the host of the page that asks
_BY_KEY = """
SELECT c.id, c.name, c.slug, c.country, c.kind, a.test,
       EXISTS (SELECT FROM companies_site s WHERE s.company_id = c.id AND s.domain = $2) AS of_its_site
FROM companies_apikey a JOIN companies_company c ON c.id = a.company_id
WHERE a.digest = $1 AND a.revoked_at IS NULL
"""
# $1 the host of the page that asks, $2 the brand's id
_BY_PAGE = """
SELECT c.id, c.name, c.slug, c.country
FROM companies_site s JOIN companies_company c ON c.id = s.company_id
WHERE s.domain = $1 AND c.id = $2
"""


@dataclass(frozen=True, slots=True)
class Brand:
    """For whom is asked; `test` where a test key asks."""

    id: int
    name: str
    slug: str
    country: str
    test: bool = False


async def brand_of(request: Request) -> Brand:
    """The brand whose key or whose page asks.

    Raises:
        HeadlessError: 401 neither; 403 a retailer's key, or a page that is not of the brand's sites.
    """
    secret, page = field(request.scope, b"locally-api-token"), _page(request)
    if not secret:
        return await _by_page(request, page)
    row = await request.app.state.remembered.fetchrow(_BY_KEY, keyed_hash(secret, use="api-key"), page)
    if row is None:
        raise HeadlessError("The Locally-Api-Token header names an unknown or revoked key.", NOT_AUTHORIZED, 401)
    if row["kind"] != "brand":
        raise HeadlessError("The headless API is for brands: this is a retailer's key.", NO_ACCESS, 403)
    if page and not row["of_its_site"]:
        raise HeadlessError(f"{page} is not a registered site of {row['name']}.", NOT_AUTHORIZED, 403)
    return _brand(row, test=row["test"])


async def _by_page(request: Request, page: str) -> Brand:
    company = request.query_params.get("company_id", "")
    if page and company.isascii() and company.isdigit() and len(company) <= _DIGITS:
        row = await request.app.state.remembered.fetchrow(_BY_PAGE, page, int(company))
        if row is not None:
            return _brand(row)
    raise HeadlessError(
        "Send a key as Locally-Api-Token; or, from a page of a registered site, the brand's company_id.",
        NOT_AUTHORIZED,
        401,
    )


def _brand(row: Any, *, test: bool = False) -> Brand:
    return Brand(row["id"], row["name"], row["slug"], row["country"], test)


def _page(request: Request) -> str:
    """The host of the Origin header, which a browser alone sets and no page can choose; empty without one."""
    origin = field(request.scope, b"origin")
    if not origin:
        return ""
    try:
        return urlsplit(origin).hostname or "null"
    except ValueError:
        return "null"
