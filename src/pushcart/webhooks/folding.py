"""Which updates may be left out where a newer one of the same cart waits behind them (the endpoint's `folds`).

Each document shows the cart as a whole, so whoever has the newer one lacks nothing but the step between. An event that
brings the order, that decides a line or that calls for somebody's hands is never left out: receivers act on its type.
"""

from __future__ import annotations

FOLDABLE = ("carts.received", "carts.charged", "carts.released", "carts.fulfilled", "carts.refunded")
