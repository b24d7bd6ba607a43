"""Lines that belong together, whatever the pieces they come in; and lines that don't, whatever marks are in them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushcart.kit.sheets.header import Header, Vocabulary
from pushcart.kit.sheets.limits import LONGEST_LINE, MOST_LINES
from pushcart.kit.sheets.records import records_of
from pushcart.kit.sheets.text import SAMPLE, Text

ANY = Vocabulary({"a": ("a",)}, ((frozenset({"a"}),),), "a")
HEADER = Header(line=1, separator=",", places={"a": 0, "b": 1, "c": 2}, width=3)


class Dribbling(io.BytesIO):
    """Gives few bytes at a time behind its first piece, as a pipe does."""

    def read(self, most=-1):
        return super().read(most if self.tell() < SAMPLE else min(most, 700))


def read(text, *, width=3):
    header = Header(1, ",", HEADER.places, width)
    parts = records_of(Text(Dribbling(text.encode()), ANY.names_columns), header)
    return [(int(part.numbers[n]), part[n]) for part in parts for n in range(len(part))]


@pytest.mark.parametrize(
    ("lines", "records"),
    [
        (["1,2,3", '1,"2', '2",3', "4,5,6"], [(2, "1,2,3"), (3, '1,"2 2",3'), (5, "4,5,6")]),
        (['1,"2', "", '2"",",3', '4"', ""], [(2, '1,"2  2"",",3'), (5, '4"'), (6, "")]),
        (['1,"2, ""x""', 'y, z",3', "4,5,6"], [(2, '1,"2, ""x"" y, z",3'), (4, "4,5,6")]),
        (['1,"2', 'a","b', 'c"', "4,5,6"], [(2, '1,"2 a","b c"'), (5, "4,5,6")]),
        (["1,2,3", '1,"2,3', "4,5,6"], [(2, "1,2,3"), (3, '1,"2,3'), (4, "4,5,6")]),
        (['1,22" kettle,3', '4,24" kettle,6'], [(2, '1,22" kettle,3'), (3, '4,24" kettle,6')]),
        (['1,"stray,3', "4,5,6", '7,"8', '8",9'], [(2, '1,"stray,3'), (3, "4,5,6"), (4, '7,"8 8",9')]),
        (['1,2,"stray', "4,5,6", '7,8,"9', '9"'], [(2, '1,2,"stray'), (3, "4,5,6"), (4, '7,8,"9 9"')]),
    ],
)
def test_it_puts_together_what_is_one_record(lines, records):
    assert read("\n".join(["a,b,c", *lines, ""])) == records


def test_it_is_bounded():
    far = ['1,"2', *["x"] * MOST_LINES, '2",3']
    assert len(read("\n".join(["a,b,c", *far, ""]))) == len(far)
    long = ['1,"2', *["x" * 1000] * (LONGEST_LINE // 1000), '2",3']
    assert len(read("\n".join(["a,b,c", *long, ""]))) == len(long)


def test_records_that_lie_across_pieces_are_whole():
    rows = [[str(n), f'No. {n}\n"{n * 7}",\n\n{"x" * (n % 50)}', str(n)] for n in range(6000)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([["a", "b", "c"], *rows])
    assert len(out.getvalue()) > 3 * SAMPLE

    found = read(out.getvalue())

    assert [next(csv.reader([text])) for _, text in found] == [[a, b.replace("\n", " "), c] for a, b, c in rows]
    assert [line for line, _ in found] == [2 + 4 * n for n in range(6000)]


cell = st.text(alphabet='ab ",\n', max_size=8)


@given(st.lists(st.lists(cell, min_size=3, max_size=3), max_size=20), st.booleans())
def test_it_reads_what_csv_writes(rows, quoted):
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(out, lineterminator="\n", quoting=quoting).writerows([["a", "b", "c"], *rows])

    found = [next(csv.reader([text], strict=True)) for _, text in read(out.getvalue())]

    assert found == [[value.replace("\n", " ") for value in row] for row in rows]
