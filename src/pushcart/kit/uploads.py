"""Files that come with a form: never larger than a view asks for, and none where no view does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload

if TYPE_CHECKING:
    from django.http import HttpRequest


class AtMost(FileUploadHandler):
    """Stands before the handler that keeps the file, and breaks off what grows beyond a size.

    Args:
        request: The request.
        most: Bytes of all its files together.

    Attributes:
        exceeded: It was broken off.
    """

    def __init__(self, request: HttpRequest | None = None, most: int = 0) -> None:
        super().__init__(request)
        self._left = most
        self.exceeded = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002 Django's own signature
        self._left -= len(raw_data)
        if self._left < 0:
            self.exceeded = True
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> Any:  # noqa: ARG002 likewise
        return None
