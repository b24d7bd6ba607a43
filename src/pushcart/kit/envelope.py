"""The envelope in which every answer of the v2 API stands (contract, section 2: envelopes, Errors)."""

from __future__ import annotations

from typing import Any

VERSION = 2


def refusal(
    message: str, code: str, *, field: str | None = None, details: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What an error says: a sentence for people, a code for programs, the field where one is at fault."""
    return {
        "version": VERSION,
        "status": False,
        "message": message,
        "error": {"code": code, "field": field, "details": details or {}},
    }


def single(content: bytes) -> bytes:
    """One ready JSON document in its envelope."""
    return b'{"version":2,"status":true,"content":' + content + b"}"


def page(content: bytes, *, number: int, per_page: int, total: int) -> bytes:
    """Ready JSON documents, comma separated, as one page of a list."""
    pages = -(-total // per_page)
    properties = b'{"page":%d,"per_page":%d,"total":%d,"total_pages":%d}' % (number, per_page, total, pages)
    return b'{"version":2,"status":true,"properties":' + properties + b',"content":[' + content + b"]}"
