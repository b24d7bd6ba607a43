"""Whatever is asked of Stripe and not answered: it waits, is asked again after a while, and was done once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.give_back import give_back
from pushcart.payments.actions.release import release
from pushcart.payments.actions.reserve_refund import reserve_refund

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Asking:
    """One act: on which row, by which call, its states before and after the answer, and what moves."""

    act: Callable
    path: str
    waits: str
    done: str
    moves: list[tuple[str, int]]


ASKING = {
    "capture": Asking(
        capture,
        "/v1/payment_intents/*/capture",
        "capturing",
        "captured",
        [("hold", 11_010), ("capture", 11_010)],
    ),
    "release": Asking(
        release,
        "/v1/payment_intents/*/cancel",
        "releasing",
        "released",
        [("hold", 11_010), ("release", 11_010)],
    ),
    "give_back": Asking(
        give_back,
        "/v1/refunds",
        "pending",
        "succeeded",
        [("hold", 11_010), ("capture", 11_010), ("refund", 1_010)],
    ),
}


@pytest.fixture(params=ASKING)
def asking(request):
    return ASKING[request.param]


@pytest.fixture
def row(asking, held, captured):
    return reserve_refund(captured(), 1_010) if asking.act is give_back else held()


@pytest.mark.parametrize("effect", ["answer_lost", "rate_limited", "timeout", "error_500_after"])
def test_it_is_done_once(effect, asking, row, retailer, stripe_double, later):
    stripe_double.fault(effect, asking.path, method="POST", seconds=0)
    assert asking.act(row).state == asking.waits
    assert asking.act(row).state == asking.waits
    later()

    assert asking.act(row).state == asking.done
    later()
    assert asking.act(row).state == asking.done
    assert stripe_double.movements(retailer) == asking.moves
    stripe_double.assert_sound()
