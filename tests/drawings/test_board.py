"""Undo and redo, selection, locks."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tradebot_gui.drawings import Anchor, Board, Drawing


def line(price: float = 100.0) -> Drawing:
    return Drawing("horizontal", (Anchor(0, price),))


class UndoMachine(RuleBasedStateMachine):
    """However drawings are changed, undo walks back through every state and redo forth again."""

    def __init__(self) -> None:
        super().__init__()
        self.board = Board()
        self.past: list[tuple[Drawing, ...]] = []
        self.future: list[tuple[Drawing, ...]] = []

    def did(self, before: tuple[Drawing, ...]) -> None:
        if before != self.board.items:
            self.past.append(before)
            self.future.clear()

    @rule(price=st.floats(1, 1000))
    def add(self, price: float) -> None:
        before = self.board.items
        self.board.add(line(price))
        self.did(before)

    @precondition(lambda self: self.board.items)
    @rule(n=st.integers(0, 99), price=st.floats(1, 1000))
    def drag(self, n: int, price: float) -> None:
        before = self.board.items
        drawing = before[n % len(before)]
        self.board.begin()
        self.board.move(drawing.with_anchor(0, Anchor(5, price / 2)))
        self.board.move(drawing.with_anchor(0, Anchor(5, price)))
        self.board.finish()
        self.did(before)

    @precondition(lambda self: self.board.items)
    @rule(n=st.integers(0, 99))
    def remove(self, n: int) -> None:
        before = self.board.items
        self.board.remove(before[n % len(before)].id)
        self.did(before)

    @precondition(lambda self: self.board.items)
    @rule(n=st.integers(0, 99), price=st.floats(1, 1000))
    def copy_and_drag(self, n: int, price: float) -> None:
        before = self.board.items
        copy = before[n % len(before)].copied()
        self.board.begin()
        self.board.add(copy)
        self.board.move(copy.with_anchor(0, Anchor(5, price)))
        self.board.finish()
        self.did(before)

    @rule(price=st.floats(1, 1000), kept=st.booleans())
    def add_and_name(self, price: float, kept: bool) -> None:
        before, drawing = self.board.items, line(price)
        self.board.add(drawing)
        if kept:
            self.board.amend(replace(drawing, text="words"))
            self.did(before)
        else:
            self.board.withdraw(drawing.id)
            assert self.board.items == before
            self.future.clear()

    @rule()
    def undo(self) -> None:
        now = self.board.items
        self.board.undo()
        if self.past:
            self.future.append(now)
            assert self.board.items == self.past.pop()
        assert self.board.can_undo == bool(self.past)

    @rule()
    def redo(self) -> None:
        now = self.board.items
        self.board.redo()
        if self.future:
            self.past.append(now)
            assert self.board.items == self.future.pop()
        assert self.board.can_redo == bool(self.future)


TestUndo = UndoMachine.TestCase


def test_a_locked_drawing_is_not_removed():
    one, two = replace(line(), locked=True), line(50)
    board = Board([one, two])
    board.remove(one.id)
    assert board.items == (one, two)
    board.clear()
    assert board.items == (one,)
    board.undo()
    board.set_locked(True)
    board.remove(two.id)
    assert board.items == (one, two)


def test_a_cancelled_drag_leaves_no_step():
    board = Board([line()])
    before = board.items
    board.begin()
    board.move(before[0].with_anchor(0, Anchor(0, 1.0)))
    board.cancel()
    board.finish()
    assert board.items == before
    assert not board.can_undo


@given(st.integers(0, 3))
def test_what_is_undone_is_not_selected(count):
    board = Board()
    for n in range(count):
        board.add(line(n))
    board.undo()
    assert board.selected == "" or board.chosen in board.items
