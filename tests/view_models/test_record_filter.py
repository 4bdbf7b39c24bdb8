"""Whatever happens to a table, the view shows exactly the records that fit, in their order."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.view_models.table import Column, RecordTable

pytestmark = pytest.mark.usefixtures("qapp")


@dataclass(frozen=True)
class Row:
    name: str
    value: float


COLUMNS = (Column("Name", lambda r: r.name), Column("Value", lambda r: r.value, numeric=True))
NAMES = st.sampled_from([f"s{n}" for n in range(30)])
ROWS = st.dictionaries(NAMES, st.floats(0, 9)).map(lambda d: [Row(k, v) for k, v in d.items()])
WARN = QAbstractItemModelTester.FailureReportingMode.Warning
STEPS = st.one_of(
    st.tuples(st.just("show"), ROWS),
    st.tuples(st.just("renew"), ROWS),
    st.tuples(st.just("replace"), ROWS),
    st.tuples(st.just("put"), st.builds(Row, NAMES, st.floats(0, 9))),
    st.tuples(st.just("set_columns"), st.just(COLUMNS)),
    st.tuples(st.just("search"), st.sampled_from(["", "1", "s2", "nothing"])),
    st.tuples(st.just("above"), st.none() | st.floats(0, 9)),
    st.tuples(st.just("sort"), st.tuples(st.sampled_from([0, 1]), st.sampled_from(list(Qt.SortOrder)))),
    st.tuples(st.just("choose"), NAMES),
)


class World:
    def __init__(self) -> None:
        self.table = RecordTable(COLUMNS, lambda r: r.name)
        self.view = RecordView(self.table, "rows", "")
        # Qt's own judge of both models at every signal; what it says is a warning, and that fails a test
        self.judges = [QAbstractItemModelTester(m, WARN) for m in (self.table, self.view.rows)]
        self.words, self.least, self.order = "", None, (-1, Qt.SortOrder.AscendingOrder)

    def do(self, what: str, how: object) -> None:
        rows = self.view.rows
        if what in ("show", "renew", "replace", "put", "set_columns"):
            getattr(self.table, what)(how)
        elif what == "search":
            self.words = how
            rows.search(how)
        elif what == "above":
            self.least = how
            rows.accept_only(None if how is None else lambda r: r.value > how)
        elif what == "sort":
            self.order = how
            self.view.sort_by(*how)
        else:
            self.view.select_record(lambda r: r.name == how)

    @property
    def wanted(self) -> set[Row]:
        fits = [r for r in self.table.records if self.words in f"{r.name} {r.value}".lower()]
        return {r for r in fits if self.least is None or r.value > self.least}

    @property
    def shown(self) -> list[Row]:
        rows = self.view.rows
        return [rows.record(rows.index(n, 0)) for n in range(rows.rowCount())]


@given(st.lists(STEPS, max_size=25))
def test_what_is_shown_is_what_fits_in_its_order(steps: list[tuple[str, object]]) -> None:
    world = World()
    world.view.show()
    chosen: list[Row] = []
    # whoever listens may ask for the record at any moment
    world.view.chosen.connect(chosen.append)
    for what, how in steps:
        world.do(what, how)
        QApplication.processEvents()
    world.view.rows.resort()
    assert len(world.shown) == len(world.wanted)
    assert set(world.shown) == world.wanted
    column, direction = world.order
    if column >= 0:
        values = [COLUMNS[column].value(row) for row in world.shown]
        assert values == sorted(values, reverse=direction == Qt.SortOrder.DescendingOrder)
    world.view.hide()


@given(ROWS.filter(bool), st.floats(0, 9))
def test_the_cursor_stays_on_its_record_when_the_order_changes(rows: list[Row], value: float) -> None:
    world = World()
    world.table.show(rows)
    world.do("sort", (1, Qt.SortOrder.AscendingOrder))
    name = rows[0].name
    world.do("choose", name)
    world.table.put(Row(name, value))
    world.view.rows.resort()
    assert world.view.rows.record(world.view.currentIndex()) == Row(name, value)


def test_a_record_that_leaves_the_filter_leaves_the_view_with_the_next_order() -> None:
    world = World()
    world.table.show([Row("s1", 1.0), Row("s2", 5.0)])
    world.do("above", 3.0)
    assert world.shown == [Row("s2", 5.0)]
    world.table.put(Row("s1", 4.0))
    assert world.shown == [Row("s2", 5.0)]
    world.view.rows.resort()
    assert world.shown == [Row("s1", 4.0), Row("s2", 5.0)]


def test_it_keeps_the_rules_of_a_qt_model(qtmodeltester) -> None:
    world = World()
    world.table.show([Row(f"s{n}", n % 7) for n in range(20)])
    world.do("sort", (1, Qt.SortOrder.DescendingOrder))
    world.do("above", 2.0)
    qtmodeltester.check(world.view.rows, force_py=True)
