"""Everything a person can do, as one list of data: menus, keys, toolbar and palette are made from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .language import tr, tr_numbered

if TYPE_CHECKING:
    from .main_window import MainWindow

MENUS = ("File", "View", "Chart", "Data", "Strategy", "Backtest", "Tools", "Drill", "Help")


def _always(_: MainWindow) -> bool:
    return True


@dataclass(frozen=True)
class Action:
    """One thing to do; ``group`` sets parts of a menu apart, ``below`` names a menu within it, ``toolbar`` its icon.

    ``also``: second keys, which a keyboard of another country has in place of the first or beside them.
    ``short``: the word beside the icon in the toolbar; without it the icon stands alone.
    """

    id: str
    title: str
    menu: str
    run: Callable[[MainWindow], object]
    tip: str
    keys: str = ""
    enabled: Callable[[MainWindow], bool] = _always
    checked: Callable[[MainWindow], bool] | None = None
    icon: str = ""
    toolbar: bool = False
    group: int = 0
    tone: str = "text"
    below: str = ""
    short: str = ""
    also: str = ""


def _ready(window: MainWindow) -> bool:
    return window.desk.engine.ready


def _collecting(window: MainWindow) -> bool:
    return _ready(window) and window.desk.engine.collector.running


def _can_start(window: MainWindow) -> bool:
    return _ready(window) and not window.backtest.fetching


def _has_result(window: MainWindow) -> bool:
    return _ready(window) and window.results.result is not None


def _slot(number: int) -> Callable[[MainWindow], object]:
    return lambda window: window.workspaces.open_slot(number)


def _slot_open(number: int) -> Callable[[MainWindow], bool]:
    return lambda window: window.workspaces.in_slot(number) == (window.workspaces.current or None)


def actions() -> tuple[Action, ...]:
    """All actions of the window, in the order of the menus."""
    return (
        Action("file.settings", "Settings…", "File", lambda w: w.open_settings(), "Change how the terminal works",
               "Ctrl+,", icon="settings", toolbar=True),
        Action("file.data_folder", "Open data folder", "File", lambda w: w.open_data_folder(),
               "Show candles, settings and logs in the file manager"),
        Action("file.restart", "Restart", "File", lambda w: w.restart(),
               "Close the terminal and open it again, for settings that need a new start", group=1),
        Action("file.exit", "Exit", "File", lambda w: w.close(), "Stop everything and close the terminal", "Ctrl+Q",
               group=1),
        Action("view.theme", "Switch dark / light", "View", lambda w: w.switch_theme(),
               "Switch between the dark and the light theme", "Ctrl+T", icon="theme", toolbar=True, group=1),
        Action("view.full_screen", "Full screen", "View", lambda w: w.toggle_full_screen(), "Use the whole screen",
               "F11", checked=lambda w: w.isFullScreen(), group=1),
        Action("view.zoom_in", "Larger", "View", lambda w: w.zoom(25), "Make everything larger", "Ctrl+=", group=1,
               below="Size of everything", also="Ctrl++"),
        Action("view.zoom_out", "Smaller", "View", lambda w: w.zoom(-25), "Make everything smaller", "Ctrl+-", group=1,
               below="Size of everything"),
        Action("view.zoom_usual", "Usual size", "View", lambda w: w.zoom(0), "Make everything as large as at first",
               "Ctrl+0", group=1, below="Size of everything"),
        Action("view.streamer", "Streamer mode", "View", lambda w: w.toggle("appearance.streamer"),
               "Hide amounts of money, sizes and folders from who watches your screen", "Ctrl+Shift+H",
               checked=lambda w: w.desk.streamer, group=1),
        Action("view.close_panel", "Close panel", "View", lambda w: w.moves.close(),
               "Close the panel that has the keyboard", "Ctrl+W", group=2),
        Action("view.reopen_panel", "Reopen closed panel", "View", lambda w: w.moves.reopen(),
               "Bring back the panel that was closed last, with what it showed", "Ctrl+Shift+T", group=2),
        Action("view.float_panel", "Float or dock panel", "View", lambda w: w.moves.float_or_dock(),
               "Make the panel with the keyboard a window of its own, or put it back", "Ctrl+Shift+F", group=2),
        Action("view.wider", "Wider panel", "View", lambda w: w.moves.grow(1, 0),
               "Give the panel with the keyboard more width", "Alt+Shift+Right", group=2, below="Size of the panel"),
        Action("view.narrower", "Narrower panel", "View", lambda w: w.moves.grow(-1, 0),
               "Give the panel with the keyboard less width", "Alt+Shift+Left", group=2, below="Size of the panel"),
        Action("view.higher", "Higher panel", "View", lambda w: w.moves.grow(0, 1),
               "Give the panel with the keyboard more height", "Alt+Shift+Up", group=2, below="Size of the panel"),
        Action("view.lower", "Lower panel", "View", lambda w: w.moves.grow(0, -1),
               "Give the panel with the keyboard less height", "Alt+Shift+Down", group=2, below="Size of the panel"),
        Action("view.save_layout", "Save layout", "View", lambda w: w.save_layout(),
               "Keep the places of all panels for the next start, and in the open workspace", "Ctrl+S", group=2),
        Action("view.reset_layout", "Reset layout", "View", lambda w: w.reset_layout(),
               "Put all panels back where they were at the first start", group=2),
        Action("view.roll_back", "Roll back layout", "View", lambda w: w.workspaces.roll_back(),
               "Put all panels back where they were before the last change", "Ctrl+Alt+Z", group=2),
        Action("view.workspaces", "Workspaces…", "View", lambda w: w.open_workspaces(),
               "Open, save, copy, order, rename, import and export workspaces", "Ctrl+Shift+W", group=2),
        Action("view.save_workspace", "Save workspace as…", "View", lambda w: w.workspaces.ask_name(),
               "Keep the places of all panels under a name", group=2),
        *(Action(f"view.workspace.{n}", tr_numbered(f"Workspace {n}"), "View", _slot(n),
                 tr("Open workspace {n}, or keep the present one as a new workspace").format(n=n), f"Ctrl+{n}", group=2,
                 checked=_slot_open(n), below="Open workspace")
          for n in range(1, 10)),
        Action("view.new_chart", "New chart", "Chart", lambda w: w.charts.new(),
               "Open another chart in half the room of the largest; its colour links it with others", "Ctrl+N",
               icon="new-chart", toolbar=True),
        Action("view.chart_grid", "Charts in a grid", "Chart", lambda w: w.charts.grid(),
               "Put all charts of the window into rows and columns of one size"),
        Action("view.replay", "Replay on the chart", "Chart", lambda w: w.charts.current.replay.choose(),
               "See the past of the chart again, candle by candle", group=1),
        Action("view.go_to", "Go to a date…", "Chart", lambda w: w.charts.current.goto.ask(w.charts.current),
               "Show the candles of a date on the chart, fetching them where needed", "Alt+G", group=1),
        Action("view.compare", "Compare symbols on the chart…", "Chart", lambda w: w.charts.current.compare.ask(),
               "Lay other symbols over the chart, in per cent", group=1),
        Action("tools.alert", "New alert…", "Chart", lambda w: w.new_alert(),
               "Be told when a price or an indicator gets somewhere; begins with the price under the mouse", "Alt+A",
               enabled=_ready, icon="bell", toolbar=True, group=1),
        Action("view.copy_candles", "Copy candles in view", "Chart", lambda w: w.charts.current.menu.copy_candles(),
               "Copy the candles that the chart shows, as a table", group=2),
        Action("view.copy_picture", "Copy picture of the chart", "Chart",
               lambda w: w.charts.current.menu.copy_picture(), "Put a picture of the chart on the clipboard",
               "Ctrl+Shift+C", group=2),
        Action("view.save_picture", "Save picture of the chart…", "Chart",
               lambda w: w.charts.current.menu.ask_picture(), "Write a picture of the chart to a file", group=2),
        Action("data.start", "Start collector", "Data", lambda w: w.collector.start(),
               "Collect candles of the chosen symbols and timeframes", "F7",
               enabled=lambda w: _ready(w) and not _collecting(w), icon="record", toolbar=True, tone="gain",
               short="Collect"),
        Action("data.stop", "Stop collector", "Data", lambda w: w.collector.stop(), "Stop collecting candles",
               "Shift+F7", enabled=_collecting, icon="pause", toolbar=True, tone="warning"),
        Action("data.import", "Import candle files…", "Data", lambda w: w.import_files(),
               "Bring candles out of files of any vendor; files may be dropped on the window too", "Ctrl+I",
               enabled=_ready, group=1),
        Action("data.verify", "Verify stored data", "Data", lambda w: w.verify_data(),
               "Check every stored series for gaps, duplicates and impossible candles", "Ctrl+D", enabled=_ready,
               icon="check-data", group=1),
        Action("strategy.choose", "Choose strategy", "Strategy", lambda w: w.show_panel("strategies"),
               "Go to the list of strategies and their parameters", "Ctrl+E"),
        Action("strategy.save_preset", "Save parameters as preset…", "Strategy",
               lambda w: w.strategies.name_preset(), "Keep these parameters under a name", "Ctrl+Shift+S", group=1),
        Action("strategy.defaults", "Default parameters", "Strategy", lambda w: w.strategies.reset(),
               "Put all parameters back to their defaults", group=1),
        Action("strategy.new", "New strategy…", "Strategy", lambda w: w.strategies.name_strategy(),
               "Write a strategy of your own, from a commented lesson", group=2),
        Action("strategy.edit", "Edit strategy file", "Strategy", lambda w: w.strategies.edit(),
               "Open the file of the chosen strategy, if it is yours, in your editor", group=2),
        Action("strategy.folder", "Open strategies folder", "Strategy", lambda w: w.strategies.open_folder(),
               "Show the folder of your own strategies", group=2),
        Action("backtest.start", "Start backtest", "Backtest", lambda w: w.start_backtest(),
               "Test the chosen strategy on the chosen candles", "F5", enabled=_can_start, icon="play", toolbar=True,
               tone="gain", short="Backtest"),
        Action("backtest.pause", "Pause or resume backtest", "Backtest", lambda w: w.backtest.pause_or_resume(),
               "Have the backtest wait where it is, or go on", "F6", enabled=lambda w: bool(w.backtest.active)),
        Action("backtest.stop", "Stop backtest", "Backtest", lambda w: w.backtest.stop(), "Stop the running backtest",
               "Shift+F5", enabled=lambda w: w.backtest.running, icon="stop", toolbar=True, tone="loss"),
        Action("backtest.clear", "Clear queue of backtests", "Backtest", lambda w: w.studies.clear(),
               "Stop the backtests that have not begun; the history stays", enabled=_ready),
        Action("backtest.open_last", "Open last result", "Backtest", lambda w: w.backtest.open_last(),
               "Show the newest backtest that has a result", "Ctrl+R", enabled=_ready, group=1),
        Action("backtest.history", "History of runs", "Backtest", lambda w: w.studies.show_history(),
               "Go to the list of runs", "Ctrl+H", group=1),
        Action("backtest.compare", "Compare chosen runs", "Backtest", lambda w: w.studies.compare_chosen(),
               "Show the runs chosen in the history side by side", "Ctrl+Shift+M", enabled=_ready, group=1),
        Action("backtest.report", "Export report…", "Backtest", lambda w: w.studies.export("html"),
               "Write the result as a page with plots", "Ctrl+Shift+E", enabled=_has_result, group=2),
        Action("backtest.reproduce", "Reproduce result", "Backtest", lambda w: w.studies.reproduce(),
               "Run the shown backtest again and compare every byte", enabled=_has_result, group=2),
        Action("backtest.copy_trades", "Copy trades", "Backtest", lambda w: w.results.copy_trades(),
               "Copy the trades of the shown backtest as a table", group=2),
        Action("tools.palette", "Command palette…", "Tools", lambda w: w.open_palette(),
               "Find and run any command by a few letters", "Ctrl+K", icon="search", toolbar=True, short="Search…"),
        Action("tools.search_symbol", "Find symbol", "Tools", lambda w: w.find_symbol(),
               "Go to the search box of the market watch", "Ctrl+F"),
        Action("tools.quiet", "Do not disturb", "Tools", lambda w: w.toggle("appearance.quiet"),
               "List alerts and warnings only, without a sound and without a notice over the work", "Ctrl+Shift+D",
               checked=lambda w: w.desk.engine.settings.appearance.quiet, group=1),
        Action("tools.put_away", "Put notices away", "Tools", lambda w: w.banner.clear(),
               "Take the notices over the window away; the panel Notifications keeps them", "Ctrl+Shift+X", group=1),
        Action("help.guide", "User guide", "Help", lambda w: w.open_guide(),
               "Read how the panel with the keyboard is used", "F1"),
        Action("help.setup", "Set up…", "Help", lambda w: w.open_setup(),
               "Choose colours, time zone, market and data folder, as at the first start"),
        Action("help.tour", "Tour", "Help", lambda w: w.start_tour(), "See the terminal in six steps"),
        Action("help.shortcuts", "Keyboard shortcuts…", "Help", lambda w: w.open_shortcuts(),
               "See and change all keys, and save them as a sheet", "Ctrl+/"),
        Action("help.about", "About", "Help", lambda w: w.open_about(), "Version and folders", group=1),
    )  # fmt: skip


def _drilling(window: MainWindow) -> bool:
    return window.desk.engine.drills.possible


def drill_actions(drills: tuple[tuple[str, str, str], ...]) -> tuple[Action, ...]:
    """One action to begin or end each drill of the simulated exchange, given as (name, title, sentence)."""

    def toggle(name: str) -> Callable[[MainWindow], object]:
        return lambda window: window.drill.toggle(name) if window.drill is not None else None

    def active(name: str) -> Callable[[MainWindow], bool]:
        return lambda window: any(s.drill.name == name for s in window.desk.engine.drills.active)

    return (
        Action("drill.panel", "Drill panel", "Drill", lambda w: w.show_panel("drill"),
               "Begin and end bad days of the simulated exchange, with a seed"),
        *(
            Action(f"drill.{name}", title, "Drill", toggle(name), sentence, enabled=_drilling, checked=active(name),
                   group=1)
            for name, title, sentence in drills
        ),
        Action("drill.end_all", "End all drills", "Drill", lambda w: w.drill.end_all() if w.drill is not None else None,
               "End every drill and every other fault of the exchange", enabled=_drilling, group=2),
    )  # fmt: skip


def panel_actions(panels: tuple[tuple[str, str], ...]) -> tuple[Action, ...]:
    """One action to call up each panel, given as (id, title)."""

    def shown(panel: str) -> Callable[[MainWindow], object]:
        return lambda window: window.show_panel(panel)

    return tuple(
        Action(
            f"view.panel.{panel}",
            title,
            "View",
            shown(panel),
            tr("Show the panel '{title}'").format(title=title),
            panel_keys(n),
        )
        for n, (panel, title) in enumerate(panels, start=1)
    )


def panel_keys(number: int) -> str:
    """The usual keys of the panel with this number: Alt with its digit, with Shift from the eleventh on."""
    return f"Alt+{number % 10}" if number <= 10 else f"Alt+Shift+{number - 10}" if number < 20 else ""
