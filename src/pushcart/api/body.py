from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from django.http import HttpRequest


class Body:
    """The request's body as a stream. Half of one is an error, whatever the server makes of it.

    Django reads as far as Content-Length says, and nothing where it is missing; a body in chunks has none.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._length = request.META.get("CONTENT_LENGTH") or ""
        self._source = cast("BinaryIO", request if self._length else request.META["wsgi.input"])
        self._read = 0

    def read(self, most: int) -> bytes:
        piece = self._source.read(most)
        self._read += len(piece)
        if not piece and self._length and self._read < int(self._length):
            raise ConnectionResetError("The caller went away in the middle of the body.")
        return piece
