"""The whole web: the edge's hot reads, and Django behind them in threads of the same process."""

from __future__ import annotations

from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.conf import settings

from pushcart.config.wsgi import application as django
from pushcart.edge.app import create_app

# Each thread keeps one database connection; a confirm holds its thread while the card network answers.
THREADS = 24

# a2wsgi types what it takes and gives more narrowly than Django and Starlette do; they are the same protocols.
_behind = cast("Any", WSGIMiddleware(cast("Any", django), workers=THREADS))
app = create_app(_behind, calls_per_minute=settings.RATE_LIMIT_PER_MINUTE)
