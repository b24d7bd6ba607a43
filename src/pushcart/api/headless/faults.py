from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError


def faults_of(error: ValidationError) -> list[dict[str, str]]:
    """Every fault with its place: `{"field": "items[1].qty", "message": …}`. What was sent is not repeated."""
    return [fault for problem in error.errors(include_input=False, include_url=False) for fault in _faults(problem)]


def _faults(problem: Any) -> list[dict[str, str]]:
    several: list[dict[str, str]] | None = problem.get("ctx", {}).get("faults")
    if several:
        return several
    return [{"field": _place(problem["loc"]), "message": problem["msg"].removeprefix("Value error, ")}]


def _place(loc: tuple[int | str, ...]) -> str:
    """`items[0].upc` from ("items", 0, "upc")."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")
