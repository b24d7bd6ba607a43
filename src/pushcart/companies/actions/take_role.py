from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.companies.models import Membership, Person

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def take_role(person: Person, *, company: Company | None = None) -> bool:
    """Ends a person's role in a company, or as operator of the network; says whether there was one."""
    with transaction.atomic():
        gone, _ = Membership.objects.filter(person=person, company=company).delete()
        if gone and company is None:
            Person.objects.filter(pk=person.pk).update(is_staff=False, is_superuser=False)
            person.is_staff = person.is_superuser = False
    return gone > 0
