"""State graphs: declared once, checked in code, guarded in the database, drawn into the docs."""

from pushcart.kit.states.graph import GRAPHS, Graph, IllegalMoveError
from pushcart.kit.states.transition import StaleStateError, transition

__all__ = ["GRAPHS", "Graph", "IllegalMoveError", "StaleStateError", "transition"]
