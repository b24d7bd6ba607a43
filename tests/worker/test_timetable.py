from __future__ import annotations

import json

import pytest

from pushcart.worker.timetable import Task, payments, run_due, timetable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ran():
    return []


def task(ran, name, every, *, fails=False):
    def run():
        ran.append(name)
        if fails:
            raise RuntimeError("the shelf is empty")
        return 3

    return Task(name, every, run)


def test_it_runs_what_is_due_and_says_when_to_come_again(ran):
    tasks = [task(ran, "often", 1.0), task(ran, "seldom", 5.0)]

    assert run_due(tasks, 100.0) == 101.0
    assert run_due(tasks, 100.5) == 101.0
    assert run_due(tasks, 101.0) == 102.0
    assert ran == ["often", "seldom", "often"]
    assert run_due(tasks, 105.0) == 106.0
    assert ran[3:] == ["often", "seldom"]


def test_what_was_missed_is_made_up_for_once(ran):
    tasks = [task(ran, "often", 1.0)]
    run_due(tasks, 100.0)
    assert run_due(tasks, 160.0) == 161.0
    assert ran == ["often", "often"]


def test_a_task_that_fails_keeps_no_other_from_running(ran, capsys):
    tasks = [task(ran, "broken", 1.0, fails=True), task(ran, "whole", 1.0)]

    assert run_due(tasks, 100.0) == 101.0
    assert ran == ["broken", "whole"]
    assert run_due(tasks, 101.0) == 102.0
    assert ran == ["broken", "whole"] * 2
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["event"], line["task"]) for line in said[:2]] == [
        ("timetable.failed", "broken"),
        ("timetable.ran", "whole"),
    ]
    assert "the shelf is empty" in said[0]["exception"]
    assert said[1]["done"] == 3


def test_nothing_done_is_not_logged(capsys):
    run_due([Task("idle", 1.0, lambda: 0)], 100.0)
    assert capsys.readouterr().out == ""


def test_it_holds_the_bounds_that_are_published():
    """What is due is found within a second; a payment without an answer (30 s) and a lost cart within a minute."""
    every = {task.name: task.every for task in [*timetable(), *payments()]}
    assert every["notifications"] <= 1
    assert every["expire"] <= 1
    assert every["expired"] <= 1
    assert every["sweep"] <= 30
    assert every["eligibility"] <= 60
    assert timetable()[0].name == "notifications"


def test_every_task_of_it_runs_on_an_empty_installation(capsys):
    run_due([*timetable(), *payments()], 100.0)
    assert "timetable.failed" not in capsys.readouterr().out
