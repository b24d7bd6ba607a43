"""Reading what a request says, in each of the forms that integrators send (contract, section 2).

JSON; a form, with bracket arrays (`items[0][upc]=…`); the query, where there is no body. The public JavaScript SDK
labels JSON as a form, so a form's first character decides.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any
from urllib.parse import unquote_plus, unquote_to_bytes

import orjson
import qs_codec

LARGEST = 1_000_000  # bytes
DEEPEST = 8
MOST_FIELDS = 2_000
MOST_ITEMS = 500

_FORM = "application/x-www-form-urlencoded"
_NAME = re.compile(r"[^\[\]]+(\[[^\[\]]*\])*")
_LIST_OF_LISTS = re.compile(r"\[\d*\]\[\d*\]")
_OPTIONS = qs_codec.DecodeOptions(
    depth=DEEPEST,
    strict_depth=True,
    parameter_limit=MOST_FIELDS,
    list_limit=MOST_ITEMS,
    raise_on_limit_exceeded=True,
)


class MalformedBodyError(ValueError):
    """The body can't be read; the sentence says where."""


class UnsupportedMediaTypeError(ValueError):
    """The body is of a type that is not read here."""


class BodyTooLargeError(ValueError):
    """The body is larger than it may be."""


def read_body(content_type: str, body: bytes, query: bytes) -> dict[str, Any]:
    """The named values of a request: strings, numbers, lists and objects from JSON; strings from forms and queries.

    Args:
        content_type: As the header says it; a charset is passed over, the text is UTF-8.
        body: The whole body. Where it is empty, the query speaks.
        query: What stands behind the question mark.

    Raises:
        MalformedBodyError: not UTF-8, not JSON, no object, a name twice in it, too deep or too many fields.
        UnsupportedMediaTypeError: neither JSON nor a form.
        BodyTooLargeError: more than 1 MB.
    """
    if len(body) > LARGEST:
        raise BodyTooLargeError(f"The body has {len(body)} bytes; {LARGEST} are read at most.")
    return _said(content_type.partition(";")[0].strip().lower(), body, query)


def _said(media_type: str, body: bytes, query: bytes) -> dict[str, Any]:
    if not body.strip():
        return _form(query, "query")
    if media_type == "application/json" or media_type.endswith("+json"):
        return _json(body)
    if media_type in {"", _FORM}:
        return _json(body) if body.lstrip()[:1] in {b"{", b"["} else _form(body, "form")
    raise UnsupportedMediaTypeError(f"A body is JSON or a form ({_FORM}), not {media_type[:80]}.")


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedBodyError(
            f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from None
    if not isinstance(said, dict):
        raise MalformedBodyError("The body is JSON, but no object: it begins with {.")
    _check(said, "", 0)
    json.loads(body, object_pairs_hook=_each_once)
    return said


def _each_once(members: list[tuple[str, Any]]) -> None:
    """Of several orjson takes the last: a line that is confirmed and rejected at once would be rejected in silence."""
    if len(dict(members)) < len(members):
        name, _ = Counter(name for name, _ in members).most_common(1)[0]
        raise MalformedBodyError(f'The body has the name "{name[:80]}" twice in one object.')


def _form(text: bytes, what: str) -> dict[str, Any]:
    try:
        unquote_to_bytes(text).decode()
        said = qs_codec.decode(text.decode(), _OPTIONS)
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"The {what} is not UTF-8: byte {error.start}.") from None
    except (IndexError, ValueError) as error:
        raise MalformedBodyError(f"The {what} can't be read: {str(error).rstrip('.')}.") from None
    _check_names(text.decode(), what)
    _check(said, "", 0)
    return said


def _check_names(text: str, what: str) -> None:
    """What qs-codec misreads: it drops values without a name and letters behind a bracket, and splits inner lists."""
    for field in filter(None, text.split("&")):
        name = unquote_plus(field.partition("=")[0])
        if not _NAME.fullmatch(name):
            raise MalformedBodyError(f'The {what} has the name "{name[:80]}": names are such as upc or items[0][upc].')
        if _LIST_OF_LISTS.search(name):
            raise MalformedBodyError(f'The {what} has the name "{name[:80]}": lists of lists are read from JSON alone.')


def _check(value: Any, place: str, depth: int) -> None:
    """Refuses what no database takes and what no order has."""
    if depth > DEEPEST:
        raise MalformedBodyError(f"{place} is nested more than {DEEPEST} deep.")
    if isinstance(value, str):
        if "\0" in value:
            raise MalformedBodyError(f"{place or 'The body'} has a NUL character in it.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check(name, "A name", depth + 1)
            _check(inner, f"{place}.{name}".removeprefix("."), depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _check(inner, f"{place}[{number}]", depth + 1)
