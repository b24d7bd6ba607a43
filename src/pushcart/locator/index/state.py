from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pushcart.locator.index.chart import Chart
    from pushcart.locator.index.products import Products
    from pushcart.locator.index.shelves import Shelves


class State(NamedTuple):
    """The network as this process knows it. What changes is replaced, never altered under a search.

    Attributes:
        dealers: The retailers that each brand shows.
    """

    chart: Chart
    shelves: Shelves
    dealers: dict[int, frozenset[int]]
    products: Products
