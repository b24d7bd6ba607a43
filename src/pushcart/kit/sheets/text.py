"""The bytes of a feed as UTF-8 lines, whatever wrote them: pieces of whole lines, none larger than a few megabytes."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from pushcart.kit.sheets.errors import SheetError
from pushcart.kit.sheets.limits import LONGEST_LINE, PIECE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

SAMPLE = 65_536
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# What is no Unicode is what Windows tills write, or old ones of DOS and the Mac; the header decides.
_OF_TILLS = ("cp1252", "cp850", "mac_roman")
# Text of English letters in UTF-16 is every other byte NUL; so much of one half may be something else.
_MOST_OTHERS = 0.3


class Text:
    """A stream of lines. `head` is its beginning; iterating gives all of it, that beginning too, in UTF-8.

    Each piece ends with a line's end, but for the last of a file that has none at its own: then `ends_open` is true
    once it was given out. Any line end becomes one newline.
    """

    def __init__(self, stream: BinaryIO, understood: Callable[[str], bool]) -> None:
        """`understood` says of the beginning, decoded, whether it makes sense so."""
        self._read = stream.read
        self._first = _fill(stream)
        self._bom, self._encoding = _encoding(self._first[:SAMPLE], understood)
        self.head = _one_newline(self._first[self._bom : SAMPLE].decode(self._encoding, "replace"))
        self.ends_open = False

    def plain(self, whole: bytes) -> bytes:
        """All of it at once, where `whole` is all that its stream gave: as iterating has it, but for broken letters."""
        text = whole[self._bom :]
        if self._encoding != "utf-8":
            text = text.decode(self._encoding, "replace").encode("utf-8", "replace")
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        for piece in self._utf8():
            end = piece.rfind(b"\n") + 1
            if end:
                yield rest + piece[:end]
                rest = piece[end:]
            else:
                rest += piece
            if len(rest) > 4 * LONGEST_LINE:  # bytes of that many characters
                yield rest  # whoever counts lines says which it is
                return
        if rest:
            self.ends_open = True
            yield rest

    def _utf8(self) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self._encoding)("replace")
        piece, held = self._first[self._bom :], ""
        while piece:
            text = held + decoder.decode(piece)
            # A carriage return at the end may be half of a line's end.
            held = "\r" if text.endswith("\r") else ""
            yield _one_newline(text.removesuffix(held)).encode("utf-8", "replace")
            piece = self._read(PIECE)
        yield _one_newline(held + decoder.decode(b"", final=True)).encode("utf-8", "replace")


def _fill(stream: BinaryIO) -> bytes:
    """The first piece; pipes and sockets give it bit by bit."""
    parts, size = [], 0
    while size < SAMPLE and (part := stream.read(PIECE - size)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _one_newline(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _encoding(sample: bytes, understood: Callable[[str], bool]) -> tuple[int, str]:
    """How many bytes of mark stand in front, and the encoding."""
    for bom, encoding in _BOMS.items():
        if sample.startswith(bom):
            return len(bom), encoding
    if b"\0" in sample[:4096]:
        return 0, _wide(sample)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        fitting = (encoding for encoding in _OF_TILLS if understood(sample.decode(encoding, "replace")))
        return 0, next(fitting, _OF_TILLS[0])
    return 0, "utf-8"


def _wide(sample: bytes) -> str:
    """UTF-16 that does not say so; anything else with NUL bytes is no text."""
    even, odd = sample[0::2], sample[1::2]
    for half, other, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if half.count(0) > len(half) * (1 - _MOST_OTHERS) and other.count(0) < len(other) * 0.01:
            return encoding
    if b"\n" in sample[: sample.index(0)]:
        return "utf-8"  # text at first: the line with the NUL is named
    raise SheetError("The file is no text: it holds bytes that no CSV file has.")
