"""A table repaints the cells that show something else, and no others."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.view_models.table import Column, RecordTable


@dataclass(frozen=True)
class Row:
    name: str
    price: float


COLUMNS = (
    Column("Name", lambda r: r.name, width=100),
    Column("Price", lambda r: r.price, lambda r: f"{r.price:.1f}", lambda r: "gain" if r.price > 5 else None, True, 80),
)


class Watched(RecordView):
    """Remembers where it was painted."""

    region = QRegion()

    def paintEvent(self, event):
        self.region = event.region()
        super().paintEvent(event)


def shown(rows: int = 30) -> tuple[RecordTable[Row], Watched]:
    table: RecordTable[Row] = RecordTable(COLUMNS, lambda r: r.name)
    view = Watched(table, "Rows", "Nothing.")
    view.resize(400, 300)
    table.show([Row(f"R{n}", 1.0) for n in range(rows)])
    view.show()
    QApplication.processEvents()
    QApplication.processEvents()
    view.region = QRegion()
    return table, view


def test_of_many_changed_rows_only_the_column_that_shows_something_else_is_painted(qapp: QApplication) -> None:
    table, view = shown()
    table.renew([Row(f"R{n}", 2.0) for n in range(30)])
    QApplication.processEvents()
    left, right = view.columnViewportPosition(1), view.columnViewportPosition(1) + view.columnWidth(1)
    painted = view.region.boundingRect()
    assert left - 1 <= painted.left()
    assert painted.right() <= right + 1
    assert painted.height() > 100
    view.close()


def test_records_that_show_the_same_are_not_painted_again(qapp: QApplication) -> None:
    table, view = shown()
    table.renew([Row(f"R{n}", 1.01) for n in range(30)])
    QApplication.processEvents()
    assert view.region.isEmpty()
    view.close()


def test_a_colour_alone_is_a_change_too(qapp: QApplication) -> None:
    table, view = shown()
    table.renew([Row(f"R{n}", 5.0) for n in range(30)])
    QApplication.processEvents()
    view.region = QRegion()
    table.renew([Row(f"R{n}", 5.01 if n == 3 else 5.0) for n in range(30)])
    QApplication.processEvents()
    assert view.region.boundingRect().top() in range(view.rowViewportPosition(3) - 1, view.rowViewportPosition(3) + 2)
    assert view.region.boundingRect().height() <= view.rowHeight(3)
    view.close()


def test_a_table_shows_its_new_order_whole(qapp: QApplication) -> None:
    table, view = shown()
    view.sort_by(1)
    table.renew([Row(f"R{n}", float(-n)) for n in range(30)])
    view.rows.resort()
    for _ in range(4):
        QApplication.processEvents()
    assert [view.rows.index(n, 0).data() for n in range(3)] == ["R29", "R28", "R27"]
    assert view.cells.painted[0, 0][0] == "R29"
    view.close()


def test_a_change_of_one_cell_paints_that_cell_alone(qapp: QApplication) -> None:
    table, view = shown()
    view.cells.painted.clear()
    table.put(Row("R4", 3.0))
    QApplication.processEvents()
    assert set(view.cells.painted) == {(4, 1)}
    view.close()


def test_a_hidden_column_is_not_painted_and_a_moved_one_where_it_stands(qapp: QApplication) -> None:
    _, view = shown()
    header = view.horizontalHeader()
    header.moveSection(0, 1)
    picture = view.viewport().grab().toImage()
    ink = [any(picture.pixelColor(x, y) != picture.pixelColor(x, 0) for y in range(1, 21)) for x in range(300)]
    assert view.columnViewportPosition(1) == 0
    assert any(ink[: view.columnWidth(1)])
    view.setColumnHidden(1, True)
    view.cells.painted.clear()
    view.viewport().grab()
    assert {place for _, place in view.cells.painted} == {0}
    view.close()


def test_chosen_rows_are_painted_in_the_colour_of_what_is_chosen(qapp: QApplication) -> None:
    _, view = shown()
    view.selectRow(2)
    picture = view.viewport().grab().toImage()
    colour = view.palette().highlight().color()
    for row in range(4):
        at = view.rowViewportPosition(row) + 2
        assert (picture.pixelColor(view.columnViewportPosition(1) + 1, at) == colour) is (row == 2)
    view.close()


def choose(menu: QMenu, words: str) -> None:
    next(a for a in menu.actions() if a.text() == words).trigger()


def test_columns_are_sorted_moved_widened_and_hidden_by_the_menu_key_alone(qapp: QApplication) -> None:
    _, view = shown(3)
    header = view.horizontalHeader()
    view.setCurrentIndex(view.rows.index(0, 0))
    QTest.keyClick(view, Qt.Key.Key_Right)
    at = view.rect().center()
    QApplication.sendEvent(view, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, view.mapToGlobal(at)))
    opened = QApplication.activePopupWidget()
    menu = next(action.menu() for action in opened.actions() if action.menu() is not None)
    assert menu.actions()[0].text() == "Column 'Price'"
    choose(menu, "Sort, largest first")
    assert (header.sortIndicatorSection(), header.sortIndicatorOrder()) == (1, Qt.SortOrder.DescendingOrder)
    wide = header.sectionSize(1)
    choose(menu, "Wider")
    assert header.sectionSize(1) > wide
    choose(menu, "Move left")
    assert header.visualIndex(1) == 0
    choose(menu, "Price")
    assert header.isSectionHidden(1)
    choose(menu, "As listed")
    assert header.sortIndicatorSection() == -1
    menu.close()
    view.close()


def test_a_change_out_of_sight_paints_nothing_and_is_there_when_it_is_scrolled_to(qapp: QApplication) -> None:
    table, view = shown(200)
    told = []
    view.rows.dataChanged.connect(lambda first, last: told.append(first.row()))
    table.put(Row("R150", 77.0))
    QApplication.processEvents()
    assert told == []
    assert view.region.isEmpty()
    table.put(Row("R3", 77.0))
    assert set(told) == {3}
    view.scrollTo(view.rows.index(150, 0))
    QApplication.processEvents()
    assert view.cells.painted[150, 1][0] == "77.0"
    view.hide()
    table.put(Row("R150", 88.0))
    view.show()
    QApplication.processEvents()
    assert view.cells.painted[150, 1][0] == "88.0"
    view.close()
