from __future__ import annotations

import pytest
from typer.testing import CliRunner

from pushcart.cli.endpoint import endpoint as commands
from pushcart.companies.actions.show_secrets import show_secrets
from pushcart.companies.models import Endpoint
from pushcart.companies.own_headers import open_headers
from pushcart.companies.signing_keys import public_key
from pushcart.events.models import START, Day
from pushcart.kit import clock
from pushcart.webhooks.models import Cursor
from tests import network
from tests.webhooks.authority import Authority

pytestmark = pytest.mark.django_db


def said(*words: object, stdin: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(commands, [str(word) for word in words], input=stdin)
    return result.exit_code, result.output


@pytest.fixture
def it() -> Endpoint:
    return network.endpoint(network.retailer(slug="hearth"))


def test_it_connects_and_lists_and_shows_the_secret_once_more():
    company = network.retailer(slug="hearth")
    code, sentence = said("connect", "hearth", "https://orders.hearth.example/hook", "--events", "carts.ordered")
    assert code == 0
    made = company.endpoints.get()
    assert (made.event_types, made.state, made.test) == (["carts.ordered"], "unchecked", False)
    assert f"pushcart endpoint secret {made.pk}" in sentence
    assert said("secret", made.pk) == (0, f"{show_secrets(made)[0]}\n")
    assert "https://orders.hearth.example/hook" in said("list", "hearth")[1]


def test_it_sets_what_is_said_and_leaves_the_rest(it):
    code, shown = said("set", it.pk, "--folds", "--at-once", 4, "--per-minute", 600, "--events", "carts.ordered")
    assert code == 0
    assert "fat, overtaken updates left out" in shown
    it.refresh_from_db()
    assert (it.folds, it.most_at_once, it.most_per_minute, it.event_types) == (True, 4, 600, ["carts.ordered"])
    said("set", it.pk, "--at-once", 0, "--no-folds", "--events", "")
    it.refresh_from_db()
    assert (it.folds, it.most_at_once, it.most_per_minute, it.event_types) == (False, None, 600, [])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("set", "{}", "--events", "carts.ordred"), "There are no events 'carts.ordred'"),
        (("set", "{}", "--body", "round"), "one of fat, thin"),
        (("set", "{}", "--at-once", "101"), "from 1 to 100"),
        (("set", "{}", "--url", "ftp://x.example"), "must begin with https://"),
        (("set", "99999", "--folds"), "there is no endpoint 99999"),
        (("connect", "nobody", "https://x.example/"), "there is no company 'nobody'"),
        (("replay", "{}", "--first", "1"), "no pusher has met this endpoint"),
        (("authorities", "{}", "/no/such/file"), "can't be read"),
    ],
)
def test_it_refuses_in_a_sentence_and_changes_nothing(it, words, says):
    before = Endpoint.objects.values().get(pk=it.pk)
    code, output = said(*(word.format(it.pk) for word in words))
    assert code == 2
    assert says in output
    assert Endpoint.objects.values().get(pk=it.pk) == before


def test_it_rotates_and_retires_secrets_and_keys(it):
    _, secret = said("rotate", it.pk)
    _, public = said("rotate", it.pk, "--ed25519")
    it.refresh_from_db()
    assert show_secrets(it)[0] == secret.strip()
    assert [public_key(sealed) for sealed in it.sealed_signing_keys] == [public.strip()]
    shown = said("show", it.pk)[1]
    assert public.strip() in shown
    assert secret.strip() not in shown
    assert f"…{secret.strip()[-4:]}" in shown
    assert said("retire", it.pk) == (0, "1 retired.\n")
    assert said("retire", it.pk, "--ed25519", "--all") == (0, "1 retired.\n")
    it.refresh_from_db()
    assert (len(it.sealed_secrets), it.sealed_signing_keys) == (1, [])


def test_it_takes_headers_and_certificates_from_files(it, tmp_path):
    assert said("headers", it.pk, "-", stdin="Authorization: Bearer a:b\nX-Region: south\n")[0] == 0
    it.refresh_from_db()
    assert open_headers(it.sealed_headers) == {"Authorization": "Bearer a:b", "X-Region": "south"}
    assert "Authorization, X-Region" in said("show", it.pk)[1]
    assert "Bearer" not in said("show", it.pk)[1]
    code, output = said("headers", it.pk, "-", stdin="Host: elsewhere.example\n")
    assert (code, "Host is PushCart's own" in output) == (2, True)
    authority = Authority()
    ours = authority.client()
    for name, text in (("chain", ours.certificate), ("key", ours.key), ("ca", authority.certificate)):
        (tmp_path / name).write_text(text)
    assert said("certificate", it.pk, tmp_path / "chain", tmp_path / "key")[1].startswith("The certificate ends on ")
    assert said("authorities", it.pk, tmp_path / "ca")[0] == 0
    it.refresh_from_db()
    assert (it.client_certificate, it.authorities) == (ours.certificate, authority.certificate)
    assert said("certificate", it.pk, "", "") == (0, "No certificate is shown any more.\n")


def test_it_pauses_resumes_and_replays(it):
    assert said("pause", it.pk)[0] == 0
    it.refresh_from_db()
    assert it.state == "paused"
    assert said("resume", it.pk)[0] == 0
    it.refresh_from_db()
    assert it.state == "unchecked"
    Cursor.objects.create(endpoint=it, number=0)
    assert said("replay", it.pk, "--since", "2026-01-01") == (0, "0 pushes go out once more.\n")
    code, output = said("replay", it.pk)
    assert (code, "Say which events" in output) == (2, True)


def test_it_prints_a_days_digest(it):
    said("pause", it.pk)
    today = clock.now().date()
    code, sentence = said("digest", "hearth", today)
    assert (code, f"there is no digest of {today}" in sentence) == (2, True)
    chain = "ab" * 32
    Day.objects.create(company_id=it.company_id, test=False, day=today, first=1, last=1, start=START, chain=chain)
    assert said("digest", "hearth", today) == (0, f"{today}: 1 events, 1 to 1, {chain}\n")
