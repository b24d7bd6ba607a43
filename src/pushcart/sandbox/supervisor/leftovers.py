"""What a killed supervisor left behind: found by a file for each program, and known again by when it started."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_GRACE_SECONDS = 10


def note(folder: Path, name: str, pid: int) -> None:
    """Leaves word of a running program."""
    (folder / f"{name}.pid").write_text(f"{pid} {_started(pid)}")


def forget(folder: Path, name: str) -> None:
    (folder / f"{name}.pid").unlink(missing_ok=True)


def end_leftovers(folder: Path) -> list[str]:
    """Ends the programs of a supervisor that could not do so itself, and returns their names."""
    ended = []
    for file in folder.glob("*.pid"):
        pid, _, started = file.read_text().partition(" ")
        if pid.isdigit() and started and _started(int(pid)) == started:
            end_group(int(pid))
            ended.append(file.stem)
        file.unlink()
    return sorted(ended)


def end_group(pid: int) -> None:
    """Asks a program and its children to end, and sees to it."""
    until = time.monotonic() + _GRACE_SECONDS
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGTERM)
        while time.monotonic() < until and _started(pid):
            time.sleep(0.05)
        os.killpg(pid, signal.SIGKILL)


def _started(pid: int) -> str:
    """When it started, in the kernel's ticks since boot; empty where there is no such process, or no way to know."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    # After the name, which may hold anything: the third field is the state, the 22nd the start.
    fields = status.rpartition(")")[2].split()
    return "" if fields[0] in {"Z", "X"} else fields[19]
