"""How much of a file is read at all, so that none takes the memory or the disk of everybody else."""

from __future__ import annotations

# Of one line, or of several that are one record; a file without line ends is no feed.
LONGEST_LINE = 20_000
# That one record may have.
MOST_LINES = 200
# A piece that is read at once: some ten times as much memory while it is.
PIECE = 4 * 2**20
MB = 2**20
