"""One move of one row: refused when the graph lacks it, and when another was faster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model

    from pushcart.kit.states.graph import Graph


class StaleStateError(RuntimeError):
    """Another moved the row first; nothing was written."""


def transition(row: Model, graph: Graph, target: str, *, field: str = "status", **also: Any) -> None:
    """Moves `row` to `target` where the database still holds the state that `row` shows, and writes `also` with it.

    Raises:
        IllegalMoveError: the graph has no such move.
        StaleStateError: the row's state was changed meanwhile.
    """
    source = getattr(row, field)
    graph.check(source, target)
    changes = {field: target, **also}
    rows = type(row)._default_manager.filter(pk=row.pk, **{field: source})  # noqa: SLF001 Django's public-by-name manager
    if rows.update(**changes) == 0:
        raise StaleStateError(f"{graph.name}: row {row.pk} is no longer {source}.")
    for name, value in changes.items():
        setattr(row, name, value)
