from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from pushcart.carts.change import _TOLD_AS
from pushcart.carts.states import HIDDEN, LINE
from pushcart.companies.actions.change_endpoint import change_endpoint
from pushcart.companies.actions.connect_endpoint import connect_endpoint
from pushcart.companies.actions.set_client_certificate import set_client_certificate
from pushcart.companies.actions.warn_of_certificates import warn_of_certificates
from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Endpoint
from pushcart.companies.states import ENDPOINT
from pushcart.events.models import Event
from pushcart.events.types import DOCUMENTED, TYPES
from pushcart.notifications.react import react
from tests import network
from tests.serving import PROJECT
from tests.webhooks.authority import Authority

pytestmark = pytest.mark.django_db


def test_it_changes_what_is_said_and_nothing_else():
    endpoint = network.endpoint(network.retailer(), event_types=["carts.ordered"])
    changed = change_endpoint(endpoint.pk, body="thin", folds=True)
    assert (changed.body, changed.folds, changed.event_types, changed.state) == (
        "thin",
        True,
        ["carts.ordered"],
        "working",
    )
    changed = change_endpoint(endpoint.pk, event_types=["inventory.fed", "carts.ordered", "inventory.fed"])
    assert (changed.body, changed.folds, changed.event_types) == ("thin", True, ["inventory.fed", "carts.ordered"])
    assert change_endpoint(endpoint.pk, event_types=[]).event_types == []


@pytest.mark.parametrize(
    ("values", "field", "says"),
    [
        (
            {"event_types": ["carts.ordred"]},
            "event_types",
            r"There are no events 'carts\.ordred'; there are carts\.ord",
        ),
        ({"event_types": ["carts.ordered", "zzz"]}, "event_types", r"no events 'zzz'; there are carts\.auto_rejected"),
        ({"body": "round"}, "body", "one of fat, thin; not 'round'"),
    ],
)
def test_it_refuses_events_and_bodies_that_there_are_not(values, field, says):
    company = network.retailer()
    endpoint = network.endpoint(company)
    for act in (
        lambda: change_endpoint(endpoint.pk, **values),
        lambda: connect_endpoint(company, endpoint.url, **values),
    ):
        with pytest.raises(CompanyError, match=says) as refused:
            act()
        assert refused.value.field == field
    kept = Endpoint.objects.get()
    assert (kept.event_types, kept.body) == ([], "fat")


def test_the_database_takes_no_other_body_and_no_fourth_secret():
    endpoint = network.endpoint(network.retailer())
    for columns, rule in (({"body": "none"}, "endpoint_body"), ({"sealed_secrets": ["x"] * 4}, "endpoint_rotation")):
        with pytest.raises(IntegrityError, match=rule), transaction.atomic():
            Endpoint.objects.filter(pk=endpoint.pk).update(**columns)


def test_every_type_of_event_that_is_recorded_can_be_chosen():
    """Read from the code: whoever records a new type writes it into events/types.py."""
    told = {f"carts.{_TOLD_AS.get(status, status)}" for status in LINE.states if status not in HIDDEN}
    told |= {f"companies.endpoint_{state}" for state in ENDPOINT.states}
    for source in (PROJECT / "src" / "pushcart").rglob("*.py"):
        if "sandbox" not in source.parts:
            code = source.read_text()
            told |= set(re.findall(r'\brecord\(\s*"([a-z_]+\.[a-z_]+)"', code))
            told |= {f"carts.{what}" for what in re.findall(r'change\.tell\(\s*"([a-z_]+)"', code)}
    assert told - TYPES == set()
    of_carts = "".join(path.read_text() for path in (PROJECT / "src" / "pushcart" / "carts").rglob("*.py"))
    of_money = (PROJECT / "src" / "pushcart" / "payments" / "news.py").read_text()
    for each in DOCUMENTED - {"messages.posted"}:
        what = each.removeprefix("carts.")
        quoted = f'"{what}"' in of_carts or f'"{each}"' in of_carts
        assert quoted or re.search(rf"\b{what}\b", of_money), each


def test_an_owner_is_told_before_our_certificate_ends(clock, mailoutbox):
    company = network.retailer()
    endpoint = network.endpoint(company)
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=90)
    issued = Authority().client(ends=ends)
    assert set_client_certificate(endpoint.pk, issued.certificate, issued.key).client_certificate_ends == ends
    told = Event.objects.filter(type="companies.endpoint_certificate_ends")
    assert warn_of_certificates() == 0
    for left, news in ((31, 0), (30, 1), (29, 0), (6, 1), (6, 0), (1, 1), (-1, 1), (-2, 0)):
        clock.freeze(ends - timedelta(days=left))
        assert warn_of_certificates() == news, left
    assert [event.data["ended"] for event in told.order_by("number")] == [False, False, False, True]
    assert told.first().data == {
        "endpoint_id": endpoint.pk,
        "url": endpoint.url,
        "ends": ends.isoformat(),
        "ended": False,
    }
    react(list(told.order_by("number")[2:]))
    subjects = list(company.notices.order_by("pk").values_list("subject", flat=True))
    assert subjects == [
        f"Our certificate for {endpoint.url} ends on {ends:%Y-%m-%d}",
        f"Our certificate for {endpoint.url} has ended",
    ]
