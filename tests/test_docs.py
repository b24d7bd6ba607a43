"""What an operator has to know stands in the guide: each variable that is read, each command that there is."""

from __future__ import annotations

import pkgutil
import re
from pathlib import Path

import pytest
import typer

import pushcart
from pushcart.cli.app import build

PROJECT = Path(__file__).parents[1]
OPERATE = (PROJECT / "docs" / "guides" / "operate.md").read_text()
ARCHITECTURE = (PROJECT / "docs" / "architecture.md").read_text()
SETTINGS = (PROJECT / "src" / "pushcart" / "config" / "settings.py").read_text()


def test_the_guide_names_every_variable():
    read = set(re.findall(r"environ(?:\.get)?[\[(]\"(\w+)\"", SETTINGS))
    assert len(read) > 30
    assert {name for name in read if f"`{name}`" not in OPERATE} == set()


@pytest.mark.parametrize("name", sorted(typer.main.get_command(build()).commands))
def test_the_guide_names_every_command(name):
    command = typer.main.get_command(build()).commands[name]
    told = [set(words.split("\\|")) for words in re.findall(rf"`pushcart {name}(?: ([^`]*))?`", OPERATE)]
    assert told
    assert not hasattr(command, "commands") or set(command.commands) in told


def test_the_plan_of_the_house_names_every_package():
    packages = {found.name for found in pkgutil.iter_modules(pushcart.__path__) if found.ispkg}
    assert {name for name in packages if not re.search(rf"\b{name}\b", ARCHITECTURE)} == set()
