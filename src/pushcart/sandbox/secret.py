from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def secret(path: Path, *, prefix: str = "") -> str:
    """The secret kept in `path`, for its owner alone; drawn by whichever process asks first."""
    try:
        return path.read_text()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(prefix + secrets.token_urlsafe(48))
    try:
        # A link is made whole or not at all, and by one process only.
        path.hardlink_to(fresh)
    except FileExistsError:
        return path.read_text()
    finally:
        fresh.unlink()
    return path.read_text()
