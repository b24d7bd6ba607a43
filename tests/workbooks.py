"""Workbooks as .xlsx: sheets of rows, and one that asks for more memory than there is."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape


def workbook(*sheets):
    """An .xlsx of these rows: numbers as numbers, texts as texts."""
    names = [f"sheet{n}" for n in range(1, len(sheets) + 1)]
    parts = {
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _BOOK.format(
            "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1))
        ),
        "xl/_rels/workbook.xml.rels": _relations([("worksheet", f"worksheets/{name}.xml") for name in names]),
    }
    for name, rows in zip(names, sheets, strict=True):
        lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
        parts[f"xl/worksheets/{name}.xml"] = f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return packed.getvalue()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_BOOK = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{{}}</sheets></workbook>'


def _relations(targets):
    told = (
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{package}">{"".join(told)}</Relationships>'


def _cell(value):
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def far_cell():
    """A sheet of two cells as far apart as cells can be: a reader that lays it out asks for hundreds of gigabytes."""
    corners = [(1, "A1"), (1_048_576, "XFD1048576")]
    rows = (f'<row r="{row}"><c r="{cell}"><v>1</v></c></row>' for row, cell in corners)
    return _with_sheet(workbook([["upc", "qty"]]), "".join(rows))


def _with_sheet(book, rows):
    told = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if "sheet1.xml" in name:
                text = text.partition("<sheetData>")[0] + f"<sheetData>{rows}</sheetData></worksheet>"
            new.writestr(name, text)
    return told.getvalue()
