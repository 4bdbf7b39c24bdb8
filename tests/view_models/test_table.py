from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt

from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.theme.theme import DARK, LIGHT
from tradebot_gui.view_models.table import Column, RecordTable, by_sign

pytestmark = pytest.mark.usefixtures("qapp")


@dataclass(frozen=True)
class Row:
    name: str
    profit: float


COLUMNS = (
    Column("Name", lambda r: r.name),
    Column("Profit", lambda r: r.profit, lambda r: f"{r.profit:.1f}", by_sign(lambda r: r.profit), numeric=True),
)


def table() -> RecordTable:
    made = RecordTable(COLUMNS, lambda r: r.name)
    made.show([Row("b", 2.0), Row("a", -1.0), Row("c", float("nan"))])
    return made


def shown(view: RecordView, column: int = 0) -> list[str]:
    return [view.rows.index(n, column).data() for n in range(view.rows.rowCount())]


def test_a_change_touches_only_the_cells_that_differ() -> None:
    model = table()
    touched = []
    model.dataChanged.connect(lambda a, b: touched.append((a.row(), a.column(), b.row(), b.column())))
    model.put(Row("a", -1.04))
    assert touched == []
    model.put(Row("a", 5.0))
    assert touched == [(1, 1, 1, 1)]


def test_rows_that_stay_keep_their_place_and_the_selection() -> None:
    model = table()
    view = RecordView(model, "rows", "")
    view.select_record(lambda r: r.name == "a")
    model.show([Row("a", 3.0), Row("d", 1.0)])
    assert shown(view) == ["a", "d"]
    assert view.rows.record(view.currentIndex()) == Row("a", 3.0)


@pytest.mark.parametrize("order", [Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder])
def test_unknown_values_sort_last_either_way(order: Qt.SortOrder) -> None:
    view = RecordView(table(), "rows", "")
    view.sort_by(1, order)
    assert shown(view)[-1] == "c"
    assert shown(view)[:2] == (["a", "b"] if order is Qt.SortOrder.AscendingOrder else ["b", "a"])


def test_the_search_keeps_rows_with_every_word() -> None:
    view = RecordView(table(), "rows", "")
    view.rows.search("2.0 B")
    assert shown(view) == ["b"]
    view.rows.search("")
    assert len(shown(view)) == 3


def test_a_copy_has_titles_tabs_and_full_values() -> None:
    view = RecordView(table(), "rows", "")
    assert view.as_tsv().splitlines()[:2] == ["Name\tProfit", "b\t2.0"]


def test_tones_follow_the_theme() -> None:
    model = table()
    for theme in (DARK, LIGHT):
        model.set_theme(theme)
        assert model.index(0, 1).data(Qt.ItemDataRole.ForegroundRole).name() == theme.gain
        assert model.index(1, 1).data(Qt.ItemDataRole.ForegroundRole).name() == theme.loss
    assert model.index(2, 1).data(Qt.ItemDataRole.ForegroundRole) is None


def test_column_widths_come_back() -> None:
    view = RecordView(table(), "rows", "")
    view.horizontalHeader().resizeSection(0, 123)
    again = RecordView(table(), "rows", "")
    again.restore_columns(view.save_columns())
    assert again.horizontalHeader().sectionSize(0) == 123
    again.restore_columns({"widths": "nonsense"})
    again.restore_columns(None)


def test_a_row_that_goes_while_it_is_chosen_leaves_its_neighbour_chosen(qtbot) -> None:
    table: RecordTable[tuple[str, int]] = RecordTable((Column("Name", lambda r: r[0]),), lambda r: r[0])
    view = RecordView(table, "Names", "none")
    qtbot.addWidget(view)
    table.show([("a", 1), ("b", 2), ("c", 3)])
    told: list[str] = []
    view.chosen.connect(lambda record: told.append(record[0]))
    view.selectRow(2)
    table.show([("a", 1), ("b", 2)])
    table.show([("b", 2)])
    assert [view.rows.record(view.rows.index(n, 0)) for n in range(view.rows.rowCount())] == [("b", 2)]
    assert told == ["c", "b"]
