from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Membership, Person

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def give_role(person: Person, role: str, *, company: Company | None = None) -> Membership:
    """Makes a person owner or staff of a company, or operator of the network; the former role there is replaced.

    An operator may also enter the back office.

    Raises:
        CompanyError: no such role, an operator with a company, or another role without one.
    """
    if role not in Membership.Role.values:
        raise CompanyError("role", f"{role!r} is no role: {', '.join(Membership.Role.values)} are.")
    operator = role == Membership.Role.OPERATOR
    if operator and company is not None:
        raise CompanyError("company", "An operator works for the network, not for one company.")
    if not operator and company is None:
        raise CompanyError("company", f"Say of which company the person is {role}.")
    with transaction.atomic():
        membership, _ = Membership.objects.update_or_create(person=person, company=company, defaults={"role": role})
        if operator:
            Person.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
            person.is_staff = person.is_superuser = True
    return membership
