"""Recordings of other venues in the window: looked into, chosen from, brought in, stopped and taken back."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from shared_modules.system_integration import work
from tests.fakes import NOW
from tests.gui.fixtures import until
from tests.gui.stored_engine import StoredEngine
from tests.gui.stored_engine import stored_engine as stored_engine
from tradebot_gui.desk import Desk
from tradebot_gui.dialogs.import_dialog import ImportDialog
from tradebot_gui.panels.data_manager import DataPanel


@pytest_asyncio.fixture
async def panel(desk: Desk, engine: StoredEngine) -> AsyncIterator[DataPanel]:
    made = DataPanel(desk)
    made.resize(1000, 300)
    made.show()
    yield made
    made.hide()
    made.deleteLater()


def recording(path: Path, symbols: tuple[str, ...] = ("BTCUSDT", "ETHUSDT"), minutes: int = 7) -> Path:
    """Futures trades of Binance every 20 s, beginning 20 s before a whole minute."""
    lines = []
    for n in range(3 * minutes):
        at = NOW - 20_000 + n * 20_000
        for symbol in symbols:
            row = {"e": "trade", "E": at, "s": symbol, "t": n, "p": str(100 + n), "q": "1", "T": at, "m": False}
            lines.append(f"{at}000000 " + json.dumps({"stream": "trade", "data": row}))
    path.write_text("\n".join(lines))
    return path


async def opened(panel: DataPanel, *paths: Path) -> ImportDialog:
    panel.import_files(list(paths))
    await until(lambda: panel.dialog.preview is not None)
    return panel.dialog


async def test_the_markets_of_a_recording_are_shown_chosen_and_brought_in(
    panel: DataPanel, engine: StoredEngine, tmp_path: Path
) -> None:
    dialog = await opened(panel, recording(tmp_path / "a.txt"))
    form = dialog.recording
    assert [form.markets.item(n).text() for n in range(2)] == [
        "BTCUSDT linear: 21 trades, 6 candles", "ETHUSDT linear: 21 trades, 6 candles"
    ]  # fmt: skip
    assert "Binance" in dialog.format.text()
    assert dialog.candles.rowCount() == 6
    form.markets.setFocus()
    QTest.keyClick(form.markets, Qt.Key.Key_Space)
    assert [one.market[1] for one in form.wanted] == ["ETHUSDT"]
    dialog.take.click()
    await until(lambda: panel.infos.records)
    (info,) = panel.infos.records
    assert (str(info.series), info.rows, info.series.market.exchange) == ("ETHUSDT 1m", 6, "imported")
    panel.undo_tool.trigger()
    await until(lambda: not panel.infos.records)


async def test_another_timeframe_shows_its_candles_and_keeps_the_choice(
    panel: DataPanel, engine: StoredEngine, tmp_path: Path
) -> None:
    dialog = await opened(panel, recording(tmp_path / "a.txt", minutes=20))
    form = dialog.recording
    form.markets.item(0).setCheckState(Qt.CheckState.Unchecked)
    form.timeframe.setCurrentText("5m")
    await until(lambda: dialog.preview.timeframe == "5m")
    assert "3 candles" in form.markets.item(1).text()
    assert [one.market[1] for one in form.wanted] == ["ETHUSDT"]
    form.timeframe.setCurrentText("1h")
    await until(lambda: dialog.preview.timeframe == "1h")
    assert "no whole 1h candle" in dialog.said.text()
    assert not dialog.take.isEnabled()
    form.timeframe.setCurrentText("5m")
    await until(lambda: dialog.take.isEnabled())
    form.markets.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert "at least one market" in dialog.said.text()
    dialog.reject()


async def test_reading_a_long_recording_tells_its_progress_and_can_be_stopped(
    panel: DataPanel, engine: StoredEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(path: Path, frame: str, progress: object) -> None:
        while True:
            progress.step(0.25, "reading")

    monkeypatch.setattr(work, "preview_recording", endless)
    panel.import_files([recording(tmp_path / "a.txt")])
    dialog = panel.dialog
    await until(lambda: "25%" in dialog.strip.bar.text())
    dialog.strip.stop.click()
    await until(lambda: "stopped" in dialog.said.text())
    assert not dialog.take.isEnabled()
    monkeypatch.undo()
    dialog.guess.click()
    await until(lambda: dialog.take.isEnabled())
    dialog.reject()


async def test_a_table_after_a_recording_has_its_own_form_again(
    panel: DataPanel, engine: StoredEngine, tmp_path: Path
) -> None:
    table = tmp_path / "ADAUSDT_1m.csv"
    rows = [f"{NOW + n * 60_000},1,2,0.5,1.5,10" for n in range(5)]
    table.write_text("\n".join(["timestamp,open,high,low,close,volume", *rows]))
    dialog = await opened(panel, recording(tmp_path / "a.txt"), table)
    assert dialog.forms.currentWidget() is dialog.recording
    dialog.skip.click()
    await until(lambda: dialog.take.isEnabled())
    assert dialog.forms.currentWidget() is not dialog.recording
    assert dialog.form.symbol.text() == "ADAUSDT"
    dialog.reject()


async def test_a_recording_of_the_terminal_itself_is_told_where_it_is_replayed(
    panel: DataPanel, engine: StoredEngine, tmp_path: Path
) -> None:
    segment = tmp_path / "20260301-120000-000001.rec.zst"
    segment.write_bytes(b"\x51\x2a\x4d\x18" + bytes(40))
    panel.import_files([segment])
    await until(lambda: "replayed" in panel.dialog.said.text())
    assert not panel.dialog.take.isEnabled()
    panel.dialog.reject()


@pytest.mark.parametrize(("name", "market", "candles"), [
    ("binance_usdm_BTCUSDT_20240808T2354Z.txt.gz", "BTCUSDT linear", 4),
    ("binance_spot_BTCUSDT_20240808T2354Z.txt.gz", "BTCUSDT spot", 5),
    ("bybit_legacy_v2_linear_20210417.txt.gz", "ADAUSDT linear", 0),
])  # fmt: skip
async def test_real_recordings_of_other_venues_are_read(
    panel: DataPanel, engine: StoredEngine, real_data: Path, name: str, market: str, candles: int
) -> None:
    panel.import_files([real_data / "raw_ws" / name])
    dialog = panel.dialog
    await until(lambda: dialog.preview is not None, 20_000)
    assert dialog.recording.markets.item(0).text().startswith(market)
    assert dialog.candles.rowCount() == candles
    assert dialog.take.isEnabled() == bool(candles)
    dialog.reject()
