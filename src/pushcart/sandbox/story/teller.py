"""How the story is told: one line a step, in colour on a terminal, plain elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from pushcart.kit import clock

if TYPE_CHECKING:
    from rich.table import Table

_COLOUR = {
    "shopper": "magenta",
    "pushcart": "cyan",
    "store": "yellow",
    "push": "blue",
    "mail": "green",
    "sms": "green",
    "clock": "bold",
}


class WrongStepError(Exception):
    """A step was not what it should be."""


class Teller:
    """Says what happens, and stops the story where it is not what it should be."""

    def __init__(self, timezone: str) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._timezone = ZoneInfo(timezone)
        self.checks = 0

    def chapter(self, title: str) -> None:
        self._console.print(f"\n[bold]{title}[/]")

    def progress(self, what: str) -> None:
        self._console.print(Text(f"  {what}", style="dim"))

    def step(self, who: str, what: str) -> None:
        """One line: the store's time, who, what."""
        at = clock.now().astimezone(self._timezone).strftime("%a %H:%M")
        line = Text.assemble((f"  {at}  ", "dim"), (f"{who:<9}", _COLOUR[who]), what)
        self._console.print(line)

    def check(self, what: str, found: Any, expected: Any) -> None:
        """Goes on only where what was found is what it should be.

        Raises:
            WrongStepError: it is not.
        """
        self.checks += 1
        if found != expected:
            raise WrongStepError(f"{what}: it is {found!r}, and should be {expected!r}")

    def table(self, table: Table) -> None:
        self._console.print(table)

    def end(self, sentence: str, *, good: bool) -> None:
        self._console.print(Text(f"\n{sentence}", style="bold green" if good else "bold red"))
