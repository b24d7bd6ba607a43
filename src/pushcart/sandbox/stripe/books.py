"""The double's own books, and rules that must hold in them, counted apart from the code that moved the money."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.store import Store

_KINDS = ("hold", "capture", "release", "refund", "refund_failed", "dispute", "dispute_won")


def books(store: Store, account: str | None = None) -> dict[str, Any]:
    """Every movement, and its sums by account and currency, in minor units.

    Returns:
        `{"movements": [{account, payment_intent, charge, kind, amount, currency, at, source}, …],
        "totals": {account: {currency: {held, captured, released, refunded, disputed, holding, kept}}}}`, where
        `holding` is still on cards and `kept` is captured, neither refunded nor disputed away.
    """
    rows = store.db.execute(
        "SELECT account, payment_intent, charge, kind, amount, currency, at, source FROM movements "
        "WHERE ? IS NULL OR account = ? ORDER BY seq",
        (account, account),
    ).fetchall()
    totals: dict[str, dict[str, dict[str, int]]] = {}
    for row in rows:
        sums = totals.setdefault(row["account"], {}).setdefault(row["currency"], dict.fromkeys(_KINDS, 0))
        sums[row["kind"]] += row["amount"]
    return {
        "movements": [dict(row) for row in rows],
        "totals": {
            each: {currency: _summed(sums) for currency, sums in currencies.items()}
            for each, currencies in totals.items()
        },
    }


def invariants(store: Store, account: str | None = None) -> dict[str, Any]:
    """Checks each charge's movements, of one account or of all, against the rules and against what the API shows.

    Returns:
        `{"ok": bool, "charges": how many were checked, "broken": ["ch_…: sentence", …]}`.
    """
    sums = _by_charge(store, account)
    broken = []
    intents = {intent["id"]: intent for intent in store.all("payment_intent", account=account)}
    charges = store.all("charge", account=account)
    for charge in charges:
        moved = sums.pop(charge["id"], dict.fromkeys(_KINDS, 0))
        intent = intents[charge["payment_intent"]]
        rules = [*_money_rules(moved), *_charge_rules(charge, moved)]
        if intent["latest_charge"] == charge["id"]:
            rules += _intent_rules(intent, moved)
        broken += [f"{charge['id']}: {sentence}" for holds, sentence in rules if not holds]
    broken += [f"{charge}: money moved for a charge that isn't there" for charge in sums]
    broken += _booking_rules(store, charges)
    return {"ok": not broken, "charges": len(charges), "broken": broken}


def _by_charge(store: Store, account: str | None) -> dict[str, dict[str, int]]:
    sums: dict[str, dict[str, int]] = {}
    for row in store.db.execute(
        "SELECT charge, kind, sum(amount) AS amount, count(*) AS times FROM movements "
        "WHERE ? IS NULL OR account = ? GROUP BY charge, kind",
        (account, account),
    ):
        moved = sums.setdefault(row["charge"], dict.fromkeys(_KINDS, 0))
        moved[row["kind"]] = row["amount"]
        moved[f"{row['kind']}_times"] = row["times"]
    return sums


def _money_rules(moved: dict[str, int]) -> list[tuple[bool, str]]:
    refunded = moved["refund"] - moved["refund_failed"]
    return [
        (moved["capture"] <= moved["hold"], "more was captured than held"),
        (moved["capture"] + moved["release"] <= moved["hold"], "more was captured and released than held"),
        (moved.get("hold_times", 0) <= 1, "held more than once"),
        (moved.get("capture_times", 0) <= 1, "captured more than once"),
        (0 <= refunded <= moved["capture"], "more was refunded than captured"),
        (moved["dispute_won"] <= moved["dispute"], "more was won back than disputed"),
        (
            # A bank may take what is on its way back already: then the retailer pays twice, until it is won.
            max(refunded, moved["dispute"] - moved["dispute_won"]) <= moved["capture"],
            "more was refunded or disputed than captured",
        ),
    ]


def _charge_rules(charge: dict[str, Any], moved: dict[str, int]) -> list[tuple[bool, str]]:
    refunded = moved["refund"] - moved["refund_failed"]
    return [
        (charge["amount_captured"] == moved["capture"], "amount_captured is not what was captured"),
        (charge["amount_refunded"] == refunded, "amount_refunded is not what was refunded"),
        (charge["captured"] == (moved["capture"] > 0), "captured says otherwise than the money"),
        (moved["hold"] in {0, charge["amount"]}, "held another amount than the charge's"),
        (charge["paid"] or moved["hold"] == moved["release"], "a failed charge still holds money"),
    ]


def _intent_rules(intent: dict[str, Any], moved: dict[str, int]) -> list[tuple[bool, str]]:
    holding = moved["hold"] - moved["capture"] - moved["release"]
    return [
        (intent["amount_received"] == moved["capture"], "the intent's amount_received is not what was captured"),
        (intent["amount_capturable"] == holding, "the intent's amount_capturable is not what is held"),
        ((intent["status"] == "requires_capture") == (holding > 0), "the intent's status contradicts its hold"),
        ((intent["status"] == "succeeded") == (moved["capture"] > 0), "the intent's status contradicts its capture"),
    ]


def _booking_rules(store: Store, charges: list[dict[str, Any]]) -> list[str]:
    """What an account's balance shows for payments is captured, less refunded, less disputed."""
    broken = []
    for account in {store.account_of(charge["id"]) for charge in charges}:
        moved = dict.fromkeys(_KINDS, 0)
        for row in store.db.execute(
            "SELECT kind, sum(amount) AS amount FROM movements WHERE account = ? GROUP BY kind", (account,)
        ):
            moved[row["kind"]] = row["amount"]
        booked = sum(
            json.loads(row["body"])["amount"]
            for row in store.db.execute(
                "SELECT body FROM objects WHERE object = 'balance_transaction' AND account = ? "
                "AND json_extract(body, '$.type') IN ('charge', 'refund', 'refund_failure', 'adjustment')",
                (account,),
            )
        )
        if booked != _summed(moved)["kept"]:
            broken.append(f"{account}: the balance transactions sum to {booked}, the movements to something else")
    return broken


def _summed(moved: dict[str, int]) -> dict[str, int]:
    refunded = moved["refund"] - moved["refund_failed"]
    disputed = moved["dispute"] - moved["dispute_won"]
    return {
        "held": moved["hold"],
        "captured": moved["capture"],
        "released": moved["release"],
        "refunded": refunded,
        "disputed": disputed,
        "holding": moved["hold"] - moved["capture"] - moved["release"],
        "kept": moved["capture"] - refunded - disputed,
    }
