"""Twilio's Messages resource, as far as one SMS goes (its public reference: Create a Message)."""

from __future__ import annotations

import secrets
from datetime import UTC
from email.utils import format_datetime
from typing import Any

from aiohttp import BasicAuth, hdrs, web

from pushcart.kit import clock
from pushcart.sandbox.outbox.keys import OUTBOX

# Twilio's own codes, and its own test number that is invalid.
UNAUTHENTICATED, NO_TO, INVALID_TO = 20003, 21604, 21211
INVALID_NUMBER = "+15005550001"
LONGEST = 1600


async def send(request: web.Request) -> web.Response:
    """Takes one SMS; 401 where the account's name and token do not come with it, 400 where Twilio would refuse it."""
    account = request.match_info["account"]
    if not _is(account, request.headers.get(hdrs.AUTHORIZATION, "")):
        return _refusal(401, UNAUTHENTICATED, "Authenticate")
    said = await request.post()
    to, text, sender = (str(said.get(name, "")) for name in ("To", "Body", "From"))
    if not to:
        return _refusal(400, NO_TO, "A 'To' phone number is required.")
    if to == INVALID_NUMBER or not (to.startswith("+") and to[1:].isdigit()):
        return _refusal(400, INVALID_TO, f"Invalid 'To' Phone Number: {to}")
    letter = request.app[OUTBOX].add(
        id=f"SM{secrets.token_hex(16)}",
        channel="sms",
        at=clock.now().isoformat(timespec="milliseconds"),
        sender=sender,
        recipient=to,
        subject="",
        text=text[:LONGEST],
    )
    return web.json_response(_message(account, letter.id, to, sender, text), status=201)


def _is(account: str, authorization: str) -> bool:
    try:
        return bool(BasicAuth.decode(authorization).login == account)
    except ValueError:
        return False


def _message(account: str, sid: str, to: str, sender: str, text: str) -> dict[str, Any]:
    at = format_datetime(clock.now().astimezone(UTC))
    uri = f"/2010-04-01/Accounts/{account}/Messages/{sid}"
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": text,
        "date_created": at,
        "date_sent": None,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": sid,
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": to,
        "uri": f"{uri}.json",
    }


def _refusal(status: int, code: int, message: str) -> web.Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return web.json_response({"code": code, "message": message, "more_info": more, "status": status}, status=status)
