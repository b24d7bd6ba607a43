"""Bounds, fairness and the circuit breaker, with a clock of the test's own."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pushcart.webhooks.engine.fan_out import UNREAD, Openings
from pushcart.webhooks.engine.hands import Hands
from pushcart.webhooks.engine.lot import Places
from pushcart.webhooks.engine.pace import Pace
from pushcart.webhooks.engine.standing import LONGEST_PAUSE, OPENS_AFTER, Circuit, Standing

if TYPE_CHECKING:
    from pushcart.webhooks.engine.claimed import Claimed

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


_numbers = itertools.count(1)


def deliveries(endpoint_id: int, count: int, *, tried: bool = False) -> list[Any]:
    first_at = datetime(2026, 1, 1, tzinfo=UTC) if tried else None
    numbers = itertools.islice(_numbers, count)
    return [SimpleNamespace(id=n, endpoint_id=endpoint_id, first_at=first_at, uid=f"evt_{n}", upc="") for n in numbers]


def fill(hands: Hands, endpoint_id: int, *, retries: bool = False) -> list[Any]:
    """Claims as many first tries as there is room for, and perhaps as many retries."""
    hands.hungry = {endpoint_id: None}
    places = hands.places()
    room = places.get(endpoint_id, Places(0, 0))
    claimed = deliveries(endpoint_id, room.first) + deliveries(endpoint_id, room.again * retries, tried=True)
    hands.take(claimed, places)
    return claimed


def prove(hands: Hands, *endpoints: int) -> None:
    """They have answered before, and quickly."""
    for endpoint_id in endpoints:
        hands._standings[endpoint_id].answered(failed=False, took=0.02, now=0.0)


def send_all(hands: Hands, endpoint_id: int) -> list[Claimed]:
    sent = []
    while delivery := hands.next_for(endpoint_id):
        sent.append(delivery)
    return sent


def test_it_claims_no_more_for_an_endpoint_and_in_all_than_its_bounds(hands: Hands) -> None:
    prove(hands, 1, 2, 3, 4)
    hands.call_for([1, 2, 3, 4])
    places = hands.places()
    assert [places[endpoint_id] for endpoint_id in hands.hungry] == [(25, 6), (25, 6), (25, 6), (7, 0)]
    for endpoint_id, room in places.items():
        hands.take(deliveries(endpoint_id, room.first), {endpoint_id: room})
        hands.take(deliveries(endpoint_id, room.again, tried=True), {endpoint_id: room})
    assert hands.places() == {}
    assert len(hands.deliveries) == 100


def test_it_sends_no_more_requests_at_a_time_than_an_endpoint_takes(hands: Hands) -> None:
    prove(hands, 1)
    claimed = fill(hands, 1)
    assert len(send_all(hands, 1)) == 10
    hands.answered(claimed[0], failed=False, took=0.01)
    assert len(send_all(hands, 1)) == 1


def test_an_endpoint_that_did_not_fill_its_places_is_not_asked_for_again(hands: Hands) -> None:
    hands.call_for([1])
    hands.take(deliveries(1, 3), hands.places())
    assert hands.hungry == {}


def test_news_of_a_busy_endpoint_stays_in_the_stream_and_that_of_a_slow_one_is_put_down(hands: Hands) -> None:
    prove(hands, 1)
    assert hands.openings() == Openings({}, others=1)
    fill(hands, 1)
    hands.hungry.clear()
    assert hands.openings().known == {1: UNREAD}
    assert not hands.room_for([1])
    for delivery in send_all(hands, 1):
        hands.answered(delivery, failed=False, took=60.0)
    assert hands.openings().known == {1: 0}


def test_news_waits_for_what_was_there_before(hands: Hands) -> None:
    prove(hands, 1)
    hands.call_for([1])
    assert hands.openings().known == {1: UNREAD}
    assert hands.places() == {1: (40, 10)}


def test_a_full_pusher_leaves_the_news_of_all_others_in_the_stream(hands: Hands) -> None:
    for endpoint_id in range(1, 5):
        hands.take(deliveries(endpoint_id, 25))
    assert hands.openings().others == UNREAD
    assert not hands.room_for([9])


def test_what_is_recorded_makes_room(hands: Hands) -> None:
    prove(hands, 1)
    claimed = fill(hands, 1)
    while sent := send_all(hands, 1):
        for delivery in sent:
            hands.answered(delivery, failed=False, took=0.01)
    hands.recorded(claimed)
    assert hands.deliveries == {}
    assert fill(hands, 1)


def test_slow_endpoints_get_little_and_together_no_more_than_half(hands: Hands) -> None:
    for endpoint_id in range(1, 31):
        hands._standings[endpoint_id].answered(failed=False, took=25.0, now=0.0)
        fill(hands, endpoint_id)
    assert len(hands.deliveries) == 37  # a quarter of their half is left to those that never answered
    fill(hands, 98)
    assert hands.in_hand(98) == (4, 0)
    prove(hands, 99)
    hands.hungry = {99: None}
    assert hands.places() == {99: (8, 2)}  # its share of a hundred among twelve, and places for retries


def test_endpoints_that_never_answered_get_little_until_they_do(hands: Hands) -> None:
    for endpoint_id in range(1, 31):
        fill(hands, endpoint_id)
    assert len(hands.deliveries) == 50
    prove(hands, 99)
    hands.hungry = {99: None}
    assert hands.places() == {99: (7, 1)}


def test_what_was_claimed_for_an_endpoint_that_turns_out_dead_or_slow_is_let_go(hands: Hands) -> None:
    prove(hands, 1, 2, 3)
    dead, slow, well = (fill(hands, endpoint_id) for endpoint_id in (1, 2, 3))
    assert (len(dead), len(slow), len(well)) == (40, 40, 20)
    for endpoint_id in (1, 2, 3):
        send_all(hands, endpoint_id)
    for delivery in dead[:10]:
        hands.answered(delivery, failed=True, took=0.01)
    for delivery in slow[:10]:
        hands.answered(delivery, failed=False, took=5.0)
    assert set(hands.drop_surplus()) == {delivery.id for delivery in dead[10:] + slow[10:]}
    assert hands.drop_surplus() == []
    assert hands.in_hand(3) == (20, 0)


def test_retries_take_no_more_than_half_of_an_endpoints_requests(hands: Hands) -> None:
    """However long they take: what is new finds a request free."""
    prove(hands, 1)
    hands.call_for([1])
    places = hands.places()
    assert places == {1: (40, 10)}
    hands.take(deliveries(1, 10, tried=True), places)
    assert len(send_all(hands, 1)) == 5
    new = deliveries(1, 20)
    hands.take(new)
    assert send_all(hands, 1) == new[:5]


def test_first_tries_leave_half_of_the_requests_to_retries(hands: Hands) -> None:
    prove(hands, 1)
    fill(hands, 1, retries=True)
    sent = send_all(hands, 1)
    assert [delivery.first_at is None for delivery in sent].count(True) == 5


def test_a_row_that_is_full_does_not_hide_what_waits_in_the_other(hands: Hands) -> None:
    prove(hands, 1)
    fill(hands, 1)
    hands.call_for([1])
    places = hands.places()
    assert places == {1: (0, 10)}
    hands.take([], places)
    assert list(hands.hungry) == [1]


def test_a_circuit_opens_after_failures_in_a_row_and_asks_with_one_request(hands: Hands, clock: Clock) -> None:
    prove(hands, 1)
    claimed = fill(hands, 1)
    for delivery in claimed[:OPENS_AFTER]:
        assert hands.next_for(1) is delivery
        hands.answered(delivery, failed=True, took=0.01)
    assert hands.open_circuits() == 1
    assert hands.next_for(1) is None
    hands.drop([1])
    hands.recorded(claimed[:OPENS_AFTER])
    assert fill(hands, 1) == []
    clock.now += 2.0
    assert len(fill(hands, 1)) == 1
    probe = hands.next_for(1)
    assert probe
    hands.answered(probe, failed=False, took=0.01)
    assert hands.open_circuits() == 0


def test_a_half_open_circuit_sends_one_at_a_time(hands: Hands, clock: Clock) -> None:
    prove(hands, 1)
    fill(hands, 1, retries=True)
    for _ in range(OPENS_AFTER):
        failed = hands.next_for(1)
        assert failed
        hands.answered(failed, failed=True, took=0.01)
    clock.now += 2.0
    tried = hands._lots[1].again_went_last
    (probe,) = send_all(hands, 1)
    assert (probe.first_at is not None) is not tried  # they take turns
    hands.answered(probe, failed=False, took=0.01)
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


def test_what_is_claimed_again_while_it_is_in_hand_is_not_sent_twice_and_gets_the_newer_token(hands: Hands) -> None:
    """The heartbeat came too late on a busy machine, and the pusher's own claim found its lapsed lease."""
    (first,) = deliveries(1, 1)
    hands.take([first])
    assert hands.next_for(1) is first
    (again,) = deliveries(1, 1)
    again.id, again.uid, again.token = first.id, first.uid, 2
    hands.take([again])
    assert hands.next_for(1) is None
    assert first.token == 2
    hands.answered(first, failed=False, took=0.01)
    hands.recorded([first])
    assert hands.deliveries == {}
    assert hands.endpoints() == []


@pytest.mark.parametrize("sent", [True, False])
def test_what_has_the_number_of_another_event_is_taken_in_its_place(hands: Hands, *, sent: bool) -> None:
    """The database crashed, took back deliveries, and gave their numbers anew."""
    (before,) = deliveries(1, 1)
    hands.take([before])
    if sent:
        assert hands.next_for(1) is before
    (now,) = deliveries(1, 1)
    now.id, now.token = before.id, 2
    hands.take([now])
    assert send_all(hands, 1) == [now]
    hands.answered(before, failed=False, took=0.01)
    hands.recorded([before])
    assert hands.deliveries == {now.id: now}
    assert (hands.on_the_way(), hands.in_hand(1)) == (1, (1, 0))
    hands.answered(now, failed=False, took=0.01)
    hands.recorded([now])
    assert (hands.deliveries, hands.endpoints(), hands.on_the_way()) == ({}, [], 0)


def test_what_was_sent_and_never_answered_is_let_go(hands: Hands, clock: Clock) -> None:
    lost, queued = deliveries(1, 2)
    hands.take([lost])
    assert send_all(hands, 1) == [lost]
    clock.now += 20
    hands.take([queued])
    assert send_all(hands, 1) == [queued]
    clock.now += 11
    assert hands.forget_overdue(30) == [lost]
    assert hands.forget_overdue(30) == []
    assert (hands.deliveries, hands.on_the_way()) == ({queued.id: queued}, 1)
    # It is claimed anew and sent anew, by this pusher or another.
    (again,) = deliveries(1, 1)
    again.id, again.uid = lost.id, lost.uid
    hands.take([again])
    assert send_all(hands, 1) == [again]


def starved(hands: Hands, clock: Clock, slow: range, *, seconds: int, took: float = 5.0) -> dict[int, int]:
    """How often each was served while all of them always have more: each answer takes `took`."""
    served = dict.fromkeys(slow, 0)
    hands.call_for(slow)
    on_the_way: list[tuple[float, Any]] = []
    until = clock.now + seconds
    while clock.now < until:
        clock.now += 0.5
        done = [each for at, each in on_the_way if at <= clock.now]
        on_the_way = [(at, each) for at, each in on_the_way if at > clock.now]
        for each in done:
            hands.answered(each, failed=False, took=took)
        hands.recorded(done)
        places = hands.places()
        hands.take([each for number, room in places.items() for each in deliveries(number, room.first)], places)
        hands.call_for(slow)
        for number in hands.endpoints():
            for each in send_all(hands, number):
                served[number] = served.get(number, 0) + 1
                on_the_way.append((clock.now + (took if number in slow else 0.02), each))
    return served


def test_of_many_slow_endpoints_each_has_its_turn_and_an_unknown_one_is_served_at_once(clock: Clock) -> None:
    hands = Hands(Pace(), clock)
    slow = range(1, 201)
    served = starved(hands, clock, slow, seconds=300)
    assert min(served.values()) > 0
    assert max(served.values()) <= 2 * min(served.values())
    hands.call_for([999])
    assert hands.places()[999] == (8, 2)


def test_news_of_the_unknown_takes_no_more_than_the_slow_may(clock: Clock) -> None:
    """As after a restart, when nobody is known: the room of those that then prove well is left to them."""
    hands = Hands(Pace(), clock)
    assert hands.openings().others == 10  # for each of a hundred endpoints
    for endpoint_id in range(1, 101):
        hands.take(deliveries(endpoint_id, 10))
    assert hands.openings().others == UNREAD
    prove(hands, 1)
    assert hands.openings().others == 1
    assert hands.openings().known[1] > 0
