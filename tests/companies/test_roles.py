from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from pushcart.companies.actions.create_person import create_person
from pushcart.companies.actions.give_role import give_role
from pushcart.companies.actions.take_role import take_role
from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Membership, Person
from pushcart.companies.roles import MAY, Act, companies_of, may
from tests import network

pytestmark = pytest.mark.django_db


def test_staff_does_the_daily_work_and_no_more():
    company, other = network.retailer(), network.retailer()
    clerk = create_person("clerk@shop.example", role="staff", company=company)

    may_here = {act for act in Act if may(clerk, act, company)}
    assert may_here == {Act.SEE_ORDERS, Act.DECIDE_ORDERS, Act.FEED_STOCK}
    assert not any(may(clerk, act, other) or may(clerk, act) for act in Act)


def test_an_owner_runs_the_company():
    company, other = network.retailer(), network.retailer()
    owner = create_person("owner@shop.example", role="owner", company=company)

    assert {act for act in Act if not may(owner, act, company)} == {Act.RUN_NETWORK}
    assert not any(may(owner, act, other) or may(owner, act) for act in Act)


def test_an_operator_runs_the_network():
    operator = create_person("operator@network.example", role="operator")

    assert all(may(operator, act, network.retailer()) and may(operator, act) for act in Act)
    assert operator.is_staff
    assert operator.is_superuser


def test_every_role_is_ruled():
    assert set(MAY) == set(Membership.Role.values)


def test_who_has_left_may_do_nothing():
    company = network.retailer()
    owner = create_person("owner@shop.example", role="owner", company=company)
    owner.is_active = False
    owner.save()

    assert not may(owner, Act.SEE_ORDERS, company)


def test_a_role_is_changed_and_taken():
    company = network.retailer()
    person = create_person("a@shop.example", role="staff", company=company)

    give_role(person, "owner", company=company)
    assert may(person, Act.REFUND, company)
    assert Membership.objects.count() == 1

    assert take_role(person, company=company)
    assert not may(person, Act.SEE_ORDERS, company)
    assert not take_role(person, company=company)


def test_who_is_no_operator_any_more_has_no_back_office():
    person = create_person("a@network.example", role="operator")

    take_role(person)

    person.refresh_from_db()
    assert not person.is_staff
    assert not person.is_superuser


def test_it_lists_whom_a_person_works_for():
    mine, other = network.retailer(name="Mine"), network.retailer(name="Other")
    clerk = create_person("clerk@shop.example", role="staff", company=mine)
    operator = create_person("operator@network.example", role="operator")

    assert list(companies_of(clerk)) == [mine]
    assert list(companies_of(operator)) == [mine, other]


@pytest.mark.parametrize(
    ("email", "role", "of_company", "field", "sentence"),
    [
        ("nobody", "owner", True, "email", "'nobody' is no mail address."),
        ("", "owner", True, "email", "'' is no mail address."),
        ("a@b.example", "king", True, "role", "'king' is no role: operator, owner, staff are."),
        ("a@b.example", "operator", True, "company", "An operator works for the network, not for one company."),
        ("a@b.example", "staff", False, "company", "Say of which company the person is staff."),
        ("HERE@shop.example", "staff", True, "email", "here@shop.example belongs to a person who is here already."),
    ],
)
def test_it_makes_no_person_that_can_not_be(email, role, of_company, field, sentence):
    company = network.retailer()
    create_person("here@shop.example", role="owner", company=company)

    with pytest.raises(CompanyError) as refused:
        create_person(email, role=role, company=company if of_company else None)

    assert (refused.value.field, str(refused.value)) == (field, sentence)
    assert Person.objects.count() == 1


def test_without_a_password_nobody_signs_in(client):
    create_person("a@shop.example", role="owner", company=network.retailer())
    create_person("b@shop.example", role="owner", company=network.retailer(), password="a long enough one")

    assert not client.login(username="a@shop.example", password="")
    assert client.login(username="b@shop.example", password="a long enough one")


@pytest.mark.parametrize(("role", "of_company"), [("operator", True), ("owner", False), ("king", True)])
def test_the_database_keeps_roles_that_fit(role, of_company):
    company = network.retailer()

    with pytest.raises(IntegrityError, match="companies_role_fits"), transaction.atomic():
        Membership.objects.create(person=network.person(), company=company if of_company else None, role=role)
