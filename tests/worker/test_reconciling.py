from __future__ import annotations

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from typer.testing import CliRunner

from pushcart.cli.app import build
from pushcart.notifications.models import Notice
from pushcart.payments.client import stripe_client
from pushcart.payments.models import Difference, Reconciliation
from pushcart.worker.reconciling import reconcile_day, reconcile_due
from tests import doubles, network
from tests.carts.paid import connected_store, ordered

clock_file = doubles.clock_file


@pytest.fixture
def retailer(stripe_double, clock):
    """With one payment of yesterday, of which Stripe knows a refund that we do not."""
    clock.freeze(clock.now().replace(hour=12))
    store = connected_store(stripe_double)
    cart = ordered(store, stripe_double.card_token())
    hold = store.company.holds.get(line_id=cart.lines.get().pk)
    options = {"stripe_account": hold.account_id}
    stripe_client(test=False).v1.payment_intents.capture(hold.intent_id, options=options)
    stripe_client(test=False).v1.refunds.create(params={"payment_intent": hold.intent_id}, options=options)
    clock.move(timedelta(days=1, hours=3))
    return store.company


def _yesterday(clock):
    return (clock.now() - timedelta(days=1)).date().isoformat()


@pytest.mark.django_db(transaction=True)
def test_it_asks_for_each_day_once(retailer):
    first, again = reconcile_due(), reconcile_due()

    jobs = ProcrastinateJob.objects.filter(queue_name="reconciliation")
    assert (first, again, jobs.count()) == (1, 0, 1)


@pytest.mark.django_db(transaction=True)
def test_it_tells_the_operator_of_every_difference_once(retailer, clock, settings):
    settings.OPERATOR_EMAIL = "money@operator.example"
    for _ in range(2):
        reconcile_day(retailer.pk, _yesterday(clock))

    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind, notice.company) == (
        *("money@operator.example", "operator.reconciliation", retailer),
    )
    assert "refund of pi_" in notice.text
    assert "payment of pi_" in notice.text
    assert {(each.movement, each.theirs) for each in Difference.objects.all()} == {
        *(("payment", 43_192), ("refund", -43_192)),
    }


@pytest.mark.django_db(transaction=True)
def test_it_tells_the_networks_operators_where_no_address_is_set(retailer, clock):
    operator = network.person(email="ops@operator.example")
    operator.memberships.create(role="operator")

    reconcile_day(retailer.pk, _yesterday(clock))

    assert list(Notice.objects.values_list("recipient", flat=True)) == ["ops@operator.example"]


@pytest.mark.django_db(transaction=True)
def test_the_command_names_the_differences_and_fails(retailer, clock):
    said = CliRunner().invoke(build(), ["reconcile", "--day", _yesterday(clock), "--company", retailer.slug])

    assert said.exit_code == 1
    assert "1 payments compared, 0 balance transactions of the retailer's own, 2 differences." in said.stdout
    assert "our ledger knows nothing of it" in said.stdout


@pytest.mark.django_db(transaction=True)
def test_the_command_takes_yesterday_and_everybody(retailer, clock):
    clock.move(timedelta(days=3))

    said = CliRunner().invoke(build(), ["reconcile"])

    assert said.exit_code == 0  # nothing moved on that day
    assert Reconciliation.objects.get().day.isoformat() == _yesterday(clock)


@pytest.mark.django_db(transaction=True)
def test_the_command_refuses_a_retailer_that_it_does_not_know(retailer):
    said = CliRunner().invoke(build(), ["reconcile", "--company", "nobody"])

    assert said.exit_code == 2
    assert retailer.slug in said.output
