"""What a request says: its body in any of the forms that retailers send, its If-Match."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from pydantic import BaseModel

from pushcart.api.errors import Refused, of_body, refusing_fields
from pushcart.kit.bodies import BodyTooLargeError, MalformedBodyError, UnsupportedMediaTypeError, read_body
from pushcart.kit.checked import checked

if TYPE_CHECKING:
    from django.http import HttpRequest

Asked = TypeVar("Asked", bound=BaseModel)


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The request's values, from JSON, a form or the query.

    Raises:
        Refused: 400 malformed, 413 too large, 415 of another type.
    """
    try:
        return read_body(request.content_type or "", bytes_of(request), request.META["QUERY_STRING"].encode())
    except (MalformedBodyError, UnsupportedMediaTypeError, BodyTooLargeError) as error:
        raise of_body(error) from None


def bytes_of(request: HttpRequest) -> bytes:
    """The request's body as it came.

    Raises:
        Refused: 413 too large.
    """
    try:
        return request.body
    except RequestDataTooBig:
        raise of_body(BodyTooLargeError("The body is larger than 1 MB.")) from None


def asked(schema: type[Asked], request: HttpRequest) -> Asked:
    """The request's values, checked; unknown ones are passed over.

    Raises:
        Refused: 422 with the first field at fault named, and all of them in the details.
    """
    with refusing_fields():
        return checked(schema, body_of(request))


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
