"""A kept file as a stream of text: unzipped, or out of a workbook; never more of it than the operator allows."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from django.conf import settings

from pushcart.inventory.feed import workbook
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.feed.limits import MB, PIECE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_GZIP, _ZIP, _OLD_EXCEL = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_OTHERS = {
    b"%PDF": "It is a PDF document: save it as CSV and send that.",
    b"\x89PNG": "It is a picture: save it as CSV and send that.",
    b"\xff\xd8\xff": "It is a picture: save it as CSV and send that.",
    b"7z\xbc\xaf": "It is a 7z archive: send the file itself, or as .gz.",
    b"Rar!": "It is a rar archive: send the file itself, or as .gz.",
    b"BZh": "It is compressed with bzip2: send the file itself, or as .gz.",
    b"\xfd7zXZ": "It is compressed with xz: send the file itself, or as .gz.",
    b"\x28\xb5\x2f\xfd": "It is compressed with zstd: send the file itself, or as .gz.",
}


@contextmanager
def unpacked(file: Path) -> Iterator[BinaryIO]:
    """The text that is in it.

    Raises:
        FeedError: it is of a kind that is no feed, damaged, or holds more than is read (at once, or while it is read).
    """
    with file.open("rb") as stream:
        head = stream.read(8)
        stream.seek(0)
        for magic, sentence in _OTHERS.items():
            if head.startswith(magic):
                raise FeedError(sentence)
        if head.startswith(_GZIP):
            with _out_of_gzip(stream) as inner:
                yield inner
        elif head.startswith((_ZIP, _OLD_EXCEL)):
            with _out_of_workbook(file) as inner:
                yield inner
        else:
            yield stream


@contextmanager
def _out_of_gzip(stream: BinaryIO) -> Iterator[BinaryIO]:
    inner = io.BufferedReader(_Gunzip(stream), PIECE)
    head = inner.peek(8)[:8]
    if head.startswith(_GZIP):
        raise FeedError("It is compressed with gzip twice: do it once.")
    if not head.startswith((_ZIP, _OLD_EXCEL)):
        yield cast("BinaryIO", inner)
        return
    with tempfile.NamedTemporaryFile(dir=settings.FEEDS, suffix=".part") as plain:
        while piece := inner.read(PIECE):
            plain.write(piece)
        plain.flush()
        with _out_of_workbook(settings.FEEDS / plain.name) as text:
            yield text


class _Gunzip(io.RawIOBase):
    """What is in a .gz, piece by piece, up to the operator's limit; it may have several members, one behind another."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._given, self._rest = stream, 0, b""
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._whole = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # typeshed's name for any buffer
        try:
            piece = self._next(len(buffer))
        except zlib.error:
            raise FeedError("The .gz is damaged: what is in it can't be read.") from None
        self._given += len(piece)
        if self._given > settings.FEED_MOST_UNPACKED:
            most = settings.FEED_MOST_UNPACKED // MB
            raise FeedError(f"The .gz holds more than {most:,} MB: that is no feed, or send it in parts.")
        buffer[: len(piece)] = piece
        return len(piece)

    def _next(self, most: int) -> bytes:
        while True:
            if not self._rest:
                self._rest = self._stream.read(PIECE // 16)
            if not self._rest:
                if not self._whole:
                    raise FeedError("The file is cut off: the .gz ends before what is in it does.")
                return b""
            if self._inflate.eof:
                if not self._rest.startswith(_GZIP[:1]):
                    return b""  # padding behind the last member
                self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
            piece = self._inflate.decompress(self._rest, most)
            self._rest = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            self._whole = self._inflate.eof
            if piece:
                return piece


@contextmanager
def _out_of_workbook(file: Path) -> Iterator[BinaryIO]:
    """Its sheet as CSV, read by a process of its own whose memory and time are bounded: it can ask for any amount."""
    command = [sys.executable, "-m", workbook.__name__, str(file), str(settings.FEED_WORKBOOK_MEMORY // MB)]
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints) as reader,
    ):
        text = _Sheet(reader, complaints)
        try:
            yield cast("BinaryIO", text)
        finally:
            reader.kill()


class _Sheet:
    """The reader's output; where it failed, the end of it says why."""

    def __init__(self, reader: subprocess.Popen[bytes], complaints: BinaryIO) -> None:
        self._reader, self._complaints, self._given = reader, complaints, 0

    def read(self, most: int) -> bytes:
        assert self._reader.stdout is not None  # noqa: S101 it is a pipe
        piece = self._reader.stdout.read(most)
        self._given += len(piece)
        if self._given > settings.FEED_MOST_UNPACKED:
            raise FeedError(f"The workbook holds more than {settings.FEED_MOST_UNPACKED // MB:,} MB of text.")
        if len(piece) < most and self._reader.wait() != 0:
            self._complaints.seek(0)
            said = self._complaints.read().decode(errors="replace").strip().rpartition("\n")[2]
            told = said.removeprefix(workbook.SAYS) if said.startswith(workbook.SAYS) else workbook.TOO_MUCH
            raise FeedError(told)
        return piece
