"""The books' own proof, counted anew: for whoever does not take the database's word for its rules."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from pushcart.payments.ledger.models import JournalEntry
from pushcart.payments.models import Hold

_UNBALANCED = """
SELECT format('entry %s: its %s postings add up to %s', e.id, count(p.id), coalesce(sum(p.amount), 0))
FROM payments_journalentry e LEFT JOIN payments_posting p ON p.entry_id = e.id
GROUP BY e.id HAVING count(p.id) < 2 OR sum(p.amount) <> 0
ORDER BY e.id
"""
_APART = """
SELECT format('hold %s: %s is %s by its rows and %s by its journal', h.id, a.account, a.by_rows, a.by_journal)
FROM payments_hold h, LATERAL payments_rows_and_journal(h.id) a ORDER BY h.id
"""


@dataclass(frozen=True)
class Checked:
    """How much was looked at, and a sentence for each thing that is wrong."""

    entries: int
    holds: int
    broken: list[str]


def check() -> Checked:
    """Adds up every entry and holds every hold's rows against its journal."""
    broken: list[str] = []
    with connection.cursor() as cursor:
        for query in (_UNBALANCED, _APART):
            cursor.execute(query)
            broken += [sentence for (sentence,) in cursor.fetchall()]
    return Checked(JournalEntry.objects.count(), Hold.objects.count(), broken)
