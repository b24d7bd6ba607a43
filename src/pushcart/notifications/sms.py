"""SMS by Twilio's own SDK."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

_TIMEOUT = 15  # seconds
_TWILIO = "https://api.twilio.com"


class _Elsewhere(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's client, sent to another address than Twilio's: it has no setting for a whole base address."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=_TIMEOUT)
        self._base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, url.replace(_TWILIO, self._base, 1), *args, **kwargs)


def send_sms(number: str, text: str) -> str:
    """Sends a text and returns Twilio's id of it.

    Raises:
        TwilioRestException: Twilio refused it; its `status` says whether asking again could help.
    """
    message = _client(
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_API_BASE
    ).messages.create(to=number, from_=settings.TWILIO_FROM, body=text)
    return str(message.sid)


@lru_cache
def _client(account: str, token: str, base: str) -> Client:
    return Client(account, token, http_client=_Elsewhere(base) if base else TwilioHttpClient(timeout=_TIMEOUT))
