"""Sending one notice by its provider."""

from __future__ import annotations

import structlog
from anymail.exceptions import AnymailRecipientsRefused
from django.core.mail import EmailMessage
from twilio.base.exceptions import TwilioRestException

from pushcart.kit import clock
from pushcart.kit.states import StaleStateError, transition
from pushcart.notifications.models import Notice
from pushcart.notifications.sms import send_sms
from pushcart.notifications.states import NOTICE

_log = structlog.get_logger()
_CLIENT_ERROR, _TOO_MANY, _SERVER_ERROR = 400, 429, 500


def send(notice_id: int, *, last: bool = False) -> Notice:
    """Sends a notice that is queued; one that went out already is left alone. `last`: there will be no other try.

    A process that dies between the provider's answer and ours sends it again: a word twice is better than none.

    Raises:
        Exception: the provider could not be reached, or is in trouble: the job tries again.
    """
    notice = Notice.objects.get(pk=notice_id)
    if notice.state != NOTICE.initial:
        return notice
    notice.attempts += 1
    notice.save(update_fields=["attempts"])
    try:
        provider_id = (
            _mail(notice) if notice.channel == Notice.Channel.MAIL else send_sms(notice.recipient, notice.text)
        )
    except Exception as error:
        final = _is_final(error)
        if final or last:
            _finish(notice, "failed", error=str(error)[:300])
        if not final:
            raise
    else:
        _finish(notice, "sent", provider_id=provider_id, sent_at=clock.now())
    return notice


def _mail(notice: Notice) -> str:
    message = EmailMessage(notice.subject, notice.text, to=[notice.recipient])
    message.send()
    status = getattr(message, "anymail_status", None)
    return str(status.message_id or "") if status is not None else ""


def _is_final(error: Exception) -> bool:
    """Whether asking again would bring the same no: a number that is none, an address that is refused."""
    if isinstance(error, TwilioRestException):
        return _CLIENT_ERROR <= int(error.status) < _SERVER_ERROR and error.status != _TOO_MANY
    return isinstance(error, AnymailRecipientsRefused)


def _finish(notice: Notice, state: str, **also: object) -> None:
    try:
        transition(notice, NOTICE, state, field="state", **also)
    except StaleStateError:
        _log.info("notice.sent_twice", notice=notice.pk)
