"""The fourth stage: requests on the wire, by libcurl's multi interface on kept connections.

The address guard is asked about the very address that each new connection is opened to, so a name that is resolved anew
between a check and the call gets nobody past it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import certifi
import pycurl  # type: ignore[import-untyped]  # its own hints are not marked as such

from pushcart.kit import clock
from pushcart.kit.addresses import TargetRefusedError, check_target, may_connect
from pushcart.webhooks.engine.transfers import Transfers
from pushcart.webhooks.schedule import LONGEST_RETRY_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pushcart.webhooks.engine.prepare import Parcel
    from pushcart.webhooks.engine.targets import Tls

CONNECT_SECONDS = 5
TOTAL_SECONDS = 15
# After so many no answer comes any more: what became of the request is a riddle, and it is made again.
LOST_AFTER = 2 * TOTAL_SECONDS
# Of an answer this much is kept, and this much is read before we hang up.
KEPT_BYTES = 20_000
READ_BYTES = 256_000
_CONNECTION_SECONDS = 300
_LONGEST_WAIT = int(LONGEST_RETRY_AFTER.total_seconds())

_WORDS = {
    pycurl.E_COULDNT_RESOLVE_HOST: "dns",
    pycurl.E_COULDNT_CONNECT: "connect",
    pycurl.E_OPERATION_TIMEDOUT: "timeout",
    pycurl.E_SSL_CONNECT_ERROR: "tls",
    pycurl.E_PEER_FAILED_VERIFICATION: "tls",
    pycurl.E_SSL_CERTPROBLEM: "tls",
    pycurl.E_SSL_CIPHER: "tls",
    pycurl.E_SSL_ISSUER_ERROR: "tls",
    pycurl.E_URL_MALFORMAT: "url",
    pycurl.E_GOT_NOTHING: "closed",
    pycurl.E_RECV_ERROR: "closed",
    pycurl.E_SEND_ERROR: "closed",
    pycurl.E_PARTIAL_FILE: "closed",
    pycurl.E_UNSUPPORTED_PROTOCOL: "not_http",
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "not_http",
    pycurl.E_HTTP2: "not_http",
    92: "not_http",  # CURLE_HTTP2_STREAM
    100: "too_large",  # CURLE_TOO_LARGE: one line of the answer's head
}
# libcurl says "could not be received" of all of these, and its sentence which. By TLS 1.3 an endpoint refuses our
# certificate only when the request was written already.
_RECEIVED = {" alert ": "tls", "Too large": "too_large", "chunk": "not_http"}


@dataclass(slots=True)
class Answer:
    """What came of one request. Times are microseconds from its start; 0: there was no such phase."""

    at: datetime  # when it began, in business time
    status: int  # of HTTP; 0: none came
    error: str  # "": delivered
    text: str  # the beginning of the answer's body
    address: str
    retry_after: int  # seconds that the endpoint asked for; 0: it didn't
    dns_us: int = 0
    connect_us: int = 0
    tls_us: int = 0
    first_byte_us: int = 0
    total_us: int = 0


class Sender:
    """Sends parcels on the running event loop.

    Args:
        allow: What the operator allows besides public https: "http", "any-port", "loopback".
        connections: The most that are open at a time.
        authorities: A file of PEM that endpoints' certificates come from; "": the system's.
    """

    def __init__(self, allow: frozenset[str], *, connections: int, authorities: str = "") -> None:
        self._allow = allow
        self._authorities = authorities or _certificates()
        self._transfers = Transfers(connections)
        # What a handle shows and trusts stays with it: libcurl shares no connection between different ones.
        # With a certificate that no endpoint has any more go its handles, and its key.
        self._idle: WeakKeyDictionary[Tls, list[_Call]] = WeakKeyDictionary()
        self._plain: list[_Call] = []

    def send(self, parcel: Parcel, then: Callable[[Parcel, Answer], None]) -> None:
        """Starts a request; `then` is called on the loop with its answer, whatever came of it."""
        if refusal := _refusal(parcel.target.url, self._allow):
            answer = Answer(clock.now(), 0, "blocked_address", refusal, "", 0)
            asyncio.get_running_loop().call_soon(then, parcel, answer)
            return
        tls = parcel.target.tls
        idle = self._plain if tls is None else self._idle.setdefault(tls, [])
        call = idle.pop() if idle else _Call(self._allow, self._authorities, tls)

        def done(code: int) -> None:
            answer = call.answer(code)
            idle.append(call)
            then(parcel, answer)

        call.load(parcel)
        self._transfers.start(call.curl, done)

    def close(self) -> None:
        """Hangs up; what is on the way stays unanswered."""
        self._transfers.close()
        for call in chain(self._plain, *self._idle.values()):
            call.curl.close()


@lru_cache(maxsize=10_000)
def _refusal(url: str, allow: frozenset[str]) -> str:
    """Why a URL is not called; "": it is."""
    try:
        check_target(url, allow)
    except TargetRefusedError as refused:
        return str(refused)
    return ""


class _Call:
    """One of libcurl's handles, used again and again."""

    def __init__(self, allow: frozenset[str], authorities: str, tls: Tls | None) -> None:
        self._allow = allow
        self._text = bytearray()
        self._read = 0
        self._blocked = False
        self._at = clock.now()
        self._url = self._verb = ""
        self.curl = curl = pycurl.Curl()
        for option, value in _OPTIONS.items():
            curl.setopt(option, value)
        curl.setopt(pycurl.CAINFO, authorities)
        if tls is not None:
            self._secure(tls)
        curl.setopt(pycurl.WRITEFUNCTION, self._take)
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open)

    def _secure(self, tls: Tls) -> None:
        if tls.authorities:
            self.curl.setopt(pycurl.CAINFO_BLOB, tls.authorities)
        if tls.certificate:
            self.curl.setopt(pycurl.SSLCERTTYPE, "PEM")
            self.curl.setopt(pycurl.SSLCERT_BLOB, tls.certificate)
            self.curl.setopt(pycurl.SSLKEYTYPE, "PEM")
            self.curl.setopt(pycurl.SSLKEY_BLOB, tls.key)

    def load(self, parcel: Parcel) -> None:
        self._text.clear()
        self._read = 0
        self._blocked = False
        self._at = clock.now()
        target = parcel.target
        if target.url != self._url:
            self.curl.setopt(pycurl.URL, target.url)
            self._url = target.url
        if parcel.verb != self._verb:
            self.curl.setopt(pycurl.CUSTOMREQUEST, parcel.verb)
            self._verb = parcel.verb
        self.curl.setopt(pycurl.HTTPHEADER, [*target.headers, *parcel.headers])
        self.curl.setopt(pycurl.POSTFIELDS, parcel.body)

    def answer(self, code: int) -> Answer:
        curl = self.curl
        status = curl.getinfo(pycurl.RESPONSE_CODE)
        return Answer(
            at=self._at,
            status=status,
            error=self._word(code, status),
            text=self._text.decode(errors="replace").replace("\x00", "\ufffd") if self._text else "",
            address=curl.getinfo(pycurl.PRIMARY_IP),
            # Any number may stand there.
            retry_after=min(curl.getinfo(pycurl.RETRY_AFTER), _LONGEST_WAIT) if status >= 300 else 0,  # noqa: PLR2004 beyond 2xx
            dns_us=_microseconds(curl.getinfo(pycurl.NAMELOOKUP_TIME)),
            connect_us=_microseconds(curl.getinfo(pycurl.CONNECT_TIME)),
            tls_us=_microseconds(curl.getinfo(pycurl.APPCONNECT_TIME)),
            first_byte_us=_microseconds(curl.getinfo(pycurl.STARTTRANSFER_TIME)),
            total_us=_microseconds(curl.getinfo(pycurl.TOTAL_TIME)),
        )

    def _word(self, code: int, status: int) -> str:
        """Hanging up on an endless answer is no failure of the endpoint's: it had said 2xx by then.

        Where a name leads to several addresses, libcurl goes on to the next when we refuse one. What counts is the one
        that answered, and no other was called; the word is `blocked_address` where nothing could be connected to.
        """
        if self._blocked and code == pycurl.E_COULDNT_CONNECT:
            return "blocked_address"
        if code == pycurl.E_OK or (code == pycurl.E_WRITE_ERROR and self._read > READ_BYTES):
            return "" if 200 <= status < 300 else f"http_{status}"  # noqa: PLR2004 2xx
        if code == pycurl.E_RECV_ERROR:
            said = self.curl.errstr()
            return next((word for part, word in _RECEIVED.items() if part in said), "closed")
        return _WORDS.get(code, f"curl_{code}")

    def _take(self, data: bytes) -> int | None:
        self._read += len(data)
        if len(self._text) < KEPT_BYTES:
            self._text += data[: KEPT_BYTES - len(self._text)]
        return 0 if self._read > READ_BYTES else None

    def _open(self, _purpose: int, address: Any) -> Any:
        family, kind, protocol, place = address
        if not may_connect(place[0], self._allow):
            self._blocked = True
            return pycurl.SOCKET_BAD
        opened = socket.socket(family, kind, protocol)
        # libcurl gets a duplicate of what is returned.
        asyncio.get_running_loop().call_soon(opened.close)
        return opened


_OPTIONS: dict[int, Any] = {
    pycurl.POST: 1,
    pycurl.CONNECTTIMEOUT: CONNECT_SECONDS,
    pycurl.TIMEOUT: TOTAL_SECONDS,
    pycurl.FOLLOWLOCATION: 0,
    pycurl.NOSIGNAL: 1,
    pycurl.TCP_NODELAY: 1,
    # An environment's proxy would connect for us, out of the guard's sight.
    pycurl.PROXY: "",
    pycurl.NOPROXY: "*",
    pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_2TLS,
    pycurl.PIPEWAIT: 1,
    # A kept connection still leads to the address that was checked, but not for ever.
    pycurl.MAXLIFETIME_CONN: _CONNECTION_SECONDS,
    pycurl.NETRC: pycurl.NETRC_IGNORED,
}


@cache
def _certificates() -> str:
    """The system's certificates, else those of the certifi package."""
    return ssl.get_default_verify_paths().cafile or certifi.where()


def _microseconds(seconds: float) -> int:
    return int(seconds * 1_000_000)
