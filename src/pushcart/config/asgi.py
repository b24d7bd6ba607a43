"""The whole web: the edge's hot reads, and Django behind them in threads of the same process."""

from __future__ import annotations

from a2wsgi import WSGIMiddleware
from django.conf import settings

from pushcart.config.wsgi import application as django
from pushcart.edge.app import create_app

# Each thread keeps one database connection; a confirm holds its thread while the card network answers.
THREADS = 24

app = create_app(WSGIMiddleware(django, workers=THREADS), calls_per_minute=settings.RATE_LIMIT_PER_MINUTE)
