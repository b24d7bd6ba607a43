import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from pushcart.kit import clock


@pytest.fixture
def own_clock(tmp_path):
    before = clock._Hand.offset
    clock.use_file(tmp_path / "clock")
    yield tmp_path / "clock"
    clock._Hand.offset = before


def test_it_has_the_machines_time_until_it_is_moved(own_clock):
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_it_moves_and_goes_on(own_clock):
    clock.move(timedelta(hours=3))
    clock.move(timedelta(minutes=30))
    assert abs(clock.now() - datetime.now(UTC) - timedelta(hours=3, minutes=30)) < timedelta(seconds=1)


def test_it_stands_still_where_it_is_frozen(own_clock):
    noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
    clock.freeze(noon)
    assert clock.now() == clock.now() == noon
    clock.move(timedelta(microseconds=1))
    assert clock.now() == noon + timedelta(microseconds=1)
    clock.reset()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_it_runs_on_from_where_it_is_set(own_clock):
    clock.move_to(datetime(2027, 1, 1, tzinfo=UTC))
    assert timedelta(0) <= clock.now() - datetime(2027, 1, 1, tzinfo=UTC) < timedelta(seconds=1)


def test_it_is_one_clock_for_all_processes(own_clock):
    moved = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import sys; from pathlib import Path; from datetime import datetime, UTC;"
                "from pushcart.kit import clock; clock.use_file(Path(sys.argv[1]));"
                "clock.freeze(datetime(2030, 5, 17, tzinfo=UTC))"
            ),
            str(own_clock),
        ],
        check=True,
    )
    assert moved.returncode == 0
    assert clock.now() == datetime(2030, 5, 17, tzinfo=UTC)


def test_it_refuses_to_move_a_live_installations_time(own_clock):
    clock._Hand.offset = None
    with pytest.raises(clock.ClockIsFixedError, match="only a sandbox's clock can be moved"):
        clock.move(timedelta(hours=1))
