"""Where log lines go, and what they never show."""

from __future__ import annotations

import logging
import re
import sys
from contextlib import suppress
from typing import Any

from django.core.exceptions import ImproperlyConfigured

_LEVELS = ("debug", "info", "warning", "error")
# A query stands right behind an address or a path; a question mark that ends a sentence does not.
_QUERY = re.compile(r"((?:https?:/)?/[^\s\"'?\\<>]*)\?[^\s\"'\\<>]+")
# Links by which whoever holds them may act: an order's, its decision's, an owner's pages.
_LINK = re.compile(r"(/(?:order/[A-Z0-9]+|decide|setup|feeds)/)[A-Za-z0-9_:=.~-]{16,}")
# Webhook secrets, API keys, keys and tokens of the card network.
_SECRET = re.compile(r"\b(whsec_|test_|sk_live_|sk_test_|rk_live_|rk_test_|seti_|pm_)(?!card_)[A-Za-z0-9+/=]{12,}")
_KEY = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")


class Lines:
    """Standard output, as a file for structlog; a full disk under it loses lines, but stops no order."""

    def write(self, line: str) -> None:
        with suppress(OSError):
            sys.stdout.write(line)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stdout.flush()


def level(name: str) -> int:
    """The number of a level.

    Raises:
        ImproperlyConfigured: there is none of that name.
    """
    if name.lower() not in _LEVELS:
        raise ImproperlyConfigured(f"PUSHCART_LOG_LEVEL is {name!r}; it can be {', '.join(_LEVELS)}.")
    return logging.getLevelNamesMapping()[name.upper()]


def redacted(_logger: Any, _method: str, line: Any) -> str:
    """The last structlog processor: the line without query strings, links, keys and secrets (contract, section 2)."""
    return _without_secrets(line)


class Redacting(logging.Formatter):
    """What libraries log by the standard way: the same is left out of it."""

    def format(self, record: logging.LogRecord) -> str:
        return _without_secrets(super().format(record))


def _without_secrets(line: str) -> str:
    return _KEY.sub("...", _SECRET.sub(r"\1...", _LINK.sub(r"\1...", _QUERY.sub(r"\1?...", line))))
