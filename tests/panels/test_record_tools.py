"""What every table can do: limits, groups, frozen columns, sums, copies, and keeping what was chosen."""

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from tests.gui.fixtures import until
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.panels.alerts import AlertsPanel
from tradebot_gui.panels.collector import CollectorPanel
from tradebot_gui.panels.record_copy import export
from tradebot_gui.panels.record_totals import TotalsRow
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.view_models.long_table import LongRows, LongTable, prepared
from tradebot_gui.view_models.table import Column, RecordTable

NOON = 1_700_000_000_000


@dataclass(frozen=True)
class Row:
    number: int
    symbol: str
    price: float
    at: int = NOON


COLUMNS = (
    Column("Symbol", lambda r: r.symbol, width=90),
    Column("Price", lambda r: r.price, lambda r: texts.number(r.price, 1), None, True, 80,
           total=lambda sum_: texts.number(sum_, 1)),
    Column("Number", lambda r: r.number, numeric=True, width=80),
    Column("When", lambda r: r.at, lambda r: texts.when(r.at, "UTC", "%H:%M"), width=200, moment=True),
)  # fmt: skip
ROWS = [Row(n, ("BTCUSDT", "ETHUSDT", "SOLUSDT")[n % 3], float(n)) for n in range(40)]


@pytest.fixture(params=["few", "many"])
def view(request: pytest.FixtureRequest, qtbot) -> RecordView:
    """A table of either kind with the same rows."""
    if request.param == "few":
        table = RecordTable(COLUMNS, lambda r: r.number)
        made = RecordView(table, "Rows", "Nothing.")
        table.show(ROWS)
    else:
        table = LongTable(COLUMNS, lambda r: r.number)
        made = RecordView(table, "Rows", "Nothing.", rows=LongRows(table, table))
        table.take(prepared(ROWS, COLUMNS))
    table.setParent(made)
    qtbot.addWidget(made)
    made.resize(300, 300)
    made.show()
    QApplication.processEvents()
    return made


def shown(view: RecordView) -> list[int]:
    return [row.number for row in view.rows.shown()]


def menu_of(view: RecordView, row: int, column: int) -> QMenu:
    view.setCurrentIndex(view.rows.index(row, column))
    return view.fill_menu(QMenu(view))


def press(menu: QMenu, words: str) -> None:
    next(a for a in menu.actions() if a.text().startswith(words)).trigger()


def test_rows_are_limited_by_a_cell_and_all_come_again(view: RecordView) -> None:
    press(menu_of(view, 1, 0), "Only Symbol ETHUSDT")
    assert {n % 3 for n in shown(view)} == {1}
    press(menu_of(view, 2, 1), "Only Price at least 7.0")
    assert shown(view) == [n for n in range(40) if n % 3 == 1 and n >= 7]
    titles = [view.rows.headerData(n, Qt.Orientation.Horizontal) for n in range(3)]
    assert titles == ["Symbol •", "Price •", "Number"]
    tip = view.rows.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "Price at least 7.0" in tip
    press(menu_of(view, 0, 0), "All rows again")
    assert shown(view) == list(range(40))


def test_groups_stand_together_each_in_the_order_asked_for(view: RecordView) -> None:
    view.sort_by(1, Qt.SortOrder.DescendingOrder)
    view.group_by(0)
    symbols = [row.symbol for row in view.rows.shown()]
    assert symbols == sorted(symbols)
    first = [row.price for row in view.rows.shown() if row.symbol == "BTCUSDT"]
    assert first == sorted(first, reverse=True)
    assert sorted(view.rows.starts) == [symbols.index("ETHUSDT"), symbols.index("SOLUSDT")]
    view.group_by(-1)
    assert shown(view) == list(range(39, -1, -1))
    assert not view.rows.starts


def test_a_frozen_column_stays_in_sight_and_under_the_mouse_while_the_others_scroll(view: RecordView) -> None:
    view.frozen.freeze(1)
    before = view.viewport().grab(view.viewport().rect().adjusted(0, 0, 90 - view.viewport().width(), 0)).toImage()
    bar = view.horizontalScrollBar()
    bar.setValue(bar.maximum())
    assert bar.value() > 60
    QApplication.processEvents()
    after = view.viewport().grab(view.viewport().rect().adjusted(0, 0, 90 - view.viewport().width(), 0)).toImage()
    assert after == before
    assert view.frozen.isVisible()
    assert view.indexAt(QPoint(20, 30)).column() == 0
    assert view.indexAt(QPoint(95, 30)).column() > 0
    view.setCurrentIndex(view.rows.index(1, 1))
    assert view.columnViewportPosition(1) >= view.frozen.edge()
    again = RecordView(view.table, "Rows", "", rows=view.rows)
    again.restore_columns(view.save_columns())
    assert again.frozen.count == 1


def test_a_title_of_a_frozen_column_sorts(view: RecordView) -> None:
    view.frozen.freeze(1)
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        QTest.mouseClick(view.frozen.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(30, 8))
        symbols = [row.symbol for row in view.rows.shown()]
        assert symbols == sorted(symbols, reverse=order is Qt.SortOrder.DescendingOrder)


def test_sums_are_of_the_rows_in_sight_and_go_when_one_is_left(view: RecordView, qtbot) -> None:
    totals = TotalsRow(view)
    qtbot.addWidget(totals)
    totals.add_up()
    assert totals.shown == {1: "780.0"}
    press(menu_of(view, 2, 1), "Only Price at most 2.0")
    totals.add_up()
    assert totals.shown == {1: "3.0"}
    assert not totals.isHidden()
    press(menu_of(view, 0, 1), "Only Price at most 0.0")
    totals.add_up()
    assert totals.isHidden()


def test_a_copy_has_the_columns_as_they_stand_and_full_values(view: RecordView) -> None:
    view.horizontalHeader().moveSection(3, 0)
    view.setColumnHidden(2, True)
    view.setCurrentIndex(view.rows.index(1, 0))
    view.copy()
    lines = QApplication.clipboard().text().splitlines()
    assert lines == ["When\tSymbol\tPrice", "2023-11-14T22:13:20Z\tETHUSDT\t1.0"]
    press(menu_of(view, 1, 1), "Copy 1.0")
    assert QApplication.clipboard().text() == "1.0"


def test_values_are_copied_without_exponent_and_unknown_ones_as_nothing(qtbot) -> None:
    table = RecordTable(COLUMNS, lambda r: r.number)
    view = RecordView(table, "Rows", "")
    qtbot.addWidget(view)
    table.show([Row(1, "X\tY\nZ", 1.5e-7, 0), Row(2, "W", float("nan"))])
    assert view.as_tsv().splitlines()[1:] == ["X Y Z\t0.00000015\t1\t", "W\t\t2\t2023-11-14T22:13:20Z"]


def test_times_are_told_in_both_zones_under_the_mouse(view: RecordView) -> None:
    texts.choose_zone("Europe/Berlin")
    try:
        tip = view.rows.index(0, 3).data(Qt.ItemDataRole.ToolTipRole)
    finally:
        texts.choose_zone("local")
    assert tip == "2023-11-14 23:13:20 UTC+1\n2023-11-14 22:13:20 UTC"


def test_what_is_chosen_and_where_it_is_scrolled_outlive_new_rows_above(qtbot) -> None:
    table = RecordTable(COLUMNS, lambda r: r.number)
    view = RecordView(table, "Rows", "")
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show()
    table.replace(ROWS)
    QApplication.processEvents()
    rows = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    view.setCurrentIndex(view.rows.index(20, 1))
    view.selectionModel().select(view.rows.index(22, 0), rows)
    view.verticalScrollBar().setValue(18)
    told = []
    view.chosen.connect(told.append)
    table.replace([Row(100, "NEW", 1.0), Row(101, "NEW", 1.0), *ROWS[:22], *ROWS[23:]])
    QApplication.processEvents()
    assert [view.rows.record(i).number for i in view.selectionModel().selectedRows()] == [20]
    assert view.rows.record(view.currentIndex()).number == 20
    assert view.rows.record_at(view.rowAt(0)).number == 18
    assert told == []
    view.verticalScrollBar().setValue(0)
    table.replace(ROWS)
    assert view.verticalScrollBar().value() == 0


def test_what_is_chosen_stays_chosen_when_many_rows_are_sorted(qtbot) -> None:
    table = LongTable(COLUMNS, lambda r: r.number)
    view = RecordView(table, "Rows", "", rows=LongRows(table, table))
    qtbot.addWidget(view)
    table.take(prepared(ROWS, COLUMNS))
    view.setCurrentIndex(view.rows.index(3, 0))
    view.sort_by(1, Qt.SortOrder.DescendingOrder)
    assert view.rows.record(view.currentIndex()).number == 3
    table.take(prepared(ROWS[::-1], COLUMNS))
    assert not view.currentIndex().isValid()


def test_no_row_moves_while_the_mouse_is_over_the_table(qtbot) -> None:
    table = RecordTable(COLUMNS, lambda r: r.number)
    view = RecordView(table, "Rows", "")
    qtbot.addWidget(view)
    table.show(ROWS[:5])
    view.sort_by(1, Qt.SortOrder.DescendingOrder)
    view.rows.held = lambda: True
    table.put(Row(77, "NEW", 99.0))
    assert shown(view) == [4, 3, 2, 1, 0, 77]
    view.rows.held = lambda: False
    view.rows.resort()
    assert shown(view)[0] == 77


async def test_a_table_is_written_to_a_csv_file(desk: Desk, tmp_path: Path, qtbot, engine) -> None:
    panel = AlertsPanel(desk)
    qtbot.addWidget(panel)
    said: list[str] = []
    desk.notice.connect(lambda level, text: said.append(text))
    panel.told.replace([(1, _fired('a, "b"')), (0, _fired("c"))])
    export(panel.history, tmp_path / "told.csv")
    await until(lambda: said)
    rows = list(csv.reader((tmp_path / "told.csv").read_text(encoding="utf-8").splitlines()))
    assert rows == [["Time", "Symbol", "What happened"], ["2023-11-14T22:13:20Z", "BTCUSDT", 'a, "b"'],
                    ["2023-11-14T22:13:20Z", "BTCUSDT", "c"]]  # fmt: skip
    assert said == [f"2 rows written to {tmp_path / 'told.csv'}."]
    export(panel.history, tmp_path)
    await until(lambda: len(said) > 1)
    assert "choose another place" in said[1]


async def test_a_double_click_and_the_menu_show_the_symbol_in_all_linked_panels(desk: Desk, engine, qtbot) -> None:
    engine.list_instruments()
    panel = AlertsPanel(desk)
    qtbot.addWidget(panel)
    panel.told.replace([(1, _fired("x")), (0, _fired("y", "ETHUSDT")), (2, _fired("z", "GONEUSDT"))])
    panel.history._activate(panel.history.rows.index(1, 0))
    assert desk.symbol == "ETHUSDT"
    press(menu_of(panel.history, 0, 0), "Show BTCUSDT in all linked panels")
    assert desk.symbol == "BTCUSDT"
    panel.history._activate(panel.history.rows.index(2, 0))
    assert desk.symbol == "BTCUSDT"


async def test_every_table_of_a_panel_has_its_columns_again_after_a_restart(desk: Desk, qtbot) -> None:
    panel, again = CollectorPanel(desk), CollectorPanel(desk)
    for one in (panel, again):
        qtbot.addWidget(one)
    panel.side.troubles.horizontalHeader().resizeSection(0, 177)
    again.restore_state(panel.save_state())
    assert again.side.troubles.columnWidth(0) == 177


def _fired(text: str, symbol: str = "BTCUSDT"):
    from shared_modules.system_integration import Fired

    return Fired(NOON, "a", symbol, 1.0, text)
