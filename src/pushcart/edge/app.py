"""The edge: hot reads straight from the database, in the same process as Django and before it."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from prometheus_client import start_http_server
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from pushcart.edge import brand
from pushcart.edge.answers import RefusedError, broken, refuse
from pushcart.edge.cors import Cors
from pushcart.edge.database import connect, open_pool
from pushcart.edge.direct import Direct
from pushcart.edge.headless.answers import HeadlessError, refuse_headless
from pushcart.edge.headless.locate import product_locate
from pushcart.edge.headless.store_data import location_data, store_data
from pushcart.edge.headless.suggest import location_suggest
from pushcart.edge.limit import RateLimit
from pushcart.edge.proxies import TrustedProxies
from pushcart.edge.reads import attempts, carts, digest, events, one_cart
from pushcart.edge.remembered import Remembered
from pushcart.edge.widget import NAME, widget
from pushcart.locator.locator import Locator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp


_HEADLESS = "/headless/api/1.0"


def create_app(everything_else: ASGIApp, *, calls_per_minute: int) -> ASGIApp:
    """The application that a server runs: what the edge does not know goes to `everything_else`."""
    app = Starlette(
        routes=[
            Route("/api/v2/carts", carts, methods=["GET"]),
            Route("/api/v2/carts/{page}", carts, methods=["GET"]),
            Route("/api/v2/cart/{cart_hash}", one_cart, methods=["GET"]),
            Route("/api/v2/events", events, methods=["GET"]),
            Route("/api/v2/events/digest", digest, methods=["GET"]),
            Route("/api/v2/webhooks/attempts", attempts, methods=["GET"]),
            Route("/api/v2/brand/{company_id}/stores", brand.stores, methods=["GET"]),
            Route("/api/v2/brand/{company_id}/upc/{upcs}/stores", brand.stores_with, methods=["GET"]),
            Route("/api/v2/brand/{company_id}/dealers", brand.dealers, methods=["GET"]),
            Route("/api/v2/brand/{company_id}/dealers/{page}", brand.dealers, methods=["GET"]),
            Route("/stores/conversion_data", brand.conversion_data, methods=["GET"]),
            Route(f"{_HEADLESS}/conversion/store_data", store_data, methods=["GET"]),
            Route(f"{_HEADLESS}/conversion/location_data/{{type}}/{{store_id}}", location_data, methods=["GET"]),
            Route(f"{_HEADLESS}/product/locate", product_locate, methods=["GET"]),
            Route(f"{_HEADLESS}/location/suggest", location_suggest, methods=["GET"]),
            Route(f"/widget/{{version}}/{NAME}", widget, methods=["GET"]),
            _rest(everything_else),
        ],
        exception_handlers={RefusedError: refuse, HeadlessError: refuse_headless, Exception: broken},
        lifespan=_lifespan,
    )

    async def ask(query: str) -> list[str]:
        return [row[0] for row in await app.state.pool.fetch(query)]

    direct = Direct(app, {f"{_HEADLESS}/product/locate": product_locate})
    return TrustedProxies(Cors(RateLimit(direct, calls_per_minute), ask), settings.TRUSTED_PROXIES)


def _rest(everything_else: ASGIApp) -> Mount:
    """Whatever no route knows. Starlette's own pattern ends at a line break, which a path may hold as well."""
    mount = Mount("/", everything_else)
    mount.path_regex = re.compile(r"^/(?P<path>.*)$", re.DOTALL)
    return mount


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.pool = await open_pool()
    app.state.remembered = Remembered(app.state.pool)
    app.state.locator = Locator(app.state.pool, connect)
    app.state.locator.start()
    metrics = start_http_server(settings.METRICS_PORT, addr="127.0.0.1")[0] if settings.METRICS_PORT else None
    yield
    if metrics:
        metrics.shutdown()
        metrics.server_close()
    await asyncio.to_thread(app.state.locator.stop)
    await app.state.pool.close()
