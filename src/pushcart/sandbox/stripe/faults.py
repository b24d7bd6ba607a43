"""What goes wrong on purpose: a test says which next calls meet which trouble."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe.errors import Refusal

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.store import Store

# name → what the caller meets; the guide's table says the same.
EFFECTS = {
    "answer_lost": "the call acts, then the connection closes without an answer",
    "timeout": "the call does nothing; the connection stays open for `seconds`, then closes",
    "error_500": "the call does nothing and answers 500, which its idempotency key keeps",
    "error_500_after": "the call acts and answers 500, which its idempotency key keeps",
    "rate_limited": "the call does nothing and answers 429 with Retry-After: `seconds`",
    "slow": "the call waits `seconds`, then acts and answers",
    "late_answer": "the call acts at once and answers after `seconds`",
}


@dataclass(frozen=True)
class Fault:
    effect: str
    seconds: float


def planned(store: Store, plan: dict[str, Any]) -> int:
    """Writes a fault down and returns its number.

    A plan has an `effect`, one of EFFECTS, and may have a `path`, a glob (default `*`); a `method` (default any); an
    `account` (default any); `times` (default 1); `after`, how many matching calls are let through first (default 0);
    `seconds` (default 1).

    Raises:
        ValueError: with a sentence, for a plan that can't be meant.
    """
    unknown = set(plan) - {"effect", "path", "method", "account", "times", "after", "seconds"}
    if unknown:
        raise ValueError(f"A fault has no {', '.join(sorted(unknown))}.")
    if plan.get("effect") not in EFFECTS:
        raise ValueError(f"effect is one of {', '.join(EFFECTS)}.")
    cursor = store.db.execute(
        "INSERT INTO faults (method, path, account, effect, remaining, after, seconds) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            str(plan.get("method", "*")).upper(),
            str(plan.get("path", "*")),
            plan.get("account"),
            plan["effect"],
            int(plan.get("times", 1)),
            int(plan.get("after", 0)),
            float(plan.get("seconds", 1)),
        ),
    )
    return int(cursor.lastrowid or 0)


def met(store: Store, method: str, path: str, account: str) -> Fault | None:
    """The first fault that waits for such a call; it has one call less to spoil then."""
    for row in store.db.execute("SELECT * FROM faults WHERE remaining > 0 ORDER BY seq").fetchall():
        if row["method"] not in {"*", method} or not fnmatchcase(path, row["path"]):
            continue
        if row["account"] not in {None, account}:
            continue
        if row["after"] > 0:
            store.db.execute("UPDATE faults SET after = after - 1 WHERE seq = ?", (row["seq"],))
            continue
        store.db.execute("UPDATE faults SET remaining = remaining - 1, hits = hits + 1 WHERE seq = ?", (row["seq"],))
        return Fault(row["effect"], row["seconds"])
    return None


def rate_limited(seconds: float) -> Refusal:
    return Refusal(
        429,
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        code="rate_limit",
        headers={"Retry-After": str(max(1, round(seconds)))},
    )


def broken() -> Refusal:
    """500, with Stripe's advice that asking again with the same key would only bring the same answer."""
    return Refusal(
        500,
        "An unexpected error occurred, please try again.",
        type="api_error",
        headers={"Stripe-Should-Retry": "false"},
    )
