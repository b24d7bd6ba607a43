from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from pushcart.companies.actions.give_role import give_role
from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Person

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def create_person(
    email: str,
    *,
    role: str,
    company: Company | None = None,
    password: str | None = None,
    first_name: str = "",
    last_name: str = "",
    phone: str = "",
) -> Person:
    """A person with a first role: owner or staff of a company, or operator of the network.

    The address, in lower case, is the name to sign in with; without a password nobody can until one is set.

    Raises:
        CompanyError: no mail address, one that somebody has already, or a role that does not fit.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise CompanyError("email", f"{email!r} is no mail address.") from None
    with transaction.atomic():
        if Person.objects.filter(username=email).exists():
            raise CompanyError("email", f"{email} belongs to a person who is here already.")
        person = Person.objects.create_user(
            username=email, email=email, password=password, first_name=first_name, last_name=last_name, phone=phone
        )
        give_role(person, role, company=company)
    return person
