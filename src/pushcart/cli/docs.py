"""`pushcart docs`: the state graphs, drawn from the code into docs/states/."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pushcart.kit.states import Graph

_STATES = Path(__file__).resolve().parents[3] / "docs" / "states"


def docs(
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail where a drawing is not fresh.")] = False,
    into: Annotated[Path, typer.Option(help="The folder of the drawings.")] = _STATES,
) -> None:
    """Draws every state graph into docs/states/."""
    drawings = {f"{name}.md": draw(graph) for name, graph in all_graphs().items()}
    drawings["README.md"] = _index(all_graphs())
    known = {path.name: path.read_text() for path in into.glob("*.md")}
    if check:
        _fail_unless_fresh(drawings, known, into)
        return
    into.mkdir(parents=True, exist_ok=True)
    for gone in known.keys() - drawings.keys():
        (into / gone).unlink()
    for name, text in drawings.items():
        (into / name).write_text(text)


def all_graphs() -> dict[str, Graph]:
    """Every graph of the installation by name: each package declares its own in `states.py`."""
    from django.apps import apps

    from pushcart.kit.states import GRAPHS

    for config in apps.get_app_configs():
        if config.name.startswith("pushcart.") and find_spec(f"{config.name}.states"):
            import_module(f"{config.name}.states")
    return dict(sorted(GRAPHS.items()))


def draw(graph: Graph) -> str:
    """The graph as a page: a mermaid drawing, and what each state means."""
    moves = "".join(f"    {source} --> {target}\n" for source, target in graph.pairs())
    ends = "".join(f"    {state} --> [*]\n" for state in graph.moves if state in graph.final)
    rows = "".join(
        f"| `{state}` | {graph.meaning.get(state, '')} | {_ways(graph.moves[state])} |\n" for state in graph.states
    )
    return (
        f"# {graph.name}\n\n"
        f"Drawn from the code by `pushcart docs`; a test holds it against the code and against the database.\n\n"
        f"```mermaid\nstateDiagram-v2\n    [*] --> {graph.initial}\n{moves}{ends}```\n\n"
        f"| state | meaning | can become |\n|---|---|---|\n{rows}"
    )


def _ways(targets: tuple[str, ...]) -> str:
    return ", ".join(f"`{target}`" for target in targets) or "nothing: it is final"


def _index(graphs: dict[str, Graph]) -> str:
    links = "".join(f"- [{name}]({name}.md)\n" for name in graphs)
    return f"# State graphs\n\nDrawn from the code by `pushcart docs`.\n\n{links}"


def _fail_unless_fresh(drawings: dict[str, str], known: dict[str, str], into: Path) -> None:
    stale = sorted(name for name in drawings.keys() | known.keys() if drawings.get(name) != known.get(name))
    if stale:
        sys.exit(f"Not fresh in {into}: {', '.join(stale)}. Run `pushcart docs`.")
