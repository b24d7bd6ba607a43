"""What a pusher has in its hands of one endpoint's, and what there is room for."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pushcart.webhooks.engine.claimed import Claimed


class Places(NamedTuple):
    """How many first tries, and how many that were tried before, an endpoint may be given."""

    first: int
    again: int


@dataclass(slots=True)
class Lot:
    """First tries and retries stand in two rows, and neither takes the other's room."""

    first: deque[Claimed] = field(default_factory=deque)
    again: deque[Claimed] = field(default_factory=deque)
    sending: int = 0
    sending_again: int = 0
    in_hand: int = 0
    in_hand_again: int = 0
    again_went_last: bool = False

    def let_go(self, delivery: Claimed) -> None:
        """Takes one that was not sent out of its row."""
        self.first = deque(each for each in self.first if each is not delivery)
        self.again = deque(each for each in self.again if each is not delivery)
