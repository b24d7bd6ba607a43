"""A header field of a request, as the server handed it over: without making an object of all of them first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope


def field(scope: Scope, name: bytes) -> str | None:
    """The first of this name, in lower case as servers give it; None without one."""
    for given, value in scope["headers"]:
        if given == name:
            return str(value, "latin-1")
    return None
