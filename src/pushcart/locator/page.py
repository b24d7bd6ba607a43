"""The hits of a search as they come in, the nearest first: those before the page are only counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushcart.locator.found import Hit
    from pushcart.locator.question import Question, Shelves
    from pushcart.locator.records import Store


class Page:
    """What a source fills.

    Attributes:
        hits: At most as many as are wanted.
        is_full: No more are.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.hits: list[Hit] = []
        self.is_full = False
        self._before = question.wanted.offset

    def take(self, store: Store, km: float, shelves: Shelves) -> None:
        """The next nearest store, and what stands on its shelves; whether it is a hit the question decides."""
        hit = self.question.hit(store, km, shelves)
        if hit is None:
            return
        if self._before:
            self._before -= 1
            return
        self.hits.append(hit)
        self.is_full = len(self.hits) == self.question.wanted.limit
