"""The graphs of the code, of the database's guard and of the drawings are one and the same."""

from __future__ import annotations

import pytest
from django.db import connection

from pushcart.cli.docs import all_graphs, draw
from pushcart.cli.docs import docs as draw_docs

GUARDED = """
SELECT DISTINCT encode(substr(tgargs, 1, position('\\000'::bytea IN tgargs) - 1), 'escape'), tgrelid::regclass::text
FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE proname = 'guard_state'
"""


@pytest.mark.django_db
def test_the_database_guards_every_graph_and_no_other():
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT graph FROM state_move")
        moves = {graph for (graph,) in cursor.fetchall()}
        cursor.execute(GUARDED)
        triggers = {graph for graph, _ in cursor.fetchall()}

    assert moves == triggers == set(all_graphs())


@pytest.mark.django_db
@pytest.mark.parametrize("name", all_graphs())
def test_the_database_knows_the_moves_of_the_code(name):
    graph = all_graphs()[name]
    with connection.cursor() as cursor:
        cursor.execute("SELECT source, target FROM state_move WHERE graph = %s", [name])
        guarded = set(cursor.fetchall())

    assert guarded == {("", graph.initial), *graph.pairs()}


@pytest.mark.parametrize("name", all_graphs())
def test_every_state_has_a_meaning(name):
    graph = all_graphs()[name]

    assert set(graph.meaning) == set(graph.states)


def test_the_drawings_in_the_docs_are_fresh():
    draw_docs(check=True)


def test_a_drawing_that_is_not_fresh_is_told(tmp_path):
    draw_docs(into=tmp_path)
    draw_docs(into=tmp_path, check=True)
    (tmp_path / "carts.line.md").write_text("old")
    (tmp_path / "gone.md").write_text("of a graph that is no more")

    with pytest.raises(SystemExit, match=r"Not fresh in .*: carts\.line\.md, gone\.md\. Run `pushcart docs`\."):
        draw_docs(into=tmp_path, check=True)

    draw_docs(into=tmp_path)
    assert not (tmp_path / "gone.md").exists()


def test_a_drawing_shows_each_move_and_meaning():
    drawn = draw(all_graphs()["payments.refund"])

    assert "    [*] --> pending\n    pending --> succeeded\n    pending --> failed\n    succeeded --> failed\n" in drawn
    assert "| `succeeded` | given back | `failed` |\n" in drawn
    assert "    failed --> [*]\n" in drawn
