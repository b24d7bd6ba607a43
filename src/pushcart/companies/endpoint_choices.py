"""What an endpoint's owner may choose: the form of the body, and the types of events."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Endpoint
from pushcart.events.types import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_body(body: str) -> None:
    """Refuses a form of body that we don't send.

    Raises:
        CompanyError: `field` is "body".
    """
    if body not in Endpoint.Body.values:
        raise CompanyError("body", f"A push's body is one of {', '.join(Endpoint.Body.values)}; not {body!r}.")


def check_event_types(event_types: Iterable[str]) -> list[str]:
    """The chosen types, each once and in their order; none: all that carry a cart's document.

    Raises:
        CompanyError: there is no such type; the message names those that it might be. `field` is "event_types".
    """
    chosen = list(dict.fromkeys(event_types))
    unknown = [each for each in chosen if each not in TYPES]
    if unknown:
        near = difflib.get_close_matches(unknown[0], sorted(TYPES), n=3) or sorted(TYPES)
        raise CompanyError("event_types", f"There are no events {unknown[0]!r}; there are {', '.join(near)}.")
    return chosen
