"""The doubles of the mail and SMS providers, met by the providers' own client libraries."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import httpx
import pytest
from anymail.exceptions import AnymailRecipientsRefused
from django.core.mail import EmailMessage, get_connection
from twilio.base.exceptions import TwilioRestException

from pushcart.notifications.sms import send_sms


@pytest.fixture(scope="module")
def outbox(tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    state = tmp_path_factory.mktemp("outbox")
    command = [sys.executable, "-m", "pushcart.sandbox.outbox", "--port", str(port), "--state", str(state)]
    program = subprocess.Popen(command)
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            httpx.get(f"{url}/letters")
            break
        except httpx.TransportError:
            time.sleep(0.05)
    yield url
    program.terminate()
    program.wait(10)


@pytest.fixture
def providers(outbox, settings):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "POSTMARK_API_URL": f"{outbox}/postmark/"}
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "ACtest", "secret"
    settings.TWILIO_API_BASE, settings.TWILIO_FROM = f"{outbox}/twilio", "+15005550006"
    return outbox


def letters(outbox: str) -> list[dict[str, str]]:
    return httpx.get(f"{outbox}/letters").json()


def mail(to: str) -> EmailMessage:
    return EmailMessage(
        "Your order", "It is with the store.", "orders@pushcart.example", [to], connection=get_connection()
    )


def test_it_takes_a_mail_as_postmark_does(providers):
    message = mail("ada@shopper.example")
    assert message.send() == 1
    last = letters(providers)[-1]
    assert message.anymail_status.message_id == last["id"]
    assert (last["channel"], last["recipient"], last["subject"], last["text"], last["sender"]) == (
        "mail",
        "ada@shopper.example",
        "Your order",
        "It is with the store.",
        "orders@pushcart.example",
    )


def test_it_refuses_a_mail_to_who_bounced(providers):
    before = letters(providers)
    with pytest.raises(AnymailRecipientsRefused):
        mail("gone@bounce.example").send()
    assert letters(providers) == before


def test_it_takes_an_sms_as_twilio_does(providers):
    sid = send_sms("+15125550123", "Your order is with the store.")
    last = letters(providers)[-1]
    assert sid == last["id"]
    assert (last["channel"], last["recipient"], last["text"], last["sender"]) == (
        "sms",
        "+15125550123",
        "Your order is with the store.",
        "+15005550006",
    )


@pytest.mark.parametrize("number", ["+15005550001", "12", "+1abc"])
def test_it_refuses_a_number_that_is_none(providers, number):
    before = letters(providers)
    with pytest.raises(TwilioRestException) as refused:
        send_sms(number, "Hello")
    assert (refused.value.status, refused.value.code) == (400, 21211)
    assert letters(providers) == before


def test_it_shows_what_was_sent_to_people(providers):
    send_sms("+15125550123", "Is <b> safe?")
    assert "Is &lt;b&gt; safe?" in httpx.get(providers).text
