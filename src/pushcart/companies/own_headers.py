"""Headers of an endpoint's owner's own, such as `Authorization`: what may stand in them, and how they are kept."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pushcart.companies.errors import CompanyError
from pushcart.kit import crypto

if TYPE_CHECKING:
    from collections.abc import Mapping

USE = "webhook-headers"
MOST = 20
LONGEST_NAME = 60
LONGEST_VALUE = 2_000
LONGEST_IN_ALL = 8_000

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
# Ours, and those that belong to the connection and not to the message (RFC 9110, 7.6.1).
_TAKEN = frozenset(
    (
        *("content-type", "content-length", "content-encoding", "user-agent", "host", "expect", "date"),
        *("locally-webhook-token", "traceparent", "tracestate"),
        *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
        *("proxy-authenticate", "proxy-authorization", "http2-settings", "accept-encoding", "range"),
    )
)
_OUR_FAMILIES = ("webhook-", "pushcart-", "proxy-", "sec-")


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuses what can't be sent, or would say something else than we do.

    Raises:
        CompanyError: too many or too long, not a header's name, a name that is ours or the connection's, a line break.
    """
    if len(headers) > MOST:
        raise CompanyError("headers", f"There may be {MOST} headers; these are {len(headers)}.")
    if sum(len(name) + len(value) for name, value in headers.items()) > LONGEST_IN_ALL:
        raise CompanyError("headers", f"The headers may take {LONGEST_IN_ALL:,} characters in all.")
    seen: set[str] = set()
    for name, value in headers.items():
        _check(name, value)
        if name.lower() in seen:
            raise CompanyError("headers", f"{name} stands there twice: letter case makes no difference.")
        seen.add(name.lower())


def seal_headers(headers: Mapping[str, str]) -> str:
    """For the endpoint's row; "" where there are none."""
    return crypto.seal(json.dumps(dict(headers)), use=USE) if headers else ""


def open_headers(sealed: str) -> dict[str, str]:
    """The headers again.

    Raises:
        SealBrokenError: this installation has not the key that they were sealed with.
    """
    opened: dict[str, str] = json.loads(crypto.unseal(sealed, use=USE)) if sealed else {}
    return opened


def _check(name: str, value: str) -> None:
    if not _TOKEN.fullmatch(name) or len(name) > LONGEST_NAME:
        raise CompanyError("headers", f"{name[:LONGEST_NAME]!r} is not the name of a header.")
    if name.lower() in _TAKEN or name.lower().startswith(_OUR_FAMILIES):
        raise CompanyError("headers", f"{name} is PushCart's own, or the connection's, and can't be set.")
    if not _VALUE.fullmatch(value):
        raise CompanyError(
            "headers", f"The value of {name} must be one line of printable ASCII, without spaces at its ends."
        )
    if len(value) > LONGEST_VALUE:
        raise CompanyError("headers", f"The value of {name} may have {LONGEST_VALUE:,} characters.")
