"""Files of others on the disk, in the state folder, where nobody but their reader may look."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

from pushcart.kit.sheets.errors import SheetError
from pushcart.kit.sheets.limits import MB

if TYPE_CHECKING:
    from collections.abc import Iterator


class Readable(Protocol):
    """A file, a pipe, a request: gives its next bytes, at most so many; none at its end."""

    def read(self, most: int, /) -> bytes: ...


def folder() -> Path:
    """Made where it is missing; its owner alone may look in."""
    settings.FEEDS.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(settings.FEEDS)


@contextmanager
def spooled(stream: Readable, most: int) -> Iterator[Path]:
    """The stream as a file, as long as it is open.

    Raises:
        SheetError: it holds more than `most` bytes.
    """
    with tempfile.NamedTemporaryFile(dir=folder(), suffix=".part") as plain:
        size = 0
        while piece := stream.read(MB):
            size += len(piece)
            if size > most:
                raise SheetError(f"The file is larger than {most // MB:,} MB: send it in parts.")
            plain.write(piece)
        plain.flush()
        yield Path(plain.name)
