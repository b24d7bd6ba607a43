from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_STATUS_LINE = 7


@dataclass(frozen=True)
class Postmaster:
    """What PostgreSQL says of itself in `postmaster.pid` in its data directory."""

    data: Path

    def pid(self) -> int:
        """The process that serves this data, else 0; the number in the file may be another's by now."""
        try:
            pid = int(self._lines()[0])
        except (IndexError, ValueError):
            return 0
        try:
            return pid if Path(f"/proc/{pid}/cwd").readlink() == self.data.resolve() else 0
        except OSError:
            return 0 if Path("/proc/self").exists() else _alive(pid)

    def is_ready(self) -> bool:
        lines = self._lines() if self.pid() else []
        return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"

    def forget(self) -> None:
        """Removes what a killed server left."""
        self._file.unlink(missing_ok=True)

    @property
    def _file(self) -> Path:
        return self.data / "postmaster.pid"

    def _lines(self) -> list[str]:
        try:
            return self._file.read_text().splitlines()
        except FileNotFoundError:
            return []


def _alive(pid: int) -> int:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return 0
    return pid
