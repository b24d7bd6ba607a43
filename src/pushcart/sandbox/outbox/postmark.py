"""Postmark's API, as far as one mail goes: `POST /email` (its public reference: Email API)."""

from __future__ import annotations

import uuid
from email.utils import getaddresses
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pushcart.kit import clock
from pushcart.sandbox.outbox.keys import OUTBOX

if TYPE_CHECKING:
    from collections.abc import Mapping

# Postmark's own codes.
BAD_TOKEN, INVALID_MAIL, INACTIVE_RECIPIENT = 10, 300, 406
# Whoever lives here has bounced before: the double's own convention.
BOUNCES = "@bounce.example"
_INACTIVE = (
    "You tried to send to recipient(s) that have been marked as inactive.\nFound inactive addresses: {}.\n"
    "Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression."
)


async def send(request: web.Request) -> web.Response:
    """Takes one mail; 401 without a server token, 422 where Postmark would refuse it."""
    if not request.headers.get("X-Postmark-Server-Token"):
        return _refusal(401, BAD_TOKEN, "No Account or Server API tokens were supplied in the HTTP headers.")
    mail: Mapping[str, Any] = await request.json()
    recipients = [address for _, address in getaddresses([mail.get("To", "")])]
    if not recipients or not mail.get("From") or not (mail.get("TextBody") or mail.get("HtmlBody")):
        return _refusal(422, INVALID_MAIL, "A mail needs From, To and a body.")
    bounced = [address for address in recipients if address.endswith(BOUNCES)]
    if bounced:
        return _refusal(422, INACTIVE_RECIPIENT, _INACTIVE.format(", ".join(bounced)))
    letter = request.app[OUTBOX].add(
        id=str(uuid.uuid4()),
        channel="mail",
        at=clock.now().isoformat(timespec="milliseconds"),
        sender=mail["From"],
        recipient=", ".join(recipients),
        subject=mail.get("Subject", ""),
        text=mail.get("TextBody") or mail["HtmlBody"],
    )
    return web.json_response(
        {"To": mail["To"], "SubmittedAt": letter.at, "MessageID": letter.id, "ErrorCode": 0, "Message": "OK"}
    )


def _refusal(status: int, code: int, message: str) -> web.Response:
    return web.json_response({"ErrorCode": code, "Message": message}, status=status)
