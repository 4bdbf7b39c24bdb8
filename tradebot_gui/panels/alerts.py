"""Alerts: what is waited for, and what has happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QPushButton, QTabWidget, QWidget

from shared_modules.core.events import AlertFired, AlertsChanged
from shared_modules.system_integration import Alert, Fired
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.dialogs.alert_dialog import AlertDialog
from tradebot_gui.drawings import Drawing
from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import Column, RecordTable

from .base import Panel
from .chart_alerts import pointed_at
from .drawing_alerts import goal_of
from .parts import button, column, row
from .record_view import RecordView

if TYPE_CHECKING:
    from shared_modules.system_integration import Line

    from .chart import ChartPanel


def _state(alert: Alert) -> str:
    return "waiting" if alert.active else "told" if alert.fired else "resting"


def _tone(alert: Alert) -> str | None:
    return {"waiting": "gain", "told": "warning"}.get(_state(alert), "muted")


class AlertsPanel(Panel):
    """The alerts above their history; they are watched whether or not this panel or a chart is open."""

    id = "alerts"
    title = "Alerts"

    def __init__(self, desk: Desk, sound: Callable[[str], None] | None = None) -> None:
        super().__init__(desk)
        self._sound = sound or (lambda tone: desk.sounds.tell("alert", tone))
        self.table: RecordTable[Alert] = RecordTable(self._columns(), lambda a: a.id, self)
        self.told: RecordTable[tuple[int, Fired]] = RecordTable(self._told_columns(), lambda pair: pair[0], self)
        empty = "No alerts yet. Press New, or Alt+A with the mouse at a price of the chart."
        self.view = RecordView(self.table, "Alerts", empty, self)
        self.history = RecordView(self.told, "History of alerts", "What your alerts have told appears here.", self)
        self.tabs = QTabWidget()
        self.tabs.tabBar().setAccessibleName(tr("Alerts and their history"))
        self.tabs.addTab(self._waiting(), tr("Waiting"))
        self.tabs.addTab(self._happened(), tr("History"))
        column(self, margin=0, spacing=0).addWidget(self.tabs)
        self.set_theme(desk.theme)
        self.view.activated_record.connect(lambda alert: self.change())
        self.view.symbol_by_click = False
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        desk.bridge.every(AlertsChanged, lambda _: self.refresh(), self)
        desk.bridge.every(AlertFired, self._fired, self)
        desk.engine_ready.connect(self.refresh)
        self.refresh()

    def _columns(self) -> tuple[Column[Alert], ...]:
        return (
            Column("Symbol", lambda a: a.symbol, width=90),
            Column("State", _state, lambda a: tr(_state(a)), _tone, width=70),
            Column("Waits for", self._sentence, width=160, hint=self._sentence, elastic=True),
            Column("Told", lambda a: a.fired, None, None, True, 50, "How often it was told", spare=1),
            Column("Again", lambda a: tr("every time") if a.repeat else tr("once"), width=80, spare=1),
            Column(
                "Until", lambda a: a.expires, lambda a: self._when(a.expires) if a.expires else "", width=130, spare=1
            ),
            Column("Note", lambda a: a.note, width=130, hint=lambda a: a.note, spare=2),
        )

    def _told_columns(self) -> tuple[Column[tuple[int, Fired]], ...]:
        return (
            Column("Time", lambda f: f[1].time, lambda f: self._when(f[1].time), width=140, moment=True),
            Column("Symbol", lambda f: f[1].symbol, width=90),
            Column("What happened", lambda f: f[1].text, width=160, hint=lambda f: f[1].text, elastic=True),
        )

    def _when(self, time: int) -> str:
        return texts.when(time, texts.CHOSEN, "%Y-%m-%d %H:%M:%S")

    def _sentence(self, alert: Alert) -> str:
        of = self.desk.engine.instrument(alert.symbol)
        digits = of.price_decimals if of is not None and alert.line.is_price else None
        return alert.sentence(digits).removeprefix(alert.symbol).strip()

    def _waiting(self) -> QWidget:
        page = QWidget()
        self.new = button("New…", "Make an alert", self.make, primary=True)
        self.edit = button("Change…", "Change the chosen alert", self.change)
        self.arm = button("Rest", "Let the chosen alerts rest, or arm them again", self._toggle)
        self.drop = button("Delete", "Delete the chosen alerts", self._delete)
        layout = column(page, margin=0, spacing=0)
        layout.addLayout(row(self.new, self.edit, self.arm, self.drop, None, margins=(6, 4, 6, 4)))
        layout.addWidget(self.view, 1)
        return page

    def _happened(self) -> QWidget:
        page = QWidget()
        clear = button("Clear", "Forget the history of alerts", self._clear)
        layout = column(page, margin=0, spacing=0)
        layout.addLayout(row(clear, None, margins=(6, 4, 6, 4)))
        layout.addWidget(self.history, 1)
        return page

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)
        self.told.set_theme(theme)

    def first_focus(self) -> QWidget:
        return self.new

    def save_state(self) -> dict[str, Any]:
        return {"columns": self.view.save_columns(), "history": self.history.save_columns(),
                "tab": self.tabs.currentIndex()}  # fmt: skip

    def restore_state(self, state: dict[str, Any]) -> None:
        self.view.restore_columns(state.get("columns"))
        self.history.restore_columns(state.get("history"))
        self.tabs.setCurrentIndex(1 if state.get("tab") == 1 else 0)

    def refresh(self) -> None:
        """Show the alerts and their history as they are now."""
        alerts = self.desk.engine.alerts
        self.table.show(alerts.alerts)
        self.told.replace(reversed(list(enumerate(alerts.history))))
        self._enable()

    def make(self, symbol: str = "", level: float | None = None) -> AlertDialog:
        """Open the form of a new alert."""
        return self._form(None, {"symbol": symbol, "level": level})

    def _form(self, alert: Alert | None, start: dict[str, Any] | None) -> AlertDialog:
        # over the window: this panel may lie behind others, and is then no part of it
        dialog = AlertDialog(self.desk, alert, start, self.window() if self.isVisible() else self.desk.window or self)
        dialog.open()
        return dialog

    def make_for(self, chart: ChartPanel, at: float | tuple[Line, float] | Drawing | None = None) -> AlertDialog:
        """Open the form of an alert on what ``chart`` shows: at ``at``, under its mouse, or at the last price."""
        desk, series = self.desk, chart.series
        symbol = series.market.symbol if series else desk.symbol
        at = at or chart.price_at_cursor or pointed_at(chart.view, chart.view.readout.cursor)
        if isinstance(at, Drawing):
            return self._form(None, {"symbol": symbol, **(goal_of(at) or {})})
        if isinstance(at, tuple):
            frame = series.timeframe.name if series else "1m"
            start = {"symbol": symbol, "line": at[0], "level": at[1], "timeframe": frame}
            return self._form(None, start)
        ticker, of = desk.engine.ticker(symbol), desk.engine.instrument(symbol)
        level = at or (ticker.last if ticker is not None else None)
        return self.make(symbol, level if level is None or of is None else round(level, of.price_decimals))

    def change(self) -> AlertDialog | None:
        """Open the form of the chosen alert."""
        chosen = self._chosen()
        return self._form(chosen[0], None) if chosen else None

    def _chosen(self) -> list[Alert]:
        return [self.view.rows.record(index) for index in self.view.selectionModel().selectedRows()]

    def _enable(self) -> None:
        chosen: list[QPushButton] = [self.edit, self.arm, self.drop]
        alerts = self._chosen()
        for part in chosen:
            part.setEnabled(bool(alerts))
        self.arm.setText(tr("Arm") if alerts and not alerts[0].active else tr("Rest"))

    def _toggle(self) -> None:
        alerts = self._chosen()
        if alerts:
            wanted = not alerts[0].active
            self.desk.spawn(self._for_each(alerts, lambda a: self.desk.engine.alerts.set_active(a.id, wanted)))

    def _delete(self) -> None:
        self.desk.spawn(self._for_each(self._chosen(), lambda a: self.desk.engine.alerts.remove(a.id)))

    def _clear(self) -> None:
        self.desk.spawn(self.desk.engine.alerts.clear_history())

    @staticmethod
    async def _for_each(alerts: list[Alert], step: Callable[[Alert], Any]) -> None:
        for alert in alerts:
            await step(alert)

    def _fired(self, event: AlertFired) -> None:
        self.desk.notice.emit("alert", event.text)
        if event.sound:
            self._sound(event.tone)
