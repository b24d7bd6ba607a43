from __future__ import annotations

from tests.doubles import clock_file

# The clock of a test is the payment double's too.
__all__ = ["clock_file"]
