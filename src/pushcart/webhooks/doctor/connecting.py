"""Probes below HTTP: a connection that is slow, and what TLS shows."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pushcart.kit.addresses import TargetRefusedError, check_target, may_connect
from pushcart.webhooks import by_hand
from pushcart.webhooks.doctor.findings import Finding, Verdict, said, took
from pushcart.webhooks.doctor.sample import Sample

if TYPE_CHECKING:
    from pushcart.webhooks.doctor.probes import Visit
    from pushcart.webhooks.engine.prepare import Parcel

SLOW_SECONDS = 3.0
_PIECES = 20
_ANSWER_SECONDS = 15.0
_EXPIRES_SOON = timedelta(days=14)
_OLD_TLS = ("TLSv1", "TLSv1.1")


async def slow_client(visit: Visit, allow: frozenset[str]) -> Finding:
    """Sends one push in small pieces, and another meanwhile."""
    should = "take other pushes meanwhile, and answer when the body is whole, or hang up after a while"
    made = by_hand.parcel(visit.receiver, Sample.new().letter("ordered", 1))
    alone = await visit.push(Sample.new().letter("ordered", 1))
    try:
        slowly = asyncio.create_task(_send_slowly(made, visit.receiver.url, allow))
        await asyncio.sleep(SLOW_SECONDS / 3)
        meanwhile = await visit.push(Sample.new().letter("ordered", 1))
        status = await slowly
    except OSError as error:
        return Finding("slow client", Verdict.BAD, f"can't be connected to: {error}", should)
    if meanwhile.error:
        did = f"held up others: another push {said(meanwhile)}"
        return Finding("slow client", Verdict.BAD, did, should, took(meanwhile))
    if took(meanwhile) > took(alone) + SLOW_SECONDS * 1000 / 3:
        did = "left another push waiting until this one was through"
        return Finding("slow client", Verdict.BAD, did, should, took(meanwhile))
    if status is None:
        return Finding("slow client", Verdict.BAD, "never answered, and held the connection", should)
    did = f"took another push meanwhile, then {f'answered {status}' if status else 'hung up'}"
    return Finding("slow client", Verdict.GOOD, did, should, took(meanwhile))


async def tls(url: str, allow: frozenset[str]) -> Finding:
    should = "serve https with a certificate that everybody trusts, TLS 1.2 or newer, renewed in time"
    if urlsplit(url).scheme != "https":
        return Finding("TLS", Verdict.WARNING, "has none: fit for a developer's machine only", should)
    try:
        _, writer = await _open(url, allow)
    except (OSError, ssl.SSLError) as error:
        return Finding("TLS", Verdict.BAD, f"can't be spoken to: {error}", should)
    shown, version = writer.get_extra_info("peercert"), writer.get_extra_info("ssl_object").version()
    await _hang_up(writer)
    return _judged(shown, version, should)


def _judged(shown: dict[str, Any], version: str, should: str) -> Finding:
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
    issuer = dict(pair for part in shown["issuer"] for pair in part)
    did = f"speaks {version}; its certificate by {issuer.get('organizationName', 'nobody named')} ends {until:%Y-%m-%d}"
    soon = until - datetime.now(UTC) < _EXPIRES_SOON
    return Finding("TLS", Verdict.WARNING if soon or version in _OLD_TLS else Verdict.GOOD, did, should)


async def _send_slowly(made: Parcel, url: str, allow: frozenset[str]) -> int | None:
    """The status of the answer; 0: it hung up; None: nothing came."""
    reader, writer = await _open(url, allow)
    try:
        for piece in _pieces(_raw(made, url)):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(SLOW_SECONDS / _PIECES)
        line = await asyncio.wait_for(reader.readline(), _ANSWER_SECONDS)
    except TimeoutError:
        return None
    except ConnectionError:
        return 0
    finally:
        await _hang_up(writer)
    words = line.split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0


def _raw(made: Parcel, url: str) -> bytes:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    own = [f"Host: {parts.netloc}", f"Content-Length: {len(made.body)}", "Connection: close"]
    headers = [header for header in (*made.target.headers, *made.headers) if not header.endswith(":")]
    return "\r\n".join((f"{made.verb} {path} HTTP/1.1", *own, *headers, "", "")).encode() + made.body


def _pieces(raw: bytes) -> list[bytes]:
    size = -(-len(raw) // _PIECES)
    return [raw[start : start + size] for start in range(0, len(raw), size)]


async def _open(url: str, allow: frozenset[str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the very address that the guard let pass.

    Raises:
        OSError: it can't be connected to, or is refused by the guard.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = await _allowed_address(url, parts.hostname or "", port, allow)
    with_tls: dict[str, Any] = (
        {"ssl": ssl.create_default_context(), "server_hostname": parts.hostname} if secure else {}
    )
    return await asyncio.wait_for(asyncio.open_connection(address, port, **with_tls), 5)


async def _allowed_address(url: str, host: str, port: int, allow: frozenset[str]) -> str:
    try:
        check_target(url, allow)
    except TargetRefusedError as refused:
        raise OSError(str(refused)) from None
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, place in found:
        if may_connect(str(place[0]), allow):
            return str(place[0])
    raise OSError("none of its addresses is on the public internet")


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
