from __future__ import annotations

import structlog

from pushcart.carts.one_by_one import one_by_one


def test_it_returns_those_for_which_something_was_done():
    assert one_by_one(lambda cart_id: cart_id != 2, [1, 2, 3]) == [1, 3]
    assert one_by_one(lambda _: None, [1, 2]) == [1, 2]
    assert one_by_one(lambda _: None, []) == []


def test_it_logs_a_failure_and_goes_on():
    with structlog.testing.capture_logs() as logs:
        assert one_by_one(lambda cart_id: 1 / (cart_id - 2) and None, [1, 2, 3]) == [1, 3]

    assert [(entry["event"], entry["cart_id"], entry["log_level"]) for entry in logs] == [
        ("carts.left_for_next_time", 2, "error")
    ]


def test_it_begins_no_further_one_when_its_time_is_over():
    begun = []

    assert one_by_one(begun.append, [1, 2, 3], until=0) == [1]
    assert begun == [1]
