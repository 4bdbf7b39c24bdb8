"""What who watches the screen does not get to see."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from tests.gui.fake_engine import FakeEngine
from tests.gui.fixtures import until
from tradebot_gui import app
from tradebot_gui.dialogs.settings_dialog import SECTIONS, SettingsDialog
from tradebot_gui.dialogs.sheets import about
from tradebot_gui.main_window import MainWindow
from tradebot_gui.panels.backtest.panel import BacktestPanel
from tradebot_gui.panels.backtest.sections import Section
from tradebot_gui.panels.results.costs import CostsTab
from tradebot_gui.panels.results.overview import FIGURE_COLUMNS
from tradebot_gui.panels.results.trades import TradesTab
from tradebot_gui.panels.strategies import StrategiesPanel
from tradebot_gui.texts import VEIL, veiled
from tradebot_gui.view_models.figures import figure
from tradebot_gui.view_models.table import Column, RecordTable


async def test_streamer_mode_is_one_switch_that_the_status_bar_shows(window: MainWindow, engine: FakeEngine) -> None:
    table = window.results.tab(TradesTab).findChild(RecordTable)
    assert not window.status.streamer.isVisibleTo(window.status)
    switch = window.commands.by_id["view.streamer"]
    switch.trigger()
    await until(lambda: engine.settings.appearance.streamer)
    assert window.status.streamer.isVisibleTo(window.status)
    assert switch.isChecked()
    assert table._veiled
    assert window.results.tab(CostsTab).findChild(RecordTable)._veiled
    assert str(engine.paths.root) not in "".join(label.text() for label in about(engine, "1", window).findChildren(
        type(window.status.streamer)))  # fmt: skip
    switch.trigger()
    await until(lambda: not engine.settings.appearance.streamer)
    assert not table._veiled


async def test_the_switch_is_taken_while_the_backtest_panel_is_still_being_built(desk, engine: FakeEngine) -> None:
    panel = BacktestPanel(desk, StrategiesPanel(desk))
    while panel.findChild(Section) is None:
        next(panel._making)
    panel.set_streamer(True)
    panel.build()
    assert panel.form.fields


def test_only_what_is_private_is_hidden_and_copies_stay_whole() -> None:
    columns = (Column("Symbol", lambda r: r[0]), Column("PnL", lambda r: r[1], private=True, hint=lambda r: "12.5"))
    table: RecordTable[tuple[str, float]] = RecordTable(columns, lambda r: r[0])
    table.put(("BTC", 12.5))
    table.set_veiled(True)
    assert [table.index(0, n).data() for n in range(2)] == ["BTC", VEIL]
    assert table.index(0, 1).data(3) is None
    table.set_veiled(False)
    assert table.index(0, 1).data() == "12.5"


def test_amounts_are_private_and_ratios_are_not() -> None:
    hides = FIGURE_COLUMNS[1].hides
    assert hides(figure("net_profit", 12.0))
    assert hides(figure("final_equity", 12.0))
    assert not hides(figure("sharpe", 1.0))
    assert not hides(figure("total_return", 0.1))


async def test_the_starting_cash_is_dots_and_stays_what_it_is(window: MainWindow) -> None:
    window.docks.show("backtest")
    section = next(s for s in window.backtest.form.sections if s.title == "Money")
    section.set_open(False)
    before = window.backtest.form.values()["cash"]
    assert "10,000" in section.said.text()
    for on in (True, False):
        window.backtest.set_streamer(on)
        assert (section.said.text() == VEIL) is on
        line = window.backtest.form.fields["cash"].widget.findChild(QLineEdit)
        assert (line.echoMode() is QLineEdit.EchoMode.Password) is on
        other = window.backtest.form.fields["leverage"].widget.findChild(QLineEdit)
        assert other.echoMode() is QLineEdit.EchoMode.Normal
    assert window.backtest.form.values()["cash"] == before


async def test_what_is_no_amount_stays_legible_in_the_form(window: MainWindow) -> None:
    window.docks.show("backtest")
    window.backtest.set_streamer(True)
    for name, field in window.backtest.form.fields.items():
        lines = [line for line in field.widget.findChildren(QLineEdit) if name != "cash"]
        assert all(line.echoMode() is QLineEdit.EchoMode.Normal for line in lines), name


async def test_a_panel_that_is_made_while_streamer_mode_is_on_hides_the_cash(
    window: MainWindow, engine: FakeEngine
) -> None:
    await engine.change("appearance.streamer", True)
    window.show_panel("backtest")
    line = window.backtest.form.fields["cash"].widget.findChild(QLineEdit)
    assert line.echoMode() is QLineEdit.EchoMode.Password


async def test_a_panel_out_of_sight_follows_streamer_mode_after_those_in_sight(
    window: MainWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.show_panel("results")
    asked: list[str] = []
    for name in ("results", "backtest"):
        panel = window.docks.panels[name]
        monkeypatch.setattr(panel, "set_streamer", lambda on, name=name: asked.append(name))
        monkeypatch.setattr(panel, "isVisible", lambda name=name: name == "results")
    window.desk.streamer_changed.emit(True)
    assert asked == ["results"]
    await until(lambda: asked == ["results", "backtest"])


async def test_the_starting_cash_of_the_settings_is_dots_too(window: MainWindow, engine: FakeEngine) -> None:
    await engine.change("appearance.streamer", True)
    settings = SettingsDialog(window.desk, window)
    form = settings.form_at(tuple(SECTIONS).index("backtest"))
    line = form.fields["cash"].widget.findChild(QLineEdit)
    assert line.echoMode() is QLineEdit.EchoMode.Password
    assert form.changes() == {}
    await engine.change("appearance.streamer", False)
    await until(lambda: line.echoMode() is QLineEdit.EchoMode.Normal)
    settings.close()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("Costs took 199% of it: 1,312.15 of 157.15.", f"Costs took 199% of it: {VEIL} of {VEIL}."),
     ("It made -1.64% and +6.75 %.", "It made -1.64% and +6.75 %."), ("24 trades, 0.055 %", "24 trades, 0.055 %")],
)  # fmt: skip
def test_amounts_within_a_sentence_are_hidden_and_percentages_are_not(text: str, shown: str) -> None:
    assert veiled(text) == shown


def test_a_restart_uses_the_same_words_and_the_scale_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.sys, "orig_argv", ["python", "-m", "shared_modules.cli", "gui", "--demo"])
    assert app.again()[1:] == ["-m", "shared_modules.cli", "gui", "--demo"]
    monkeypatch.setattr(app.sys, "frozen", True, raising=False)
    monkeypatch.setattr(app.sys, "argv", ["terminal.exe", "gui"])
    assert app.again()[1:] == ["gui"]
    monkeypatch.setenv("QT_SCALE_FACTOR", "1.5")
    monkeypatch.setenv("TRADEBOT_STARTED", "7")
    assert not {"QT_SCALE_FACTOR", "TRADEBOT_STARTED"} & set(app.again_environment(None))
    assert app.again_environment("2")["QT_SCALE_FACTOR"] == "2"


async def test_no_notice_list_or_log_names_a_folder_to_who_watches(window: MainWindow, engine: FakeEngine) -> None:
    folder = str(engine.paths.root)
    window.desk.notice.emit("warning", f"All keys are in {folder}/keys.pdf.")
    await engine.change("appearance.streamer", True)
    window.desk.notice.emit("info", f"The workspace is in {folder}/one.workspace.json.")
    assert [t.label.text() for t in window.banner.toasts] == [
        "Warning: All keys are in •••/keys.pdf.", "The workspace is in •••/one.workspace.json.",
    ]  # fmt: skip
    table = window.notifications.table
    await until(lambda: table._veiled)
    for row in range(2):
        for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            assert folder not in table.index(row, 3).data(role)
    assert folder not in window.open_setup().folder.text()
    await engine.change("appearance.streamer", False)
    await until(lambda: folder in table.index(0, 3).data())
    assert folder in window.banner.toasts[0].label.text()
