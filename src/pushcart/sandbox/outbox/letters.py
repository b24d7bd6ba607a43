"""The outbox's memory: a journal, one line a letter, read again at the start."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Letter:
    """One mail or SMS as the provider took it.

    Attributes:
        number: 1, 2, 3 … in the order in which they came.
        id: the provider's.
        channel: `mail` or `sms`.
        at: RFC 3339, by the sandbox's clock.
    """

    number: int
    id: str
    channel: str
    at: str
    sender: str
    recipient: str
    subject: str
    text: str


class Outbox:
    """All letters, also those of earlier runs."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._journal = folder / "letters.jsonl"
        self._letters = [Letter(**json.loads(line)) for line in self._lines()]

    def add(self, **said: str) -> Letter:
        letter = Letter(number=len(self._letters) + 1, **said)
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(asdict(letter)) + "\n")
        self._letters.append(letter)
        return letter

    def after(self, number: int) -> list[Letter]:
        """The letters that came after the one of this number, in their order."""
        return self._letters[number:]

    def _lines(self) -> list[str]:
        """Whole lines alone: a process that was killed may have left half a one, which no provider had confirmed."""
        if not self._journal.exists():
            return []
        text = self._journal.read_text(encoding="utf-8")
        whole, _, half = text.rpartition("\n")
        if half:
            self._journal.write_text(f"{whole}\n" if whole else "", encoding="utf-8")
        return whole.splitlines()
