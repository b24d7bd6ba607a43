"""A state graph: which states there are, where a thing begins, and which moves are open from where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Every graph of the installation by name, for the database's guard and the drawings.
GRAPHS: dict[str, Graph] = {}


class IllegalMoveError(ValueError):
    """A move that the graph does not have."""

    def __init__(self, graph: Graph, source: str, target: str) -> None:
        self.graph, self.source, self.target = graph, source, target
        self.open = graph.moves[source]
        ways = " or ".join(self.open) if self.open else "nothing: it is final"
        super().__init__(f"{graph.name}: {source} can't become {target}; from {source} it can become {ways}.")


@dataclass(frozen=True)
class Graph:
    """A named graph. `moves` gives for each state the states that may follow, in the order in which people read them.

    Raises:
        ValueError: at import, when a move leads to a state that is not declared or a state can't be reached.
    """

    name: str
    initial: str
    moves: Mapping[str, tuple[str, ...]]
    # What a state means, for the drawings.
    meaning: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        targets = {target for followers in self.moves.values() for target in followers}
        if undeclared := targets - set(self.moves):
            raise ValueError(f"{self.name}: a move leads to {sorted(undeclared)}, which the graph does not declare.")
        if lost := set(self.moves) - self._reachable():
            raise ValueError(f"{self.name}: {sorted(lost)} can't be reached from {self.initial}.")
        if strangers := set(self.meaning) - set(self.moves):
            raise ValueError(f"{self.name}: a meaning is given for {sorted(strangers)}, which is no state.")
        GRAPHS[self.name] = self

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(self.moves)

    @property
    def final(self) -> frozenset[str]:
        return frozenset(state for state, followers in self.moves.items() if not followers)

    def check(self, source: str, target: str) -> None:
        """Raises `IllegalMoveError` unless the move is open."""
        if target not in self.moves[source]:
            raise IllegalMoveError(self, source, target)

    def pairs(self) -> list[tuple[str, str]]:
        return [(source, target) for source, followers in self.moves.items() for target in followers]

    def _reachable(self) -> set[str]:
        seen, waiting = set[str](), [self.initial]
        while waiting:
            state = waiting.pop()
            if state not in seen:
                seen.add(state)
                waiting.extend(self.moves.get(state, ()))
        return seen
