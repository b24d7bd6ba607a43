from __future__ import annotations

import json
import stat

import pytest
from django.db import connection
from psycopg import conninfo

from pushcart.companies.models import ApiKey, Company, Endpoint
from pushcart.companies.queries import key_by_secret
from pushcart.eligibility.check import check
from pushcart.eligibility.models import Standing
from pushcart.inventory.models import Import, Stock
from pushcart.kit import clock as kit_clock
from pushcart.locator.labels import labels
from pushcart.sandbox import network
from pushcart.sandbox.goods import GOODS, GRILL
from pushcart.sandbox.supervisor.standing import stands
from pushcart.stores.models import Store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(settings, tmp_path, stripe_double, monkeypatch):
    """A sandbox's settings, as far as the network needs them."""
    settings.VAR = tmp_path
    settings.PORT = 8080
    monkeypatch.setenv("PUSHCART_ORDER_SYSTEM_URL", "http://127.0.0.1:8083")
    return tmp_path / "sandbox"


def test_it_builds_a_network_that_sells(folder):
    network.build()

    assert Store.objects.filter(company__slug="hammer-hearth").count() == 12
    for store in Store.objects.select_related("company"):
        answer = check(store)
        assert answer.standard
        codes = {reason.code for reason in answer.reasons}
        pushcart = store.company.slug == "hammer-hearth"
        # The order system's endpoint is used once it has answered its check; the other retailer has none.
        assert codes == ({"endpoint_unchecked"} if pushcart else {"pushcart_off", "endpoint_missing"})
    assert Standing.objects.count() == 14


def test_the_grill_can_be_had_at_every_store_of_the_chain(folder):
    network.build()

    for store in Store.objects.filter(company__slug="hammer-hearth"):
        found = labels(store, GRILL)
        assert found["bopis"].allowed
        assert found["ropis"].allowed
        assert found["delivery"].allowed == (store.number in {"101", "102", "103", "105", "108"})
        assert Stock.objects.get(store=store, upc=GRILL).price == 39900


def test_it_is_on_the_map(folder):
    network.build()

    zones = set(Store.objects.values_list("timezone", flat=True))
    assert {"America/Phoenix", "Pacific/Honolulu", "America/Anchorage"} < zones
    assert len(zones) == 7
    assert Store.objects.get(number="103").hours == "24/7"


def test_it_tells_what_can_not_be_known_before(folder):
    told = network.build()

    path = folder / "network.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == told == network.load()
    assert len(told["stores"]) == 14
    assert len(told["products"]) == len(GOODS)
    assert told["urls"]["webhook"] == "http://127.0.0.1:8083/webhooks/pushcart"
    for name, secret in told["keys"].items():
        key = key_by_secret(secret)
        assert key is not None
        assert key.test == name.endswith("_test") == secret.startswith("test_")
        assert key.company_id == told["companies"][name.removesuffix("_test")]
    assert all(secret.startswith("whsec_") for secret in told["webhook_secrets"].values())


def test_its_feeds_came_the_way_of_every_feed(folder):
    told = network.build()

    done = Import.objects.get(company__slug="hammer-hearth")
    assert (done.state, done.rows, done.refused) == ("done", 120, [])
    assert (folder / "feeds" / "hardware.csv").read_text().startswith("store,upc,qty,price")
    assert told["feeds"]["hardware"] == str(folder / "feeds" / "hardware.csv")


def test_a_build_that_is_begun_again_leaves_one_network(folder):
    first = network.build()
    second = network.build()

    assert second["keys"] == first["keys"]
    assert second["webhook_secrets"] == first["webhook_secrets"]
    assert Company.objects.count() == 3
    assert ApiKey.objects.count() == 5
    assert Endpoint.objects.count() == 2
    assert Store.objects.count() == 14


def test_the_operator_can_enter_the_back_office(folder, client):
    operator = network.build()["people"]["operator"]

    assert client.login(username=operator["email"], password=operator["password"])
    assert client.get("/admin/").status_code == 200


def test_without_a_network_it_says_what_to_do(settings, tmp_path):
    settings.VAR = tmp_path

    with pytest.raises(network.NetworkError, match="There is no demo network yet: run bin/dev"):
        network.load()


def test_it_is_known_by_the_database_that_it_was_built_in(folder):
    url, file = _database(), folder / "network.json"
    assert not stands(url, file)

    built = network.build()
    assert stands(url, file)

    # Another database has none, or a network of its own.
    file.write_text(json.dumps(built | {"companies": {"brand": 0}}))
    assert not stands(url, file)
    file.write_text(json.dumps(built))
    assert stands(url, file)
    Company.objects.filter(pk=built["companies"]["brand"]).update(created_at=kit_clock.now())
    assert not stands(url, file)


def _database():
    connection.ensure_connection()
    info = connection.connection.info
    return conninfo.make_conninfo(
        host=info.host, port=info.port, dbname=info.dbname, user=info.user, password=info.password
    )
