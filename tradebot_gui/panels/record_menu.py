"""What can be done with a table and the cell under the cursor, by the right mouse button or the menu key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from tradebot_gui.language import tr
from tradebot_gui.view_models.arranging import Limit
from tradebot_gui.view_models.table import Index, RecordTable

from .record_copy import ask_export, desk_of, raw

if TYPE_CHECKING:
    from .record_view import RecordView

# the column whose value is a symbol
SYMBOL = "Symbol"
# how the limits of a column with figures or times are called
_FROM_TO = (("least", "{title} at least {value}"), ("most", "{title} at most {value}"))


def symbol_of(view: RecordView, record: Any) -> str:
    """The symbol that ``record`` is about; empty where its table tells of none."""
    told = next((c for c in view.table.columns if c.title == SYMBOL), None)
    return "" if told is None or record is None else str(told.value(record))


def select_symbol(view: RecordView, record: Any) -> bool:
    """Show the symbol of ``record`` in everything that follows; False where the exchange has none such."""
    desk, symbol = desk_of(view), symbol_of(view, record)
    if desk is None or not symbol or desk.engine.instrument(symbol) is None:
        return False
    desk.select_symbol(symbol)
    return True


def fill(menu: QMenu, view: RecordView, index: Index) -> QMenu:
    """Put into ``menu`` what can be done with ``view`` and its cell at ``index``."""
    record = view.rows.record(index) if index.isValid() else None
    if record is not None:
        if symbol_of(view, record):
            said = tr("Show {symbol} in all linked panels").format(symbol=symbol_of(view, record))
            menu.addAction(said, lambda: select_symbol(view, record))
        _of_cell(menu, view, index.column(), record)
    copy = menu.addAction(tr("Copy rows") + "\tCtrl+C", view.copy)
    export = menu.addAction(tr("Export table…"), lambda: ask_export(view))
    for action in (copy, export):
        action.setEnabled(view.rows.rowCount() > 0)
    export.setVisible(desk_of(view) is not None)
    if view.rows.limits:
        menu.addAction(tr("All rows again"), view.rows.clear_limits)
    menu.addMenu(view.columns_menu(index.column() if index.isValid() else -1))
    return menu


def _of_cell(menu: QMenu, view: RecordView, n: int, record: Any) -> None:
    column = view.table.columns[n]
    if view.table.veiled and column.hides(record):
        return
    value = raw(column, record)
    if value:
        menu.addAction(tr("Copy {value}").format(value=_short(value)), lambda: _put(value))
    for limit in limits_of(view.table, n, record):
        menu.addAction(tr("Only {limit}").format(limit=limit.words), _limiting(view, limit))
    menu.addSeparator()


def limits_of(table: RecordTable[Any], n: int, record: Any) -> list[Limit]:
    """By what ``table`` can be cut down from the cell of ``record`` in its ``n``-th column."""
    column = table.columns[n]
    value, title = column.value(record), tr(column.title)
    # nothing can be told of what is unknown
    if value is None or value != value or column.paint is not None:
        return []
    shown = table.text(column, record)
    same = Limit(n, "is", value, tr("{title} {value}").format(title=title, value=_short(shown)))
    if not column.numeric and not column.moment:
        return [same] if shown else []
    found = [Limit(n, kind, value, tr(words).format(title=title, value=shown)) for kind, words in _FROM_TO]
    return found if isinstance(value, int | float) else []


def _limiting(view: RecordView, limit: Limit) -> Callable[[], None]:
    return lambda: view.rows.limit(limit)


def _put(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"


def of_view(view: RecordView, index: Index) -> QMenu:
    """The menu of a table that has no other."""
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return fill(menu, view, index)
