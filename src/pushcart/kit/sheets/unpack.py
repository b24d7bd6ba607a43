"""A kept file as a stream of text: unzipped, or out of a workbook; never more of it than is allowed."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

from django.conf import settings

from pushcart.kit.sheets import workbook
from pushcart.kit.sheets.errors import SheetError
from pushcart.kit.sheets.limits import MB, PIECE
from pushcart.kit.sheets.spool import spooled
from pushcart.kit.sheets.text import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pushcart.kit.sheets.header import Vocabulary

_GZIP, _ZIP, _OLD_EXCEL = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_END = workbook.END.encode()
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


def is_workbook(file: Path) -> bool:
    """Whether it is a spreadsheet's own file, which takes a program of its own to read."""
    with file.open("rb") as stream:
        return stream.read(len(_OLD_EXCEL)).startswith((_ZIP, _OLD_EXCEL))


@contextmanager
def unpacked(file: Path, vocabulary: Vocabulary, most: int) -> Iterator[BinaryIO]:
    """The text that is in it; of a workbook, the first sheet with a header, or the first that holds anything.

    Args:
        file: As it came.
        vocabulary: By which a header is known.
        most: Bytes that are read of what is packed in it.

    Raises:
        SheetError: it is of a kind that is no feed, damaged, or holds more than is read (at once, or while it is read).
    """
    with file.open("rb") as stream:
        head = stream.read(8)
        stream.seek(0)
        for magic, sentence in _OTHERS.items():
            if head.startswith(magic):
                raise SheetError(sentence)
        if head.startswith(_GZIP):
            with _out_of_gzip(stream, vocabulary, most) as inner:
                yield inner
        elif head.startswith((_ZIP, _OLD_EXCEL)):
            with _out_of_workbook(file, vocabulary, most) as inner:
                yield inner
        else:
            yield stream


@contextmanager
def _out_of_gzip(stream: BinaryIO, vocabulary: Vocabulary, most: int) -> Iterator[BinaryIO]:
    inner = io.BufferedReader(_Gunzip(stream, most), PIECE)
    head = inner.peek(8)[:8]
    if head.startswith(_GZIP):
        raise SheetError("It is compressed with gzip twice: do it once.")
    if not head.startswith((_ZIP, _OLD_EXCEL)):
        yield cast("BinaryIO", inner)
        return
    with (
        spooled(inner, most) as file,
        _out_of_workbook(file, vocabulary, most) as text,
    ):
        yield text


class _Gunzip(io.RawIOBase):
    """What is in a .gz, piece by piece, up to a limit; it may have several members, one behind another."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._most = most
        self._stream, self._given, self._rest = stream, 0, b""
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._whole = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # typeshed's name for any buffer
        try:
            piece = self._next(len(buffer))
        except zlib.error:
            raise SheetError("The .gz is damaged: what is in it can't be read.") from None
        self._given += len(piece)
        if self._given > self._most:
            raise SheetError(f"The .gz holds more than {self._most // MB:,} MB: that is no feed, or send it in parts.")
        buffer[: len(piece)] = piece
        return len(piece)

    def _next(self, most: int) -> bytes:
        while True:
            if not self._rest:
                self._rest = self._stream.read(PIECE // 16)
            if not self._rest:
                if not self._whole:
                    raise SheetError("The file is cut off: the .gz ends before what is in it does.")
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
def _out_of_workbook(file: Path, vocabulary: Vocabulary, most: int) -> Iterator[BinaryIO]:
    """Its sheet as CSV, read by a process of its own whose memory and time are bounded: it can ask for any amount."""
    command = [sys.executable, "-m", workbook.__name__, str(file), str(settings.FEED_WORKBOOK_MEMORY // MB)]
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints) as reader,
    ):
        try:
            yield cast("BinaryIO", io.BufferedReader(_Sheet(reader, complaints, vocabulary, most), PIECE))
        finally:
            reader.kill()


class _Sheet(io.RawIOBase):
    """One sheet of the reader's output; where that failed, the end of it says why."""

    def __init__(
        self, reader: subprocess.Popen[bytes], complaints: BinaryIO, vocabulary: Vocabulary, most: int
    ) -> None:
        self._most = most
        self._reader, self._complaints, self._given = reader, complaints, 0
        self._rest, self._over = b"", False
        self._names_columns = vocabulary.names_columns
        self._chosen = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # typeshed's name for any buffer
        if not self._chosen:
            self._choose()
        piece = self._next()[: len(buffer)]
        self._rest = self._rest[len(piece) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def _choose(self) -> None:
        """Passes over sheets without a header."""
        self._chosen = True
        first = b""
        while True:
            head = self._head()
            if self._names_columns(head.decode("utf-8", "replace")):
                return
            first = first or head.strip()
            while text := self._next():
                self._rest = self._rest[len(text) :]
            if not self._has_more():
                self._rest, self._over = first, True
                return

    def _head(self) -> bytes:
        while len(self._rest) < SAMPLE and _END not in self._rest and (piece := self._read()):
            self._rest += piece
        return self._rest.partition(_END)[0][:SAMPLE]

    def _next(self) -> bytes:
        """What is left of the sheet, as far as it was read; nothing at its end, or the end of what was kept of it."""
        if self._over:
            return self._rest
        if not self._rest:
            self._rest = self._read()
        text, _, _ = self._rest.partition(_END)
        return text

    def _has_more(self) -> bool:
        self._rest = self._rest.removeprefix(_END) or self._read()
        return bool(self._rest)

    def _read(self) -> bytes:
        assert self._reader.stdout is not None  # noqa: S101 it is a pipe
        piece: bytes = self._reader.stdout.read1(SAMPLE)  # type: ignore[attr-defined]  # it is buffered
        self._given += len(piece)
        if self._given > self._most:
            raise SheetError(f"The workbook holds more than {self._most // MB:,} MB of text.")
        if not piece and self._reader.wait() != 0:
            self._complaints.seek(0)
            said = self._complaints.read().decode(errors="replace").strip().rpartition("\n")[2]
            told = said.removeprefix(workbook.SAYS) if said.startswith(workbook.SAYS) else workbook.TOO_MUCH
            raise SheetError(told)
        return piece
