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
        total: Those before them and, where they are counted, after them too.
        is_full: No more are wanted.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.hits: list[Hit] = []
        self.total = 0
        self.is_full = False

    def take(self, store: Store, km: float, shelves: Shelves) -> None:
        """The next nearest store, and what stands on its shelves; whether it is a hit the question decides."""
        hit = self.question.hit(store, km, shelves)
        if hit is None:
            return
        self.total += 1
        wanted = self.question.wanted
        if wanted.offset < self.total <= wanted.offset + wanted.limit:
            self.hits.append(hit)
        self.is_full = self.total >= max(wanted.offset + wanted.limit, wanted.counted)
