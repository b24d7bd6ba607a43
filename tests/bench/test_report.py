from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.postgres import database
from bench.report import Result

PROJECT = Path(__file__).parents[2]

BENCH = """
from bench.report import Result, main
main("sample", lambda: [
    Result("reads", 12345.678, "requests/s", goal={goal}),
    Result("p99", 4.5, "ms", goal=5, better="lower"),
    Result("share", 0.61234, ""),
])
"""


def run(*arguments, goal):
    return subprocess.run(
        [sys.executable, "-c", BENCH.format(goal=goal), *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_prints_one_object_for_machines():
    ran = run("--json", goal=12000)
    said = json.loads(ran.stdout)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert said["bench"] == "sample"
    assert said["machine"].keys() == {"cpu", "cores", "memory_gb", "system", "python"}
    assert said["results"] == [
        {"name": "reads", "value": 12345.678, "unit": "requests/s", "goal": 12000, "better": "higher", "met": True},
        {"name": "p99", "value": 4.5, "unit": "ms", "goal": 5, "better": "lower", "met": True},
        {"name": "share", "value": 0.61234, "unit": "", "goal": None, "better": "higher", "met": None},
    ]


def test_it_prints_a_table_for_people_and_fails_where_a_goal_is_missed():
    ran = run(goal=20000)

    assert ran.returncode == 1
    assert "12,346" in ran.stdout
    assert "≥ 20,000 missed" in ran.stdout
    assert "≤ 5" in ran.stdout
    assert "0.612" in ran.stdout


@pytest.mark.parametrize(
    ("result", "met"),
    [
        (Result("a", 5, "s", goal=5), True),
        (Result("a", 4.9, "s", goal=5), False),
        (Result("a", 5, "s", goal=5, better="lower"), True),
        (Result("a", 5.1, "s", goal=5, better="lower"), False),
        (Result("a", 5, "s"), None),
    ],
)
def test_it_knows_whether_a_goal_is_met(result, met):
    assert result.met is met


def test_it_lends_a_durable_database(monkeypatch):
    import psycopg

    for name in ("DATABASE_URL", "PUSHCART_VAR", "DJANGO_SETTINGS_MODULE"):
        monkeypatch.setenv(name, "")
    with database(migrated=False) as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        folder = Path(connection.execute("SHOW data_directory").fetchone()[0])
    assert not folder.exists()
