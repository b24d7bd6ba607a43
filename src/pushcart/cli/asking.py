"""What the commands ask of the database before they begin, and how they say what stops them."""

from __future__ import annotations

import sys
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from pushcart.companies.models import Company

_MOST_SHOWN = 20


def company_called(slug: str, *, kind: str = "") -> Company:
    """The company of this short name; `kind` is brand or retailer, where only one will do. Else it stops."""
    companies = _of_kind(kind)
    found = companies.filter(slug=slug).first()
    if found is None:
        stop(f"there is no {kind or 'company'} {slug!r}; known are: {_known(companies)}.")
    return found


def retailer_called(slug: str) -> Company:
    """The retailer of `--company`; where that was not said, the only one that there is. Else it stops."""
    if slug:
        return company_called(slug, kind="retailer")
    retailers = _of_kind("retailer")
    found = list(retailers[:2])
    if len(found) != 1:
        stop(f"say which retailer it is, by --company; known are: {_known(retailers)}.")
    return found[0]


def stop(sentence: str, *, status: int = 2) -> NoReturn:
    """Says why nothing was done, and ends the command with this exit status."""
    print(f"pushcart: {sentence}", file=sys.stderr)
    sys.exit(status)


def say_remarks(remarks: Iterable[tuple[int, str]], count: int) -> None:
    """Says the first of `count` remarks on a file, each with its line."""
    for line, cause in islice(remarks, _MOST_SHOWN):
        print(f"  line {line}: {cause}", file=sys.stderr)
    if count > _MOST_SHOWN:
        print(f"  … and {count - _MOST_SHOWN:,} more.", file=sys.stderr)


def _of_kind(kind: str) -> QuerySet[Company]:
    from pushcart.companies.models import Company

    companies = Company.objects.order_by("slug")
    return companies.filter(kind=kind) if kind else companies


def _known(companies: QuerySet[Company]) -> str:
    return ", ".join(companies.values_list("slug", flat=True)[:_MOST_SHOWN]) or "none yet"
