"""What a request says: its body in any of the forms that retailers send, its If-Match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from pydantic import BaseModel, ValidationError

from pushcart.api.errors import Refused, of_body
from pushcart.kit.bodies import BodyTooLargeError, MalformedBodyError, UnsupportedMediaTypeError, read_body

if TYPE_CHECKING:
    from django.http import HttpRequest

Asked = TypeVar("Asked", bound=BaseModel)


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The request's values, from JSON, a form or the query.

    Raises:
        Refused: 400 malformed, 413 too large, 415 of another type.
    """
    try:
        return read_body(request.content_type or "", request.body, request.META["QUERY_STRING"].encode())
    except RequestDataTooBig:
        raise of_body(BodyTooLargeError("The body is larger than 1 MB.")) from None
    except (MalformedBodyError, UnsupportedMediaTypeError, BodyTooLargeError) as error:
        raise of_body(error) from None


def asked(schema: type[Asked], request: HttpRequest) -> Asked:
    """The request's values, checked; unknown ones are passed over.

    Raises:
        Refused: 422 with the first field at fault named, and all of them in the details.
    """
    try:
        return schema.model_validate(body_of(request))
    except ValidationError as error:
        faults = [{"field": _place(fault["loc"]), "message": fault["msg"]} for fault in error.errors()]
        first = faults[0]
        raise Refused(
            422,
            "invalid_field",
            f"{first['field'] or 'the body'}: {first['message']}.",
            field=first["field"] or None,
            details={"faults": faults},
        ) from None


def if_match(request: HttpRequest) -> int | None:
    """The sequence that the caller believes present; `*` and no header ask for none.

    Raises:
        Refused: 400 it is no sequence.
    """
    said = request.headers.get("If-Match", "").strip()
    if said in {"", "*"}:
        return None
    number = said.removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) < 10):  # noqa: PLR2004 sequences are 32-bit
        raise Refused(400, "invalid_if_match", 'If-Match is the sequence of the cart you know, as in If-Match: "3".')
    return int(number)


def _place(loc: tuple[int | str, ...]) -> str:
    """`items[0].upc` from ("items", 0, "upc")."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")
