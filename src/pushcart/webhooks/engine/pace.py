"""How fast and how much: the pusher's bounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Pace:
    """Memory is bounded by what may be in hand: about 4 kB a delivery."""

    # Without a sign of life for so long a pusher is dead, and others send what it had. Longer than any request takes.
    lease: timedelta = timedelta(seconds=20)
    heartbeat: float = 5.0  # seconds
    # News wakes the pusher at once; this is for what comes due by time, and for news that was lost.
    poll: float = 0.5  # seconds
    # How often the gauges are renewed.
    metrics: float = 5.0  # seconds
    # Deliveries in one pusher's hands: claimed, on the way, or answered and not yet recorded.
    in_hand: int = 2000
    # Of these for one endpoint, and of those on the way at a time.
    in_hand_per_endpoint: int = 128
    least_in_hand_per_endpoint: int = 8
    requests_per_endpoint: int = 16
    # Results written at a time, and how long the first of them waits for others.
    batch: int = 500
    linger: float = 0.003  # seconds
