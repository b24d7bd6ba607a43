"""Stripe's wire form: form fields whose names carry brackets, `items[0][price]=…` and `expand[]=…`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from pushcart.sandbox.stripe.errors import Malformed

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


def decode(text: str) -> dict[str, Any]:
    """Reads a query string or form body into nested dicts; an array is a dict by index, `{"0": …}`.

    Raises:
        Malformed: a name's brackets don't pair, or one name is used for a value and for a hash.
    """
    form: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        _put(form, name, value)
    return form


def _put(form: dict[str, Any], name: str, value: str) -> None:
    match = _NAME.match(name)
    if match is None:
        raise Malformed(f"Invalid parameter name: {name}", param=name)
    path = [match.group(1), *_BRACKETS.findall(match.group(2))]
    place = form
    for step in path[:-1]:
        inner = place.setdefault(step or str(len(place)), {})
        if not isinstance(inner, dict):
            raise Malformed(f"Invalid hash: {name}", param=name)
        place = inner
    last = path[-1] or str(len(place))
    if isinstance(place.get(last), dict):
        raise Malformed(f"Invalid string: {name}", param=name)
    place[last] = value
