from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.catalog.models import BlockedPath

if TYPE_CHECKING:
    from pushcart.catalog.models import Product
    from pushcart.companies.models import Company


class PathError(ValueError):
    """No such path; the message is a sentence."""


def block_path(product: Product, path: str, *, retailer: Company | None = None, blocked: bool = True) -> bool:
    """Takes a product off a path (bopis, ropis, delivery) in a retailer's stores, or everywhere; or puts it back.

    Returns whether that is news.

    Raises:
        PathError: there is no such path.
    """
    if path not in BlockedPath.Path.values:
        raise PathError(f"There is no path {path!r}; the paths are {', '.join(BlockedPath.Path.values)}.")
    if blocked:
        return BlockedPath.objects.get_or_create(product=product, path=path, retailer=retailer)[1]
    return BlockedPath.objects.filter(product=product, path=path, retailer=retailer).delete()[0] > 0
