"""Fetching a file from an address that a stranger named.

The address guard is asked about the very address that is connected to (`kit.addresses`); no redirect is followed, and
an answer that is too large or too slow is cut off.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import certifi
import pycurl  # type: ignore[import-untyped]  # its own hints are not marked as such

from pushcart.kit.addresses import TargetRefusedError, check_target, may_connect

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS = 10
# Slower than this for a minute is not sending, whatever the size.
_LEAST_BYTES_A_SECOND, _SLOW_SECONDS = 1_000, 60
_OK, _NOT_MODIFIED, _REDIRECTS, _UNAUTHORIZED = 200, 304, range(300, 400), (401, 403)

_WORDS = {
    pycurl.E_COULDNT_RESOLVE_HOST: "Its name is not known.",
    pycurl.E_COULDNT_CONNECT: "It takes no connection.",
    pycurl.E_OPERATION_TIMEDOUT: "It took too long.",
    pycurl.E_PARTIAL_FILE: "The connection broke before the end of the file.",
    pycurl.E_GOT_NOTHING: "It hung up without an answer.",
    pycurl.E_RECV_ERROR: "The connection broke.",
    pycurl.E_SEND_ERROR: "The connection broke.",
    pycurl.E_PEER_FAILED_VERIFICATION: "Its certificate is not right.",
    pycurl.E_SSL_CONNECT_ERROR: "It speaks no TLS that we do.",
}


class FetchError(Exception):
    """Nothing usable came; the message is a sentence for the address's owner."""


@dataclass
class Fetched:
    """What came.

    Attributes:
        modified: False: it is as it was at the last time (304); nothing was written.
        etag, last_modified: For the next time; "": none.
        size: Bytes written.
    """

    modified: bool
    etag: str = ""
    last_modified: str = ""
    size: int = 0


@dataclass
class _Answer:
    into: BinaryIO
    most_bytes: int
    allow: frozenset[str]
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 0
    blocked: str = ""
    status: int = 0
    opened: list[socket.socket] = field(default_factory=list)

    def take_header(self, line: bytes) -> None:
        text = line.decode("latin-1").strip()
        if text.startswith("HTTP/"):
            self.headers, self.status = {}, int(text.split()[1])
        elif ":" in text:
            name, value = text.split(":", 1)
            self.headers[name.lower()] = value.strip()

    def take(self, data: bytes) -> int | None:
        if self.status != _OK:  # an error's page is not the file
            return None
        self.size += len(data)
        if self.size > self.most_bytes:
            return 0
        self.into.write(data)
        return None

    def open(self, _purpose: int, address: Any) -> Any:
        family, kind, protocol, place = address
        if not may_connect(place[0], self.allow):
            self.blocked = place[0]
            return pycurl.SOCKET_BAD
        # libcurl gets a duplicate of what is returned.
        self.opened.append(socket.socket(family, kind, protocol))
        return self.opened[-1]


def fetch(
    url: str,
    into: BinaryIO,
    *,
    allow: frozenset[str],
    most_bytes: int,
    seconds: int,
    headers: Mapping[str, str] | None = None,
    credentials: str = "",
) -> Fetched:
    """Writes what stands at `url` into a file.

    Args:
        url: Of https, unless the operator allows more.
        into: Open for bytes; what a broken transfer has written so far stays in it.
        allow: What the operator allows besides https on port 443 of public hosts: "http", "any-port", "loopback".
        most_bytes: Of the file; more is refused.
        seconds: For the whole of it.
        headers: `If-None-Match` and the like.
        credentials: `user:password` for HTTP's own authentication; "": none.

    Raises:
        FetchError: refused, unreachable, broken off, too large, or another answer than the file.
    """
    try:
        check_target(url, allow)
    except TargetRefusedError as refused:
        raise FetchError(str(refused)) from None
    answer = _Answer(into, most_bytes, allow)
    curl = _handle(url, answer, seconds)
    curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in (headers or {}).items()])
    if credentials:
        curl.setopt(pycurl.USERPWD, credentials)
    try:
        curl.perform()
    except pycurl.error as error:
        raise FetchError(_why(error.args[0], answer)) from None
    finally:
        curl.close()
        for opened in answer.opened:
            opened.close()
    return _read(answer)


def _handle(url: str, answer: _Answer, seconds: int) -> Any:
    curl = pycurl.Curl()
    options: dict[int, Any] = {
        pycurl.URL: url,
        pycurl.CONNECTTIMEOUT: CONNECT_SECONDS,
        pycurl.TIMEOUT: seconds,
        pycurl.LOW_SPEED_LIMIT: _LEAST_BYTES_A_SECOND,
        pycurl.LOW_SPEED_TIME: _SLOW_SECONDS,
        pycurl.FOLLOWLOCATION: 0,
        pycurl.NOSIGNAL: 1,
        # An environment's proxy would connect for us, out of the guard's sight.
        pycurl.PROXY: "",
        pycurl.NOPROXY: "*",
        pycurl.NETRC: pycurl.NETRC_IGNORED,
        pycurl.CAINFO: ssl.get_default_verify_paths().cafile or certifi.where(),
        pycurl.USERAGENT: "PushCart",
        pycurl.WRITEFUNCTION: answer.take,
        pycurl.HEADERFUNCTION: answer.take_header,
        pycurl.OPENSOCKETFUNCTION: answer.open,
    }
    for option, value in options.items():
        curl.setopt(option, value)
    return curl


def _why(code: int, answer: _Answer) -> str:
    if answer.blocked:
        return f"It leads to {answer.blocked}, which is not on the public internet."
    if answer.size > answer.most_bytes:
        return f"The file is larger than {answer.most_bytes // 1_000_000:,} MB."
    return _WORDS.get(code, f"The transfer failed (libcurl's error {code}).")


def _read(answer: _Answer) -> Fetched:
    if answer.status == _NOT_MODIFIED:
        return Fetched(modified=False)
    if answer.status in _REDIRECTS:
        raise FetchError(f"It redirects to {answer.headers.get('location', 'nowhere')}: enter that address instead.")
    if answer.status in _UNAUTHORIZED:
        raise FetchError(f"It answers {answer.status}: the user or the password is not right.")
    if answer.status != _OK:
        raise FetchError(f"It answers {answer.status}.")
    return Fetched(
        modified=True,
        etag=answer.headers.get("etag", ""),
        last_modified=answer.headers.get("last-modified", ""),
        size=answer.size,
    )
