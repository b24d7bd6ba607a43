"""Who may do what: an operator everything in the network, an owner everything in the company, staff the daily work."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from pushcart.companies.models import Company, Membership

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from pushcart.companies.models import Person


class Act(StrEnum):
    SEE_ORDERS = "see orders"
    DECIDE_ORDERS = "decide orders"
    REFUND = "refund"
    FEED_STOCK = "feed stock"
    SET_UP_STORES = "set up stores"
    SEE_KEYS = "see keys"
    SET_UP_COMPANY = "set up the company"  # keys, endpoints, Stripe, people
    RUN_NETWORK = "run the network"


_STAFF = frozenset({Act.SEE_ORDERS, Act.DECIDE_ORDERS, Act.FEED_STOCK})
_OWNER = _STAFF | {Act.REFUND, Act.SET_UP_STORES, Act.SEE_KEYS, Act.SET_UP_COMPANY}

MAY: Mapping[str, frozenset[Act]] = {
    Membership.Role.STAFF: _STAFF,
    Membership.Role.OWNER: _OWNER,
    Membership.Role.OPERATOR: frozenset(Act),
}


def may(person: Person, act: Act, company: Company | None = None) -> bool:
    """Whether a person may do this in a company; without one, in the network itself.

    A person who is no longer active may do nothing.
    """
    if not person.is_active:
        return False
    roles = _roles(person, company).values_list("role", flat=True)
    return any(act in MAY[role] for role in roles)


def companies_of(person: Person) -> QuerySet[Company]:
    """The companies that a person works for; all of them for an operator."""
    if _roles(person, None).exists():
        return Company.objects.order_by("name")
    return Company.objects.filter(memberships__person=person).order_by("name")


def _roles(person: Person, company: Company | None) -> QuerySet[Membership]:
    """The operator's role counts in every company."""
    everywhere = person.memberships.filter(company=None)
    return everywhere if company is None else everywhere | person.memberships.filter(company=company)
