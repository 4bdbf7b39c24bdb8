"""The window: docks, menus, status bar, and what its actions do."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QRect, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent, QIcon, QScreen
from PySide6.QtWidgets import QApplication, QMainWindow
from shiboken6 import isValid

from shared_modules.core.errors import TradeBotError
from shared_modules.core.events import CollectorChanged, Notice, SettingsChanged
from shared_modules.core.market import Series
from shared_modules.core.paths import resources

from . import shortcuts, workspaces
from .actions import Action, actions, drill_actions, panel_actions
from .banner import Banner
from .chart_docks import ChartDocks
from .commands import Commands
from .desk import Desk, simulated
from .docks import Docks
from .following import follow
from .help_pages import Help
from .language import tr
from .leaving import Leaving
from .offline import OfflineStrip
from .palette_control import PaletteControl
from .panel_moves import PanelMoves
from .panels.alerts import AlertsPanel
from .panels.backtest.panel import BacktestPanel
from .panels.base import Panel
from .panels.chart import ChartPanel
from .panels.collector import CollectorPanel
from .panels.connections import ConnectionsPanel
from .panels.data_manager import DataPanel
from .panels.drill import DrillPanel
from .panels.log import LogPanel
from .panels.market_details import MarketDetailsPanel
from .panels.notifications import NotificationsPanel
from .panels.order_book import OrderBookPanel
from .panels.results.panel import ResultsPanel
from .panels.strategies import StrategiesPanel
from .panels.tape import TapePanel
from .panels.watchlist import WatchlistPanel
from .restyle import Restyling
from .status_bar import StatusBar
from .studies import Studies
from .theme import sheet
from .theme.theme import Theme
from .tray import Tray
from .watchdog import Watchdog
from .window_title import window_title
from .workspace_control import WorkspaceControl

if TYPE_CHECKING:
    from shared_modules.system_integration import Line

    from .dialogs.setup import SetupDialog
    from .drawings import Drawing
    from .tour import Tour

_log = logging.getLogger(__name__)
VERSION = "0.1.0"
LEVELS = {"info": logging.INFO, "alert": logging.INFO, "warning": logging.WARNING}
USUAL_SIZE = (1440, 900)
AS_BEFORE = "The panels are where they were before that."
AS_USUAL = "The panels are at their usual places."


class MainWindow(QMainWindow):
    """Everything a person sees; ``closed`` is told once, when the person wants to leave."""

    closed = Signal()

    def __init__(self, desk: Desk, size: tuple[int, int] | None = None) -> None:
        super().__init__()
        self.desk = desk
        desk.window = self
        self.watchdog = Watchdog(self)
        self._asked_size = size
        self.setWindowTitle(window_title(desk.engine.mode, None))
        self.setWindowIcon(QIcon(str(resources() / "icons" / "terminal.svg")))
        self.setMinimumSize(640, 420)
        self.setAcceptDrops(True)
        self._make_panels()
        self.docks = Docks(self, self.panels)
        names = tuple((panel.id, panel.shown_title) for panel in self.panels)
        self.commands = Commands(self, (*panel_actions(names), *actions(), *self._drill_actions()))
        self.commands.set_theme(desk.theme)
        self._load_keys()
        self.palette_control = PaletteControl(self)
        self.help = Help(self)
        self.moves = PanelMoves(self)
        self.restyling = Restyling(self)
        self.workspaces = WorkspaceControl(self)
        self.workspaces.name_slots()
        self.charts = ChartDocks(self)
        self.chart.alert_wanted.connect(self.new_alert)
        self.tray = Tray(self, self.windowIcon())
        self.leaving = Leaving(self)
        self.status = StatusBar(desk.engine, self)
        self.setStatusBar(self.status)
        self.banner = Banner(self)
        self.addToolBarBreak()
        self.offline = OfflineStrip(desk.engine, lambda: self.show_panel("connections"), self)
        self.addToolBar(self.offline)
        self._connect()
        self._place()
        # last: under a style sheet Qt styles a part anew at each of its moves into another
        self._apply_theme(desk.theme)
        self.refresh()

    def _make_panels(self) -> None:
        desk = self.desk
        self.chart = ChartPanel(desk)
        self.watchlist = WatchlistPanel(desk)
        self.strategies = StrategiesPanel(desk)
        self.backtest = BacktestPanel(desk, self.strategies)
        self.results = ResultsPanel(desk)
        self.collector = CollectorPanel(desk)
        self.log = LogPanel(desk)
        self.connections = ConnectionsPanel(desk)
        self.data = DataPanel(desk)
        self.book = OrderBookPanel(desk)
        self.tape = TapePanel(desk)
        self.details = MarketDetailsPanel(desk)
        self.notifications = NotificationsPanel(desk)
        self.alerts = AlertsPanel(desk)
        self.drill = DrillPanel(desk) if simulated(desk.engine) else None
        more: tuple[Panel, ...] = () if self.drill is None else (self.drill,)
        self.panels: tuple[Panel, ...] = (
            self.chart, self.watchlist, self.strategies, self.backtest, self.collector, self.log, self.book, self.tape,
            self.details, self.results, self.data, self.connections, self.notifications, self.alerts, *more,
        )  # fmt: skip

    def _drill_actions(self) -> tuple[Action, ...]:
        if self.drill is None:
            return ()
        states = self.desk.engine.drills.states
        return drill_actions(tuple((s.drill.name, s.drill.title, s.drill.sentence) for s in states))

    def _connect(self) -> None:
        desk = self.desk
        desk.notice.connect(self._noticed)
        self.banner.set_veiled(desk.streamer)
        desk.streamer_changed.connect(self.banner.set_veiled)
        desk.restart_wanted.connect(lambda text: self.banner.offer(text, tr("Restart now"), self.restart))
        desk.theme_changed.connect(self.restyling.begin)
        self.collector.show_connections.connect(lambda: self.show_panel("connections"))
        self.collector.open_folder.connect(self.open_data_folder)
        self.collector.repair.connect(self._repair)
        desk.job_started.connect(self.status.job.follow)
        # the keyboard stays where it is: arrow keys go on through the list of trades
        desk.show_trade.connect(lambda *_: self.docks.show("chart"))
        desk.show_time.connect(lambda *_: self.docks.show("chart"))
        desk.engine_ready.connect(self.refresh)
        desk.bridge.every(Notice, self._engine_notice, self)
        desk.bridge.every(SettingsChanged, lambda event: follow(self, event.path), self)
        desk.bridge.every(CollectorChanged, lambda _: self.commands.refresh(), self)
        if self.drill is not None:
            self.drill.changed.connect(self.refresh)
        self.backtest.running_changed.connect(lambda _: self.commands.refresh())
        self.notifications.unread_changed.connect(self.status.show_unread)
        self.status.unread.clicked.connect(lambda: self.show_panel("notifications"))
        self.status.wanted.connect(self.show_panel)
        self.studies = Studies(desk, self.docks, self.backtest, self.results, self)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.screenRemoved.connect(self._screen_gone)
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self.refresh)
        self._second.start()

    def _load_keys(self) -> None:
        changed, trouble = shortcuts.load(self.desk.engine.paths.shortcuts, self.commands.by_id)
        changed, refused = shortcuts.settled(changed, {a.id: a.keys for a in self.commands.declared})
        self.commands.set_keys(changed)
        if refused:
            names = ", ".join(shortcuts.plain(self.commands.by_id[name]) for name in refused)
            trouble = tr("Keys that another command or the chart has were not given to: {names}.").format(names=names)
        if trouble:
            QTimer.singleShot(0, self, lambda: self.desk.notice.emit("warning", trouble))

    def _engine_notice(self, event: Notice) -> None:
        self._logged = True  # the engine has written it down itself
        self.desk.notice.emit(event.level, event.text)
        self._logged = False

    def _noticed(self, level: str, text: str) -> None:
        if not self.desk.hushed(level):
            self.banner.tell(level, text)
        if not self._logged:
            _log.log(LEVELS.get(level, logging.ERROR), "%s", text)

    # -- looks ----------------------------------------------------------------------------------------------------

    @property
    def icon_cache(self) -> Path:
        """The folder of the icons in the colours of each theme."""
        return self.desk.engine.paths.root / "cache" / "icons"

    def _apply_theme(self, theme: Theme) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        sheet.apply(app, theme, self.icon_cache)

    def switch_theme(self) -> None:
        other = "light" if self.desk.theme.is_dark else "dark"
        self.desk.spawn(self.desk.engine.change("appearance.theme", other))

    def toggle_full_screen(self) -> None:
        # as it was before: a maximised window comes back so
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def toggle(self, setting: str) -> None:
        """Turn a setting on that is off, or off that is on."""
        self.desk.spawn(self.desk.engine.change(setting, not self.desk.engine.settings.get(setting)))

    def restart(self) -> None:
        """Close the terminal and have it opened again."""
        self.restarting = True
        self.close()

    def zoom(self, step: int) -> None:
        """Make everything larger or smaller by ``step`` percent, 0 as at first; a restart is offered."""
        present = self.desk.engine.settings.appearance.zoom
        wanted = max(100, min(200, present + step)) if step else 100
        if wanted == present:
            most = tr("{n} % is the largest size.") if step > 0 else tr("{n} % is the smallest size.")
            self.desk.notice.emit("info", most.format(n=present))
            return
        self.desk.spawn(self.desk.engine.change("appearance.zoom", wanted))

    def refresh(self) -> None:
        """Show what is so now; called once a second, and when something that is shown here has changed."""
        status = self.desk.engine.status()
        blocks = self.watchdog.blocks
        self.status.refresh(status, self.watchdog.recent, f"Last: {blocks[-1]}" if blocks else "")
        self.setWindowTitle(window_title(self.desk.engine.mode, self.watchlist.table.record(self.desk.symbol)))
        self.offline.refresh()
        self.desk.sounds.follow(self.offline.offline)
        self.watchlist.refresh_age(self.offline.offline)
        for panel in self.docks.panels.values():
            panel.set_offline(self.offline.since)
        self.tray.refresh()
        self.collector.show_load(status.cpu_percent, status.memory_mb)
        self.commands.refresh()

    # -- places ---------------------------------------------------------------------------------------------------

    def _place(self) -> None:
        """Restore what was left or, where that is damaged, what was before it; else open as at a first start."""
        path = self.desk.engine.paths.layout
        left, trouble = workspaces.load(path)
        self._size(left)
        self.docks.arrange(self.width(), self.height() - 80)
        if left is not None and not self.apply_layout(left):
            trouble = workspaces.set_aside(path, "the docks in it are damaged or of another version")
        if trouble:
            before = any(self.apply_layout(layout) for layout in self.workspaces.store.remembered())
            said = f"{trouble} {AS_BEFORE if before else AS_USUAL}"
            # once the window is there to show it
            QTimer.singleShot(0, self, lambda: self.desk.notice.emit("warning", said))

    def _screen_gone(self, _: QScreen) -> None:
        # the system moves windows first, if it does
        QTimer.singleShot(500, self, self.docks.bring_back)

    def _restore_panel(self, panel: Panel, state: dict[str, Any]) -> None:
        try:
            panel.restore_state(state)
        except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, TradeBotError):
            self.desk.notice.emit("warning", f"What the panel '{panel.title}' had kept could not be used.")

    def _size(self, layout: workspaces.Layout | None) -> None:
        if self._asked_size is not None:
            self.setGeometry(0, 0, *self._asked_size)
            return
        place = None if layout is None or layout.geometry is None else QRect(*layout.geometry)
        if place is not None and workspaces.on_screen(place):
            self.setGeometry(place)
        else:
            room = QApplication.primaryScreen().availableGeometry()
            width, height = min(USUAL_SIZE[0], room.width()), min(USUAL_SIZE[1], room.height())
            self.setGeometry(
                room.x() + (room.width() - width) // 2, room.y() + (room.height() - height) // 2, width, height
            )
        self.maximised = layout is None or layout.maximised

    maximised = False
    restarting = False
    _logged = False
    _tour: Tour | None = None

    def open(self) -> None:
        """Show the window as it was left."""
        if self.maximised and self._asked_size is None:
            self.showMaximized()
        else:
            self.show()

    def layout_now(self) -> workspaces.Layout:
        """Where everything is."""
        place = self.normalGeometry()
        return workspaces.Layout(
            (place.x(), place.y(), place.width(), place.height()),
            bool(self.windowState() & Qt.WindowState.WindowMaximized),
            self.docks.save(),
            {panel.id: panel.save_state() for panel in self.docks.panels.values()},
            self.workspaces.current,
        )

    def apply_layout(self, layout: workspaces.Layout) -> bool:
        """Put panels where ``layout`` has them, with what they show; the window itself stays. Whether it could be."""
        before, charts = self.docks.save(), tuple(self.docks.panels)
        self.charts.match(layout.panels)
        if not self.docks.restore(layout.docks):
            self.charts.match(charts)
            self.docks.restore(before)
            return False
        self.workspaces.current = layout.workspace if layout.workspace in self.workspaces.names else ""
        for panel in self.docks.panels.values():
            self._restore_panel(panel, layout.panels.get(panel.id, {}))
        return True

    def keep_layout(self) -> bool:
        """Write the places down; whether that worked."""
        try:
            workspaces.save(self.layout_now(), self.desk.engine.paths.layout)
        except OSError as error:
            self.desk.notice.emit("error", f"The layout was not saved: {error.strerror}.")
            return False
        return True

    def save_layout(self) -> None:
        name = self.workspaces.current
        if self.keep_layout() and (not name or self.workspaces.save_as(name)):
            self.desk.notice.emit("info", tr("Layout saved in workspace '{name}'.").format(name=name) if name else
                                  tr("Layout saved."))  # fmt: skip

    def reset_layout(self) -> None:
        self.workspaces.before_change()
        self.workspaces.current = ""
        self.charts.match(())
        self.docks.arrange(self.width(), self.height() - 80)
        self.desk.notice.emit("info", tr("All panels are at their usual places."))

    def show_panel(self, panel: str) -> None:
        self.docks.show(panel)
        shown = self.docks.panels[panel]
        if shown.room:
            self.docks.make_room(panel, shown.room)
        # it, or what had the keyboard until now, may be in a window of its own
        shown.window().activateWindow()
        shown.first_focus().setFocus()

    def find_symbol(self) -> None:
        self.show_panel("watchlist")
        self.watchlist.search.selectAll()

    def new_alert(self, at: float | tuple[Line, float] | Drawing | None = None) -> None:
        """Open the form of an alert: on a price, an indicator's value or a drawing, else at the mouse or last price."""
        self.alerts.make_for(self.charts.current, at)

    # -- work -----------------------------------------------------------------------------------------------------

    def start_backtest(self) -> None:
        self.docks.show("backtest")
        self.backtest.start()

    def verify_data(self) -> None:
        self.show_panel("data")
        self.data.verify_all()

    def _repair(self, series: list[Series]) -> None:
        self.show_panel("data")
        self.data.work.repair(series)

    def import_files(self) -> None:
        self.show_panel("data")
        self.data.ask_import()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = self._dropped(event)
        if files:
            event.acceptProposedAction()
            self.show_panel("data")
            self.data.import_files(files)

    @staticmethod
    def _dropped(event: QDropEvent) -> list[Path]:
        return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]

    # -- dialogs --------------------------------------------------------------------------------------------------

    def open_settings(self) -> None:
        from .dialogs.settings_dialog import SettingsDialog

        SettingsDialog(self.desk, self).open()

    def open_palette(self) -> None:
        self.palette_control.open()

    def open_shortcuts(self) -> None:
        from .dialogs.shortcut_editor import ShortcutEditor

        ShortcutEditor(self.desk, self.commands, self).open()

    def open_workspaces(self) -> None:
        from .dialogs.workspace_dialog import WorkspaceDialog

        WorkspaceDialog(self.workspaces, self).open()

    def open_about(self) -> None:
        from .dialogs.sheets import about

        about(self.desk.engine, VERSION, self).open()

    def open_guide(self) -> None:
        """Open the page of the guide on the panel or dialog that has the keyboard, or its first page."""
        if not self.help.open():
            self.open_shortcuts()

    def open_setup(self) -> SetupDialog:
        """Open the set-up of the first start, which can be repeated at any time."""
        from .dialogs.setup import SetupDialog

        dialog = SetupDialog(self.desk, self)
        dialog.tour_wanted.connect(self.start_tour)
        dialog.open()
        return dialog

    def welcome(self) -> None:
        """Offer the set-up to who has not seen it."""
        if not self.desk.engine.settings.start.welcomed:
            self.open_setup()

    def start_tour(self) -> Tour:
        """Show the six places that matter."""
        from .tour import Tour

        if self._tour is not None and isValid(self._tour):
            self._tour.stop()
        self._tour = Tour(self)
        self._tour.start()
        return self._tour

    def open_data_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.desk.engine.paths.root)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange and self.isMinimized() and self.tray.icon.isVisible():
            # after the event: a window that hides while it is being minimised comes back wrong
            QTimer.singleShot(0, self, self.hide)

    # -- leaving --------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        # the engine must end first; the application closes the window for good afterwards
        event.ignore()
        self.leaving.ask()
