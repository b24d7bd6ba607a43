"""Where log lines go."""

from __future__ import annotations

import sys
from contextlib import suppress


class Lines:
    """Standard output, as a file for structlog; a full disk under it loses lines, but stops no order."""

    def write(self, line: str) -> None:
        with suppress(OSError):
            sys.stdout.write(line)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stdout.flush()
