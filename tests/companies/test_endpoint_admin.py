"""The back office sets what an owner may set, by the same actions."""

from __future__ import annotations

import pytest
from django.urls import reverse

from pushcart.companies.actions.rotate_signing_key import rotate_signing_key
from pushcart.companies.models import Endpoint
from pushcart.companies.own_headers import open_headers
from tests import network
from tests.webhooks.authority import Authority


@pytest.fixture
def it(db):
    return network.endpoint(network.retailer())


@pytest.fixture
def save(client, it):
    client.force_login(network.person(is_staff=True, is_superuser=True))
    page = reverse("admin:companies_endpoint_change", args=[it.pk])

    def post(**said):
        form = {"url": it.url, "body": "fat", "headers": "", "certificate": "", "key": "", "authorities": "", **said}
        return client.post(page, form)

    return post


def test_it_sets_all_that_an_owner_may_set(it, client, save):
    authority = Authority()
    ours = authority.client()
    answer = save(
        url="http://127.0.0.1:9/new",
        body="thin",
        event_types=["carts.ordered", "carts.cancelled"],
        folds="on",
        most_at_once="4",
        most_per_minute="600",
        headers="Authorization: Bearer 0815\r\nX-Region: south",
        certificate=ours.certificate,
        key=ours.key,
        authorities=authority.certificate,
    )
    assert answer.status_code == 302
    it.refresh_from_db()
    assert (it.url, it.body, it.folds, it.state) == ("http://127.0.0.1:9/new", "thin", True, "unchecked")
    assert (it.event_types, it.most_at_once, it.most_per_minute) == (["carts.ordered", "carts.cancelled"], 4, 600)
    assert open_headers(it.sealed_headers) == {"Authorization": "Bearer 0815", "X-Region": "south"}
    assert (it.client_certificate, it.authorities) == (ours.certificate, authority.certificate)
    public = rotate_signing_key(it.pk)
    page = client.get(reverse("admin:companies_endpoint_change", args=[it.pk])).content.decode()
    assert "Authorization, X-Region" in page
    assert public in page
    assert "0815" not in page
    assert "PRIVATE KEY" not in page
    assert save(url=it.url, headers="-", certificate="-").status_code == 302
    it.refresh_from_db()
    assert (it.sealed_headers, it.client_certificate, it.authorities, it.most_at_once) == ("", "", "", None)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"url": "ftp://orders.example/"}, "url"),
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"body": "round"}, "body"),
        ({"event_types": ["carts.ordred"]}, "event_types"),
        ({"most_at_once": "101"}, "__all__"),
        ({"headers": "Host: elsewhere.example"}, "headers"),
        ({"headers": "X-A: 1\r\nX-A: 2"}, "headers"),
        ({"certificate": "none"}, "certificate"),
        ({"key": "none"}, "certificate"),
        ({"authorities": "none"}, "authorities"),
    ],
)
def test_it_refuses_with_a_sentence_at_the_field_and_changes_nothing(it, save, said, field):
    before = Endpoint.objects.values().get(pk=it.pk)
    answer = save(**said)
    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {field}
    assert Endpoint.objects.values().get(pk=it.pk) == before


def test_it_pauses_and_resumes(it, client, save):
    page = reverse("admin:companies_endpoint_changelist")
    for action, state in (("pause", "paused"), ("resume", "unchecked")):
        client.post(page, {"action": action, "_selected_action": [it.pk]})
        it.refresh_from_db()
        assert it.state == state
