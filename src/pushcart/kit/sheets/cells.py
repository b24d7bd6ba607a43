from __future__ import annotations

import csv


def cells_of(text: str, separator: str) -> list[str] | None:
    """A line's values without the blanks around them; None where its quotation marks don't match.

    Line by line, so that one stray mark spoils one row and not all that follow.
    """
    if '"' not in text:
        return [cell.strip() for cell in text.split(separator)]
    try:
        [cells] = csv.reader([text], delimiter=separator, strict=True)
    except (csv.Error, ValueError):
        return None
    return [cell.strip() for cell in cells]
