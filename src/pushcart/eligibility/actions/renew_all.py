from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from django.db import connection, transaction

from pushcart.eligibility.check import judge
from pushcart.eligibility.facts import read
from pushcart.eligibility.models import Standing
from pushcart.events.record import record_each
from pushcart.kit import clock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pushcart.eligibility.check import Answer
    from pushcart.eligibility.facts import Facts


def renew_all(store_ids: Iterable[int] | None = None) -> int:
    """Finds out anew what every store can do, or these, and returns for how many it changed.

    The timetable calls it, for two of the causes come by the clock alone: a feed grows stale, a tax rate comes into
    force. Each change is written down and recorded as `eligibility.changed` with `{store_id, pushcart, standard,
    reasons}`. Three queries, and two for each store that changed.
    """
    with transaction.atomic():
        _one_at_a_time()
        at = clock.now()
        known = Standing.objects.all() if store_ids is None else Standing.objects.filter(store_id__in=list(store_ids))
        standings = {standing.store_id: standing for standing in known}
        changed = [
            (facts, answer)
            for facts in read(store_ids)
            if _differs(standings.get(facts.store_id), answer := judge(facts, at))
        ]
        _write(changed, at)
        _tell(changed)
    return len(changed)


def _one_at_a_time() -> None:
    """Two that renew the same store at once would tell of one change twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('eligibility.renew'))")


def _differs(standing: Standing | None, answer: Answer) -> bool:
    return standing is None or (standing.pushcart, standing.standard, standing.reasons) != (
        answer.pushcart,
        answer.standard,
        [reason.as_json() for reason in answer.reasons],
    )


def _write(changed: list[tuple[Facts, Answer]], at: datetime) -> None:
    Standing.objects.bulk_create(
        [
            Standing(
                store_id=facts.store_id,
                pushcart=answer.pushcart,
                standard=answer.standard,
                reasons=[reason.as_json() for reason in answer.reasons],
                since=at,
            )
            for facts, answer in changed
        ],
        update_conflicts=True,
        unique_fields=["store"],
        update_fields=["pushcart", "standard", "reasons", "since"],
    )


def _tell(changed: list[tuple[Facts, Answer]]) -> None:
    """In the order of the companies, as every transaction takes their streams."""
    in_order = sorted(changed, key=lambda change: change[0].company_id)
    for company_id, of_company in groupby(in_order, key=lambda change: change[0].company_id):
        record_each(
            "eligibility.changed",
            company_id=company_id,
            data=[
                {
                    "store_id": facts.store_id,
                    "pushcart": answer.pushcart,
                    "standard": answer.standard,
                    "reasons": [reason.as_json() for reason in answer.reasons],
                }
                for facts, answer in of_company
            ],
        )
