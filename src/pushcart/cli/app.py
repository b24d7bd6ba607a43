"""Gathers the commands and sets Django up for whichever is called."""

from __future__ import annotations

import os
import pkgutil
import sys
from importlib import import_module

import django
import typer
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

import pushcart.cli


def build() -> typer.Typer:
    """The whole command: a file `push.py` with a function `push`, or `feed.py` with a group of commands `feed`."""
    app = typer.Typer(
        name="pushcart",
        help="PushCart: orders made on a brand's site, handed to the one local store that fulfils them.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,  # they show local variables, and those hold secrets
    )
    app.callback()(_set_up)
    for module in pkgutil.iter_modules(pushcart.cli.__path__):
        if module.name not in {"app", "asking", "__main__"}:
            _add(app, module.name)
    return app


def run() -> None:
    """Runs what the command line says; a missing database or setting is one sentence, not a stack of calls."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pushcart.config.settings")
    try:
        build()()
    except (OperationalError, ImproperlyConfigured) as error:
        sys.exit(f"pushcart: {str(error).strip()}")


def _set_up() -> None:
    django.setup()


def _add(app: typer.Typer, name: str) -> None:
    command = getattr(import_module(f"pushcart.cli.{name}"), name)
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name)
    else:
        app.command(name=name)(command)
