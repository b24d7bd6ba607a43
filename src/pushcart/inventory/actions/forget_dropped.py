from __future__ import annotations

import os
import time

import structlog

from pushcart.inventory.actions.take_dropped import file_stuck
from pushcart.inventory.drop_folder import DONE, FAILED, files, folder, retailers

_log = structlog.get_logger()
KEPT_DAYS = 14
_DAY = 86_400


def forget_dropped() -> int:
    """Files away what could not be before, and removes what was filed away two weeks ago; counts the removed files."""
    file_stuck()
    return sum(_forget(retailer, name) for retailer in retailers() for name in (DONE, FAILED))


def _forget(*names: str) -> int:
    oldest = time.time() - KEPT_DAYS * _DAY
    forgotten = 0
    try:
        with folder(*names) as here:
            for name, status in files(here):
                # Moving a file leaves the time at which it was written as it is.
                if max(status.st_mtime, status.st_ctime) < oldest:
                    os.unlink(name, dir_fd=here)
                    forgotten += 1
    except FileNotFoundError:
        return forgotten  # nothing was filed away yet
    except OSError as error:
        _log.warning("inventory.drop_unreadable", folder="/".join(names), error=str(error))
    return forgotten
