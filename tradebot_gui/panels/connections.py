"""Connections: how each socket and the requests are doing, and every time that one was away."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from shared_modules.core.errors import StoreError
from shared_modules.core.events import ConnectionState, Disconnected
from shared_modules.core.paths import write_whole
from shared_modules.system_integration import Outage
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.dialogs.files import ask_save
from tradebot_gui.language import phrase, tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.links import Link, link_columns, links, outage_columns
from tradebot_gui.view_models.stored import plural
from tradebot_gui.view_models.table import RecordTable

from .base import Panel
from .parts import button, column, restore_sizes, row, search_box, set_text, set_tone
from .record_view import RecordView
from .splitter import Splitter

ALL = "All connections"
EMPTY = "No connection was away since the terminal was opened. Each time one is, a row here says why and what it cost."


class ConnectionsPanel(Panel):
    """The sockets and requests of now above, the log of outages below."""

    id = "connections"
    title = "Connections"
    room = 0.44

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._zone = texts.CHOSEN
        self.links: RecordTable[Link] = RecordTable(link_columns(), lambda c: c.name, self)
        self.outages: RecordTable[Outage] = RecordTable(outage_columns(self._zone), lambda o: (o.name, o.started), self)
        self.now = RecordView(self.links, "Connections", "There is no connection yet; the terminal is starting.")
        self.log = RecordView(self.outages, "Connection log", EMPTY)
        for table in (self.links, self.outages):
            table.set_theme(desk.theme)
        self._build()
        self.log.sort_by(0, Qt.SortOrder.DescendingOrder)
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        desk.bridge.every(Disconnected, lambda _: self.refresh(), self)

    def _build(self) -> None:
        self.summary = QLabel()
        self.summary.setAccessibleName(tr("Summary of the connections"))
        self.which = QComboBox()
        self.which.addItem(tr(ALL), ALL)
        self.which.setAccessibleName(tr("Connection"))
        self.which.setToolTip(tr("Show the log of one connection"))
        self.which.currentTextChanged.connect(lambda _: self._filter())
        self.search = search_box("Search log", self.log.rows.search)
        copy = button("Copy", "Copy the selected rows, or all that are shown", self.log.copy)
        export = button("Export…", "Write the whole log to a CSV file", self._ask_export)
        self.split = Splitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self._part(row(self.summary, None, margins=(8, 5, 8, 4)), self.now))
        self.split.addWidget(self._part(row(self.which, self.search, copy, export, margins=(6, 4, 6, 4)), self.log))
        self.split.setSizes([130, 160])
        self.now.setMinimumHeight(80)
        self.split.setStretchFactor(1, 1)
        layout = column(self, 0, 0)
        layout.addWidget(self.split)

    def _part(self, above: Any, view: RecordView) -> QWidget:
        part = QWidget()
        layout = column(part, 0, 0)
        layout.addLayout(above)
        layout.addWidget(view, 1)
        view.setMinimumHeight(44)
        return part

    def first_shown(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Show how the connections are doing now."""
        if not self.isVisible():
            return
        engine = self.desk.engine
        there = engine.connections
        found = links(there.sockets, there.requests, there.rest)
        self.links.show(found)
        outages = there.log()
        self.outages.show(outages)
        self.log.bring_in_order()
        self._names([link.name for link in found])
        self._summarise(found, outages)

    def _summarise(self, found: tuple[Link, ...], outages: tuple[Outage, ...]) -> None:
        sockets = [link for link in found if link.topics is not None]
        up = sum(link.state is ConnectionState.CONNECTED for link in sockets)
        offset = self.desk.engine.status().clock_offset_ms
        words = [
            f"{up} of {len(sockets)} sockets connected",
            f"{sum(link.topics or 0 for link in sockets):,} topics",
            f"{sum(link.per_second or 0 for link in sockets):,.0f} msg/s",
            plural(len(outages), "outage"),
        ]
        if offset is not None:
            words.append(f"exchange's clock {texts.number(offset, 0, sign=True)} ms")
        set_text(self.summary, "   ".join(words))
        set_tone(self.summary, "muted" if up == len(sockets) else "warning")

    def _names(self, names: list[str]) -> None:
        known = {self.which.itemData(n) for n in range(self.which.count())}
        for name in (name for name in names if name not in known):
            self.which.addItem(phrase(name), name)

    def _filter(self) -> None:
        name = self.which.currentData()
        self.log.rows.accept_only(None if name == ALL else lambda outage: outage.name == name)

    # -- export -----------------------------------------------------------------------------------------------------

    def _ask_export(self) -> None:
        ask_save(self, "Export the connection log", "connections.csv", "CSV file (*.csv)", self.export)

    def export(self, path: Path) -> None:
        """Write the whole log to ``path``."""
        self.desk.spawn(self._export(path))

    async def _export(self, path: Path) -> None:
        from shared_modules.system_integration.connections import logged

        outages = self.desk.engine.connections.log()
        zone = self._zone
        text = logged(outages, lambda ms: texts.when(ms, zone, "%Y-%m-%d %H:%M:%S"))
        try:
            await asyncio.to_thread(write_whole, path, text.encode())
        except OSError as error:
            raise StoreError(
                f"the log was not written to {path} ({error.strerror or error}); choose another place"
            ) from error
        self.desk.notice.emit("info", f"{len(outages)} rows written to {path}.")

    # -- state ------------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        for table in (self.links, self.outages):
            table.set_theme(theme)

    def save_state(self) -> dict[str, Any]:
        return {
            "now": self.now.save_columns(),
            "log": self.log.save_columns(),
            "split": self.split.sizes(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        self.now.restore_columns(state.get("now"))
        self.log.restore_columns(state.get("log"))
        restore_sizes(self.split, state.get("split"))

    def first_focus(self) -> QWidget:
        return self.search
