"""The doubles of the mail and SMS outbox, met by the outbox' own client libraries."""

from __future__ import annotations

import httpx
import pytest
from anymail.exceptions import AnymailRecipientsRefused
from django.core.mail import EmailMessage, get_connection
from twilio.base.exceptions import TwilioRestException

from pushcart.notifications.sms import send_sms


def mail(to: str) -> EmailMessage:
    return EmailMessage(
        "Your order", "It is with the store.", "orders@pushcart.example", [to], connection=get_connection()
    )


def test_it_takes_a_mail_as_postmark_does(outbox):
    message = mail("ada@shopper.example")
    assert message.send() == 1
    last = outbox.letters()[-1]
    assert message.anymail_status.message_id == last["id"]
    assert (last["channel"], last["recipient"], last["subject"], last["text"], last["sender"]) == (
        "mail",
        "ada@shopper.example",
        "Your order",
        "It is with the store.",
        "orders@pushcart.example",
    )


def test_it_refuses_a_mail_to_who_bounced(outbox):
    before = outbox.letters()
    with pytest.raises(AnymailRecipientsRefused):
        mail("gone@bounce.example").send()
    assert outbox.letters() == before


def test_it_takes_an_sms_as_twilio_does(outbox):
    sid = send_sms("+15125550123", "Your order is with the store.")
    last = outbox.letters()[-1]
    assert sid == last["id"]
    assert (last["channel"], last["recipient"], last["text"], last["sender"]) == (
        "sms",
        "+15125550123",
        "Your order is with the store.",
        "+15005550006",
    )


@pytest.mark.parametrize("number", ["+15005550001", "12", "+1abc"])
def test_it_refuses_a_number_that_is_none(outbox, number):
    before = outbox.letters()
    with pytest.raises(TwilioRestException) as refused:
        send_sms(number, "Hello")
    assert (refused.value.status, refused.value.code) == (400, 21211)
    assert outbox.letters() == before


def test_it_shows_what_was_sent_to_people(outbox):
    send_sms("+15125550123", "Is <b> safe?")
    assert "Is &lt;b&gt; safe?" in httpx.get(outbox.url).text
