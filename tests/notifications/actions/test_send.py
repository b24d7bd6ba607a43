"""Sending through the providers' own SDKs, against their double."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from anymail.exceptions import AnymailAPIError, AnymailRequestsAPIError
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job
from twilio.base.exceptions import TwilioRestException

from pushcart.notifications import jobs
from pushcart.notifications.actions.send import send
from pushcart.notifications.actions.write import write
from pushcart.notifications.letters import Letter
from pushcart.notifications.models import Notice
from tests import network

pytestmark = pytest.mark.django_db
ADA, PHONE = "ada@shopper.example", "+15125550123"


@pytest.fixture
def written():
    """Writes a letter about an order and returns its notices: mail, then SMS."""
    cart = network.cart()
    event = SimpleNamespace(uid="evt_1")

    def written(**values):
        told = {
            "mail": ADA,
            "phone": PHONE,
            "subject": "Your order",
            "text": "It is there.",
            "short": "There.",
            **values,
        }
        return write(Letter(kind="shopper.ordered", **told), event=event, company=cart.retailer, cart=cart)

    return written


def jobs_waiting():
    found = ProcrastinateJob.objects.filter(task_name="notifications.send").order_by("pk")
    return [(job.args, job.queue_name) for job in found]


def test_what_is_written_is_asked_to_be_sent_once(written):
    mail, sms = written()
    assert (mail.channel, mail.recipient, mail.text) == ("mail", ADA, "It is there.")
    assert (sms.channel, sms.recipient, sms.text) == ("sms", PHONE, "There.")
    assert written() == []
    assert jobs_waiting() == [({"notice_id": mail.pk}, "notices"), ({"notice_id": sms.pk}, "notices")]


def test_what_is_not_committed_is_not_sent(written):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        written()
        raise ZeroDivisionError
    assert jobs_waiting() == []
    assert Notice.objects.count() == 0


def test_it_sends_a_mail_and_an_sms(written, outbox, clock):
    mail, sms = (send(notice.pk) for notice in written())

    letters = outbox.letters()
    assert [(each["channel"], each["recipient"], each["subject"], each["text"]) for each in letters] == [
        ("mail", ADA, "Your order", "It is there."),
        ("sms", PHONE, "", "There."),
    ]
    assert [(n.state, n.attempts, n.error) for n in (mail, sms)] == [("sent", 1, "")] * 2
    assert [n.provider_id for n in (mail, sms)] == [each["id"] for each in letters]
    assert abs((clock.now() - mail.sent_at).total_seconds()) < 5


def test_it_sends_a_notice_once(written, outbox):
    mail, _ = written()
    send(mail.pk)
    again = send(mail.pk)
    assert len(outbox.letters()) == 1
    assert (again.state, again.attempts) == ("sent", 1)


def test_it_asks_no_more_where_the_provider_says_no(written, outbox):
    mail, sms = (send(notice.pk) for notice in written(mail="gone@bounce.example", phone="+15005550001"))

    assert outbox.letters() == []
    assert [(n.state, n.attempts, n.sent_at, n.provider_id) for n in (mail, sms)] == [("failed", 1, None, "")] * 2
    assert mail.error == "All message recipients were rejected or invalid"
    assert "Invalid 'To' Phone Number: +15005550001" in sms.error


@pytest.fixture
def away(outbox, settings):
    """Nobody answers where the providers should be."""
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": "http://127.0.0.1:1/postmark/"}
    settings.TWILIO_API_BASE = "http://127.0.0.1:1/twilio"
    return outbox


@pytest.mark.parametrize("channel", ["mail", "sms"])
def test_it_tries_again_where_the_provider_is_away(written, away, channel):
    notice = next(each for each in written() if each.channel == channel)

    for attempt in (1, 2):
        with pytest.raises(OSError):  # noqa: PT011 both SDKs let the connection's own error through
            send(notice.pk)
        notice.refresh_from_db()
        assert (notice.state, notice.attempts, notice.error) == ("queued", attempt, "")


@pytest.mark.parametrize("channel", ["mail", "sms"])
def test_after_the_last_try_it_has_failed(written, away, channel):
    notice = next(each for each in written() if each.channel == channel)

    with pytest.raises(OSError):  # noqa: PT011 as above
        send(notice.pk, last=True)

    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == ("failed", 1)
    assert "127.0.0.1" in notice.error


def test_it_tries_again_where_the_provider_is_in_trouble(written, outbox, settings):
    """A wrong token is the operator's to mend: what was written meanwhile goes out then."""
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": f"{outbox.url}/nothing-here/"}
    mail, _ = written()
    with pytest.raises((AnymailAPIError, AnymailRequestsAPIError)):
        send(mail.pk)
    mail.refresh_from_db()
    assert mail.state == "queued"

    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": f"{outbox.url}/postmark/"}
    assert send(mail.pk).state == "sent"


def test_the_job_comes_back_for_hours_and_then_gives_up(written, away):
    mail, _ = written()

    def at(attempts):
        job = Job(
            id=1, queue="notices", lock=None, queueing_lock=None, task_name="notifications.send", attempts=attempts
        )
        return SimpleNamespace(job=job)

    waits = []
    for attempts in range(14):
        with pytest.raises(OSError) as away_still:  # noqa: PT011 as above
            jobs.send_notice(at(attempts), notice_id=mail.pk)
        again = jobs.send_notice.get_retry_exception(away_still.value, at(attempts).job)
        mail.refresh_from_db()
        assert mail.state == "queued"
        waits.append(again is not None)
    assert waits == [True] * 14

    with pytest.raises(OSError) as away_still:  # noqa: PT011 as above
        jobs.send_notice(at(14), notice_id=mail.pk)
    assert jobs.send_notice.get_retry_exception(away_still.value, at(14).job) is None
    mail.refresh_from_db()
    assert mail.state == "failed"


@pytest.mark.parametrize("way", [("sent", "queued"), ("failed", "sent"), ("sent", "failed")])
def test_the_database_lets_no_notice_go_back(written, way):
    mail, _ = written()
    Notice.objects.filter(pk=mail.pk).update(state=way[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=mail.pk).update(state=way[1])


def test_too_many_requests_are_no_refusal(written, away, monkeypatch):
    _, sms = written()

    def busy(number, text):
        raise TwilioRestException(429, "https://api.twilio.com/", "Too many requests")

    monkeypatch.setattr("pushcart.notifications.actions.send.send_sms", busy)
    with pytest.raises(TwilioRestException):
        send(sms.pk)
    sms.refresh_from_db()
    assert sms.state == "queued"
