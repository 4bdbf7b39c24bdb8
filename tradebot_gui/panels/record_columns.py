"""What can be done with a table's columns, by mouse on their titles and by keys alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from tradebot_gui.language import tr

from .parts import section as section_title

if TYPE_CHECKING:
    from .record_view import RecordView

# how much a column grows or shrinks at a time, pixels
STEP = 20


def columns_menu(view: RecordView, section: int) -> QMenu:
    """Order, place and width of the column ``section`` of ``view``, and which columns are shown."""
    header = view.horizontalHeader()
    menu = QMenu(tr("Columns"), view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if 0 <= section < header.count():
        title = tr(view.table.columns[section].title)
        section_title(menu, tr("Column '{title}'").format(title=title))
        up, down = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
        menu.addAction(tr("Sort, smallest first"), lambda: view.sort_by(section, up))
        menu.addAction(tr("Sort, largest first"), lambda: view.sort_by(section, down))
        menu.addAction(tr("As listed"), lambda: view.sort_by(-1, up))
        menu.addSeparator()
        place = header.visualIndex(section)
        for words, to in (("Move left", place - 1), ("Move right", place + 1)):
            moved = menu.addAction(tr(words), lambda to=to: header.moveSection(header.visualIndex(section), to))
            moved.setEnabled(0 <= to < header.count())
        for words, by in (("Wider", STEP), ("Narrower", -STEP)):
            menu.addAction(tr(words), lambda by=by: header.resizeSection(section, header.sectionSize(section) + by))
        menu.addSeparator()
        frozen = view.frozen.count
        menu.addAction(tr("Freeze up to this column"), lambda: view.frozen.freeze(place + 1))
        menu.addAction(tr("Freeze no column"), lambda: view.frozen.freeze(0)).setEnabled(frozen > 0)
        menu.addAction(tr("Group by this column"), lambda: view.group_by(section))
        menu.addAction(tr("No groups"), lambda: view.group_by(-1)).setEnabled(view.rows.group >= 0)
        menu.addSeparator()
    for n, column in enumerate(view.table.columns):
        action = menu.addAction(tr(column.title))
        action.setCheckable(True)
        action.setChecked(not header.isSectionHidden(n))
        action.setEnabled(n > 0)
        action.toggled.connect(lambda on, section=n: view.room.choose(section, on))
    return menu
