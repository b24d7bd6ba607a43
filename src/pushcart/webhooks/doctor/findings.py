"""What a probe found: what the endpoint did, and what it should do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushcart.webhooks.engine.send import Answer

_CLIENT_ERRORS = range(400, 500)


class Verdict(StrEnum):
    GOOD = "good"
    WARNING = "warning"  # it works, and will hurt one day
    BAD = "bad"  # orders would be lost, doubled or forged


@dataclass(frozen=True)
class Finding:
    """One line of the report; `ms` is how long the endpoint took to answer, where it was asked."""

    probe: str
    verdict: Verdict
    did: str
    should: str
    ms: float | None = None


def taken(probe: str, answer: Answer, should: str) -> Finding:
    """Of a push that has to be answered with 2xx."""
    verdict = Verdict.BAD if answer.error else Verdict.GOOD
    return Finding(probe, verdict, said(answer), should, took(answer))


def refused(probe: str, answer: Answer, should: str) -> Finding:
    """Of a push that must not be believed: 4xx."""
    if not answer.status:
        return Finding(probe, Verdict.BAD, said(answer), should, took(answer))
    if answer.status in _CLIENT_ERRORS:
        return Finding(probe, Verdict.GOOD, f"refused it with {answer.status}", should, took(answer))
    if not answer.error:
        return Finding(probe, Verdict.BAD, f"believed it: answered {answer.status}", should, took(answer))
    return Finding(probe, Verdict.WARNING, f"did not take it, but answered {answer.status}", should, took(answer))


def said(answer: Answer) -> str:
    """The answer in words."""
    if answer.status:
        return f"answered {answer.status}"
    return _WORDS.get(answer.error, f"gave no answer ({answer.error})")


def took(answer: Answer) -> float:
    return round(answer.total_us / 1000, 1)


_WORDS = {
    "timeout": "gave no answer in time",
    "closed": "hung up without an answer",
    "connect": "can't be connected to",
    "dns": "has a name that can't be resolved",
    "tls": "has a certificate or a TLS that we don't accept",
    "blocked_address": "stands at an address that we don't call",
}
