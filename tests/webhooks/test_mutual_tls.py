"""Mutual TLS: our certificate for one endpoint, and the authorities that its own must come from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from django.db import IntegrityError, transaction
from django.test import override_settings

from pushcart.companies.actions.set_authorities import set_authorities
from pushcart.companies.actions.set_client_certificate import set_client_certificate
from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Endpoint
from pushcart.webhooks.models import Attempt, Delivery
from tests import network
from tests.webhooks.authority import Authority, Issued, server_context
from tests.webhooks.conftest import SECRET
from tests.webhooks.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from pushcart.stores.models import Store


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def guarded(tmp_path: Path, authority: Authority) -> Iterator[Sink]:
    """Takes calls from clients alone that show a certificate of the authority's."""
    it = Sink(server_context(tmp_path, authority.server(), clients_of=authority))
    yield it
    it.close()


@pytest.fixture
def endpoint(store: Store, guarded: Sink) -> Endpoint:
    """The company's one endpoint, at the guarded sink."""
    it = store.company.endpoints.get()
    it.url = guarded.url
    it.save()
    return it


def words() -> list[str]:
    return list(Attempt.objects.order_by("id").values_list("error", flat=True))


def test_it_shows_its_certificate_to_an_endpoint_that_demands_one(
    still: None, store: Store, endpoint: Endpoint, guarded: Sink, authority: Authority, push: Callable[[], int]
) -> None:
    ours = authority.client("PushCart for the shop")
    set_client_certificate(endpoint.pk, ours.certificate, ours.key)
    set_authorities(endpoint.pk, authority.certificate)
    network.cart(store)
    push()
    assert [pushed.client for pushed in guarded.pushes] == ["PushCart for the shop"]
    attempt = Attempt.objects.get()
    assert (attempt.error, attempt.status) == ("", 200)
    assert attempt.tls_us > 0
    endpoint.refresh_from_db()
    assert "PRIVATE KEY" not in endpoint.sealed_client_key


def test_without_a_certificate_of_ours_or_trust_in_theirs_nothing_is_delivered(
    still: None,
    store: Store,
    endpoint: Endpoint,
    guarded: Sink,
    authority: Authority,
    push: Callable[[], int],
    clock: ModuleType,
) -> None:
    ours = authority.client()
    set_client_certificate(endpoint.pk, ours.certificate, ours.key)
    network.cart(store)
    push()  # the system's authorities know nothing of the endpoint's
    set_authorities(endpoint.pk, Authority("Another").certificate)
    clock.move(timedelta(seconds=5))
    push()
    set_authorities(endpoint.pk, authority.certificate)
    set_client_certificate(endpoint.pk, "", "")
    clock.move(timedelta(seconds=10))
    push()
    assert words() == ["tls", "tls", "tls"]
    assert guarded.pushes == []
    assert Delivery.objects.get().state == "waiting"


def test_an_operators_file_takes_the_place_of_the_systems_authorities(
    still: None,
    store: Store,
    tmp_path: Path,
    authority: Authority,
    push: Callable[[], int],
) -> None:
    sink = Sink(server_context(tmp_path, authority.server()))
    store.company.endpoints.update(url=sink.url)
    (tmp_path / "ours.pem").write_text(authority.certificate)
    network.cart(store)
    with override_settings(WEBHOOK_CA_FILE=str(tmp_path / "ours.pem")):
        push()
    sink.close()
    assert words() == [""]
    assert [pushed.type for pushed in sink.pushes] == ["carts.ordered"]


def test_endpoints_of_one_server_do_not_share_a_connection_that_shows_anothers_certificate(
    still: None, store: Store, endpoint: Endpoint, guarded: Sink, authority: Authority, push: Callable[[], int]
) -> None:
    other = network.endpoint(store.company, url=f"{guarded.url}/other")
    for each, name in ((endpoint, "first"), (other, "second")):
        ours = authority.client(name)
        set_client_certificate(each.pk, ours.certificate, ours.key)
        set_authorities(each.pk, authority.certificate)
    network.cart(store, status="received")
    push()
    assert sorted((pushed.path, pushed.client) for pushed in guarded.pushes) == [
        *[("/webhooks/pushcart", "first")] * 2,
        *[("/webhooks/pushcart/other", "second")] * 2,
    ]
    assert guarded.connections == 2  # each kept its own


FITTING = Authority()


def under_a_password(issued: Issued) -> str:
    key = load_pem_private_key(issued.key.encode(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"0815")).decode()


OURS, OTHERS = FITTING.client(), FITTING.client()
LONG_AGO = datetime.now(UTC) - timedelta(days=400)


@pytest.mark.parametrize(
    ("chain", "key", "field", "says"),
    [
        ("no certificate", OURS.key, "certificate", "no certificate in PEM"),
        (OURS.key, OURS.key, "certificate", "no certificate in PEM"),
        (OURS.certificate[:300], OURS.key, "certificate", "no certificate in PEM"),
        (OURS.certificate, "no key", "key", "no private key in PEM"),
        (OURS.certificate, "", "key", "no private key in PEM"),
        ("", OURS.key, "certificate", "no certificate in PEM"),
        (OURS.certificate, under_a_password(OURS), "key", "under a password"),
        (OURS.certificate, OTHERS.key, "key", "does not fit the first certificate, The certificate of CN=PushCart"),
        (OURS.certificate, OURS.key + " " * 50_000, "key", "longer than 50,000 characters"),
    ],
)
@pytest.mark.django_db
def test_it_refuses_what_could_not_be_shown(chain: str, key: str, field: str, says: str) -> None:
    endpoint = network.endpoint(network.retailer())
    set_client_certificate(endpoint.pk, OURS.certificate, OURS.key)
    before = Endpoint.objects.values().get(pk=endpoint.pk)
    with pytest.raises(CompanyError, match=says) as refused:
        set_client_certificate(endpoint.pk, chain, key)
    assert refused.value.field == field
    assert Endpoint.objects.values().get(pk=endpoint.pk) == before


@pytest.mark.django_db
def test_it_refuses_a_certificate_that_is_not_valid_now_or_not_for_clients() -> None:
    endpoint = network.endpoint(network.retailer())
    now = datetime.now(UTC)
    ended = FITTING.client("Old", begins=LONG_AGO, ends=now - timedelta(days=1))
    early = FITTING.client("Early", begins=now + timedelta(days=2), ends=now + timedelta(days=9))
    for issued, says in (
        (ended, r"CN=Old ended on \d{4}-\d\d-\d\d\."),
        (early, r"CN=Early is valid from \d{4}-\d\d-\d\d on\."),
        (FITTING.server(), "CN=a server is not meant for clients"),
    ):
        with pytest.raises(CompanyError, match=says):
            set_client_certificate(endpoint.pk, issued.certificate, issued.key)
    with pytest.raises(CompanyError, match="no certificate in PEM") as refused:
        set_authorities(endpoint.pk, "anybody")
    assert refused.value.field == "authorities"
    endpoint.refresh_from_db()
    assert (endpoint.client_certificate, endpoint.authorities, endpoint.client_certificate_ends) == ("", "", None)


@pytest.mark.django_db
def test_the_database_keeps_certificate_key_and_end_together() -> None:
    endpoint = network.endpoint(network.retailer())
    for columns in (
        {"client_certificate": OURS.certificate},
        {"sealed_client_key": SECRET},
        {"client_certificate": OURS.certificate, "sealed_client_key": SECRET},
    ):
        with pytest.raises(IntegrityError, match="companies_endpoint_certificate_has_key"), transaction.atomic():
            Endpoint.objects.filter(pk=endpoint.pk).update(**columns)
