"""Bounds, fairness and the circuit breaker, with a clock of the test's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pushcart.webhooks.engine.fan_out import UNREAD, Openings
from pushcart.webhooks.engine.hands import Hands
from pushcart.webhooks.engine.pace import Pace
from pushcart.webhooks.engine.standing import LONGEST_PAUSE, OPENS_AFTER, Circuit, Standing

if TYPE_CHECKING:
    from pushcart.webhooks.engine.claim import Claimed

PACE = Pace(in_hand=100, in_hand_per_endpoint=40, least_in_hand_per_endpoint=4, requests_per_endpoint=10)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hands(clock: Clock) -> Hands:
    return Hands(PACE, clock)


def deliveries(endpoint_id: int, count: int, first: int = 0) -> list[Any]:
    return [SimpleNamespace(id=endpoint_id * 10_000 + first + n, endpoint_id=endpoint_id) for n in range(count)]


def fill(hands: Hands, endpoint_id: int) -> list[Any]:
    """Claims as much as there is room for."""
    hands.hungry = {endpoint_id}
    places = hands.places()
    claimed = deliveries(endpoint_id, places.get(endpoint_id, 0))
    hands.take(claimed, places)
    return claimed


def send_all(hands: Hands, endpoint_id: int) -> list[Claimed]:
    sent = []
    while delivery := hands.next_for(endpoint_id):
        sent.append(delivery)
    return sent


def test_it_claims_no_more_for_an_endpoint_and_in_all_than_its_bounds(hands: Hands) -> None:
    hands.hungry = {1, 2, 3, 4}
    places = hands.places()
    assert sorted(places.values()) == [25, 25, 25, 25]
    for endpoint_id, room in places.items():
        hands.take(deliveries(endpoint_id, room), {endpoint_id: room})
    assert hands.places() == {}
    assert len(hands.deliveries) == 100


def test_it_sends_no_more_requests_at_a_time_than_an_endpoint_takes(hands: Hands) -> None:
    fill(hands, 1)
    assert len(send_all(hands, 1)) == 10
    hands.answered(1, failed=False, took=0.01)
    assert len(send_all(hands, 1)) == 1


def test_an_endpoint_that_did_not_fill_its_places_is_not_asked_for_again(hands: Hands) -> None:
    hands.hungry = {1}
    hands.take(deliveries(1, 3), hands.places())
    assert hands.hungry == set()


def test_news_of_a_busy_endpoint_stays_in_the_stream_and_that_of_a_slow_one_is_put_down(hands: Hands) -> None:
    assert hands.openings() == Openings({}, others=1)
    fill(hands, 1)
    hands.hungry.clear()
    assert hands.openings().known == {1: UNREAD}
    assert not hands.room_for([1])
    for _ in range(10):
        hands.next_for(1)
    for _ in range(10):
        hands.answered(1, failed=False, took=60.0)
    assert hands.openings().known == {1: 0}


def test_news_waits_for_what_was_there_before(hands: Hands) -> None:
    hands.hungry = {1}
    assert hands.openings().known == {1: UNREAD}
    assert hands.places() == {1: 40}


def test_a_full_pusher_leaves_the_news_of_all_others_in_the_stream(hands: Hands) -> None:
    for endpoint_id in range(1, 5):
        hands.take(deliveries(endpoint_id, 25))
    assert hands.openings().others == UNREAD
    assert not hands.room_for([9])


def test_what_is_recorded_makes_room(hands: Hands) -> None:
    claimed = fill(hands, 1)
    for _ in range(4):
        send_all(hands, 1)
        for _ in range(10):
            hands.answered(1, failed=False, took=0.01)
    hands.recorded(claimed)
    assert hands.deliveries == set()
    assert fill(hands, 1)


def test_slow_endpoints_get_little_and_together_no_more_than_half(hands: Hands) -> None:
    for endpoint_id in range(1, 31):
        hands._standings[endpoint_id].mean = 5.0
        fill(hands, endpoint_id)
    assert len(hands.deliveries) == 50
    hands.hungry = {99}
    assert hands.places() == {99: 7}  # its share of a hundred among fourteen


def test_a_circuit_opens_after_failures_in_a_row_and_asks_with_one_request(hands: Hands, clock: Clock) -> None:
    claimed = fill(hands, 1)
    for _ in range(OPENS_AFTER):
        assert hands.next_for(1)
        hands.answered(1, failed=True, took=0.01)
    assert hands.open_circuits() == 1
    assert hands.next_for(1) is None
    hands.drop([1])
    hands.recorded(claimed[:OPENS_AFTER])
    assert fill(hands, 1) == []
    clock.now += 2.0
    assert len(fill(hands, 1)) == 1
    assert hands.next_for(1)
    hands.answered(1, failed=False, took=0.01)
    assert hands.open_circuits() == 0


def test_a_half_open_circuit_sends_one_at_a_time(hands: Hands, clock: Clock) -> None:
    fill(hands, 1)
    for _ in range(OPENS_AFTER):
        hands.next_for(1)
        hands.answered(1, failed=True, took=0.01)
    clock.now += 2.0
    assert len(send_all(hands, 1)) == 1
    hands.answered(1, failed=False, took=0.01)
    assert len(send_all(hands, 1)) == 10


def test_its_pauses_double_up_to_the_longest() -> None:
    standing, now, pauses = Standing(), 0.0, []
    for _ in range(OPENS_AFTER - 1):
        standing.answered(failed=True, took=0.1, now=now)
    assert standing.circuit(now) is Circuit.CLOSED
    for _ in range(5):
        standing.answered(failed=True, took=0.1, now=now)
        assert standing.circuit(now) is Circuit.OPEN
        pauses.append(standing.open_until - now)
        now = standing.open_until
        assert standing.circuit(now) is Circuit.HALF_OPEN
    assert pauses == [2.0, 4.0, 8.0, LONGEST_PAUSE, LONGEST_PAUSE]
    standing.answered(failed=False, took=0.1, now=now)
    assert standing.circuit(now) is Circuit.CLOSED


def test_late_failures_of_one_burst_do_not_lengthen_the_pause() -> None:
    standing = Standing()
    for _ in range(OPENS_AFTER + 20):
        standing.answered(failed=True, took=0.1, now=0.0)
    assert standing.open_until == 2.0
    assert standing.pause == 4.0
