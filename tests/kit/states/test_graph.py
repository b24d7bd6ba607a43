import pytest

from pushcart.kit.states import GRAPHS, Graph, IllegalMoveError


@pytest.fixture(autouse=True)
def _declared_nowhere():
    before = dict(GRAPHS)
    yield
    GRAPHS.clear()
    GRAPHS.update(before)


DOOR = {"open": ("closed",), "closed": ("open", "locked"), "locked": ()}


def test_it_names_its_moves_and_ends():
    door = Graph("door", "open", DOOR)
    assert door.states == ("open", "closed", "locked")
    assert door.final == {"locked"}
    assert door.pairs() == [("open", "closed"), ("closed", "open"), ("closed", "locked")]


def test_it_refuses_a_move_it_does_not_have():
    with pytest.raises(
        IllegalMoveError, match="door: open can't become locked; from open it can become closed"
    ) as refused:
        Graph("door", "open", DOOR).check("open", "locked")
    assert refused.value.open == ("closed",)


def test_it_says_that_a_state_is_final():
    with pytest.raises(IllegalMoveError, match="nothing: it is final"):
        Graph("door", "open", DOOR).check("locked", "open")


@pytest.mark.parametrize(
    ("moves", "fault"),
    [
        ({"open": ("shut",)}, "a move leads to \\['shut'\\]"),
        ({"open": (), "shut": ()}, "\\['shut'\\] can't be reached from open"),
    ],
)
def test_it_is_checked_when_it_is_declared(moves, fault):
    with pytest.raises(ValueError, match=fault):
        Graph("door", "open", moves)
