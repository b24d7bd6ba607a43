"""What every measurement says in the same way: for people as a table, with --json as one object."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import traceback
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(frozen=True)
class Result:
    """One figure.

    Attributes:
        name: What was measured.
        value: The figure, in `unit`.
        unit: As "requests/s", "µs", "ms", "" for a ratio.
        goal: What it should reach, if there is a goal.
        better: Whether more is better ("higher"), or less.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    better: Literal["higher", "lower"] = "higher"

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.better == "higher" else self.value <= self.goal


def main(name: str, measure: Callable[[], Iterable[Result]]) -> None:
    """Measures and prints. The exit code is 1 where a goal is missed, or where something broke off."""
    parser = argparse.ArgumentParser(prog=f"bin/bench {name}")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    as_json = parser.parse_args().json
    # What the measured code logs stands beside the figures, like the progress.
    with redirect_stdout(sys.stderr):
        results = list(attempted(name, measure()))
    if as_json:
        print(json.dumps(as_object(name, results), ensure_ascii=False))
    else:
        Console(highlight=False).print(as_table(name, results))
    if _failed or any(result.met is False for result in results):
        sys.exit(1)


_failed: list[str] = []


def attempted(part: str, results: Iterable[Result]) -> Iterator[Result]:
    """The figures of one part: where it breaks off, those until then, and the others are measured all the same."""
    try:
        yield from results
    except Exception:  # noqa: BLE001 shown, and counted as a failure
        traceback.print_exc()
        _failed.append(part)


def progress(line: str) -> None:
    """Tells whoever waits what is going on, beside the figures."""
    print(f"· {line}", file=sys.stderr, flush=True)


def as_object(name: str, results: Iterable[Result]) -> dict[str, Any]:
    """`{bench, machine, results: [{name, value, unit, goal, better, met}], failed: [part]}`."""
    return {
        "bench": name,
        "machine": machine(),
        "results": [{**asdict(result), "met": result.met} for result in results],
        "failed": _failed,
    }


def as_table(name: str, results: Iterable[Result]) -> Table:
    cores = machine()
    table = Table(title=f"{name} on {cores['cpu']}, {cores['cores']} cores", title_justify="left")
    table.add_column("what")
    table.add_column("figure", justify="right")
    table.add_column("unit")
    table.add_column("goal", justify="right")
    for result in results:
        colour = {True: "green", False: "bold red", None: "none"}[result.met]
        sign = "≥" if result.better == "higher" else "≤"
        goal = "" if result.goal is None else f"{sign} {_figure(result.goal)} {'' if result.met else 'missed'}".strip()
        table.add_row(result.name, f"[{colour}]{_figure(result.value)}[/]", result.unit, goal)
    return table


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _figure(value: float) -> str:
    """Three digits that say something, thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 from there on all three are whole
