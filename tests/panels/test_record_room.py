"""Columns that have no room are not scrolled to: the spare ones go, the last first."""

from dataclasses import dataclass

from PySide6.QtWidgets import QApplication

from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.view_models.table import Column, RecordTable


@dataclass(frozen=True)
class Row:
    name: str


def columns() -> tuple[Column[Row], ...]:
    return (
        Column("Name", lambda r: r.name, width=100, elastic=True),
        Column("Price", lambda r: 1.0, width=80),
        Column("Volume", lambda r: 2.0, width=80, spare=1),
        Column("Spread", lambda r: 3.0, width=80, spare=1),
    )


def shown(width: int) -> RecordView:
    table: RecordTable[Row] = RecordTable(columns(), lambda r: r.name)
    view = RecordView(table, "Rows", "Nothing.")
    table.setParent(view)
    table.show([Row("R")])
    resized(view, width)
    return view


def resized(view: RecordView, width: int) -> None:
    view.resize(width, 200)
    view.show()
    QApplication.processEvents()


def titles(view: RecordView) -> list[str]:
    return [c.title for n, c in enumerate(view.table.columns) if not view.isColumnHidden(n)]


def test_spare_columns_go_when_there_is_no_room_and_come_back_with_it(qapp: QApplication) -> None:
    view = shown(340)
    assert titles(view) == ["Name", "Price", "Volume", "Spread"]
    for width, count in ((339, 3), (250, 2), (100, 2), (300, 3), (900, 4)):
        resized(view, width)
        assert titles(view) == ["Name", "Price", "Volume", "Spread"][:count], width
        assert width < 180 or not view.horizontalScrollBar().isVisible()
    view.close()


def test_the_elastic_column_takes_what_the_others_leave(qapp: QApplication) -> None:
    view = shown(900)
    assert view.columnWidth(0) == 900 - 3 * 80
    view.close()


def test_a_column_that_a_person_asks_for_stays(qapp: QApplication) -> None:
    view = shown(250)
    view.room.choose(3, True)
    assert titles(view) == ["Name", "Price", "Spread"]
    other = shown(250)
    other.restore_columns(view.save_columns())
    assert titles(other) == ["Name", "Price", "Spread"]
    view.room.choose(3, False)
    resized(view, 900)
    assert titles(view) == ["Name", "Price", "Volume"]
    view.close()
    other.close()


def test_columns_without_room_are_not_kept_as_hidden(qapp: QApplication) -> None:
    narrow, wide = shown(200), shown(900)
    wide.restore_columns(narrow.save_columns())
    assert titles(wide) == ["Name", "Price", "Volume", "Spread"]
    assert wide.columnWidth(3) == 80
    narrow.close()
    wide.close()


def test_columns_come_back_where_the_last_one_in_sight_takes_the_rest(qapp: QApplication) -> None:
    columns = tuple(
        Column(title, lambda r: r, width=80, spare=spare) for title, spare in (("A", 0), ("B", 0), ("C", 1))
    )
    view = RecordView(RecordTable(columns, lambda r: r), "Rows", "")
    for width, seen in ((300, "ABC"), (200, "AB"), (230, "AB"), (400, "ABC"), (170, "AB"), (900, "ABC")):
        resized(view, width)
        assert "".join(titles(view)) == seen, width
        assert view.horizontalScrollBar().maximum() == 0
    view.close()
