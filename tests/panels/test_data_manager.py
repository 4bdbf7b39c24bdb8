import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from shiboken6 import isValid

from shared_modules.core.events import GapKind
from tests.data_collection.test_repair import Truth
from tests.gui.fixtures import until
from tests.gui.stored_engine import DAY, FIRST, StoredEngine
from tests.gui.stored_engine import stored_engine as stored_engine
from tests.gui.unblocked import Turns
from tradebot_gui.desk import Desk
from tradebot_gui.dialogs.import_dialog import ImportDialog
from tradebot_gui.main_window import MainWindow
from tradebot_gui.panels.data_manager import DataPanel


@pytest_asyncio.fixture
async def panel(desk: Desk, engine: StoredEngine) -> AsyncIterator[DataPanel]:
    made = DataPanel(desk)
    made.said = []
    desk.notice.connect(lambda level, text: made.said.append((level, text)))
    made.resize(1000, 300)
    yield made
    made.hide()
    made.deleteLater()


async def opened(panel: DataPanel, series: int = 1) -> None:
    panel.show()
    await until(lambda: len(panel.infos.records) == series)
    await until(lambda: panel.calendar.coverage is not None)


async def test_an_empty_folder_says_what_to_do(panel: DataPanel) -> None:
    panel.show()
    await until(lambda: panel.summary.text())
    assert "Import" in panel.view.empty_text
    for view in (panel.gaps, panel.findings, panel.history):
        assert "Choose a series" in view.empty_text
    assert not panel.verify_tool.isEnabled()
    assert not panel.delete_tool.isEnabled()


async def test_every_series_has_a_row_with_what_is_missing(panel: DataPanel, engine: StoredEngine) -> None:
    engine.keep("BTCUSDT", holes=((30, 40),))
    engine.keep("ETHUSDT")
    await opened(panel, 2)
    rows = panel.view.rows
    assert [rows.index(n, 4).data() for n in range(2)] == ["10", "0"]
    assert "10 missing without an explanation" in panel.summary.text()
    panel.filter.setCurrentText("With unexplained gaps")
    assert rows.rowCount() == 1


async def test_the_calendar_tells_of_each_day_and_follows_the_keys(panel: DataPanel, engine: StoredEngine) -> None:
    engine.keep("BTCUSDT", holes=((30, 40),))
    await opened(panel)
    calendar = panel.calendar
    assert calendar.current == 9
    assert panel.day.text().endswith("whole")
    QTest.keyClick(calendar, Qt.Key.Key_Home)
    QTest.keyClick(calendar, Qt.Key.Key_Down)
    assert calendar.current == 1
    assert "58.3 % stored; missing: 10 unrepaired" in panel.day.text()
    QTest.keyClick(calendar, Qt.Key.Key_Right)
    assert calendar.current == 8
    assert calendar.accessibleDescription() == panel.day.text()
    assert panel.tabs.tabText(1) == "Gaps 1"


async def test_a_click_on_a_square_is_that_day(panel: DataPanel, engine: StoredEngine) -> None:
    engine.keep("BTCUSDT")
    await opened(panel)
    for day in (0, 4, 9):
        centre = panel.calendar._area(day).center()
        QTest.mouseClick(panel.calendar.viewport(), Qt.MouseButton.LeftButton, pos=centre)
        assert panel.calendar.current == day
    assert panel.calendar.day_at(QPoint(2, 2)) == -1


async def test_verify_gives_scores_and_says_what_it_found(panel: DataPanel, engine: StoredEngine) -> None:
    engine.keep("BTCUSDT", holes=((30, 40),))
    engine.keep("ETHUSDT")
    await opened(panel, 2)
    panel.view.clearSelection()
    panel.verify_tool.trigger()
    await until(lambda: all(i.report is not None for i in panel.infos.records))
    score = {i.series.market.symbol: i.score for i in panel.infos.records}
    assert score["ETHUSDT"] == 100
    assert score["BTCUSDT"] < 60
    assert any("1 of 2 series have something" in text for _, text in panel.said)
    assert not any("regular check" in text for _, text in panel.said)


async def test_what_is_deleted_comes_back_with_undo(panel: DataPanel, engine: StoredEngine) -> None:
    series = engine.keep("BTCUSDT")
    await opened(panel)
    panel.delete_tool.trigger()
    panel.dialog.span.whole.setChecked(False)
    panel.dialog.span.last.setDate(panel.dialog.span.first.date().addDays(1))
    panel.dialog.go.click()
    await until(lambda: panel.infos.records[0].rows == 8 * 24)
    assert panel.undo_tool.isEnabled()
    assert "deletion from BTCUSDT" in panel.undo_tool.toolTip()
    panel.undo_tool.trigger()
    await until(lambda: panel.infos.records[0].rows == 10 * 24)
    assert len(engine.store.read(series)) == 10 * 24
    await until(lambda: not panel.undo_tool.isEnabled())


async def test_undo_brings_a_damaged_file_back_as_it_was_before_its_repair(
    panel: DataPanel, engine: StoredEngine
) -> None:
    series = engine.keep("BTCUSDT", "1m", days=1)
    path = engine.paths.series(series)
    engine.market_data = Truth(engine.store.read(series))
    lines = path.read_text().splitlines(keepends=True)
    lines[700:710] = ["garbage\n"]
    path.write_text("".join(lines))
    await opened(panel)
    panel.repair_tool.trigger()
    await until(lambda: panel.undo_tool.isEnabled() and panel.infos.records[0].rows == 1440)
    panel.undo_tool.trigger()
    await until(lambda: any("as it was before" in text for _, text in panel.said))
    assert path.read_text() == "".join(lines)
    assert not panel.undo_tool.isEnabled()


async def test_the_history_takes_an_older_change_back(panel: DataPanel, engine: StoredEngine) -> None:
    series = engine.keep("BTCUSDT")
    await opened(panel)
    panel.work.delete([series], FIRST, FIRST + DAY)
    await until(lambda: panel.history.rows.rowCount() == 1)
    assert panel.history.rows.index(0, 1).data() == "deleted"
    panel.history.select_record(lambda _: True)
    panel.take_back.click()
    await until(lambda: panel.infos.records[0].rows == 240)


async def test_a_longer_timeframe_is_built(panel: DataPanel, engine: StoredEngine) -> None:
    engine.keep("BTCUSDT")
    await opened(panel)
    panel.build_tool.trigger()
    names = [panel.dialog.target.itemText(n) for n in range(panel.dialog.target.count())]
    assert "4h" in names
    assert "1m" not in names
    panel.dialog.target.setCurrentText("4h")
    panel.dialog.go.click()
    await until(lambda: {i.series.timeframe.name: i.rows for i in panel.infos.records} == {"1h": 240, "4h": 60})


@pytest.mark.parametrize(("form", "ending"), [("csv", ".csv"), ("parquet", ".parquet")])
async def test_series_are_exported_each_to_a_file(
    panel: DataPanel, engine: StoredEngine, tmp_path: Path, form: str, ending: str
) -> None:
    engine.keep("BTCUSDT")
    engine.keep("ETHUSDT")
    await opened(panel, 2)
    panel.view.selectAll()
    panel.export_tool.trigger()
    panel.dialog.kind.setCurrentIndex(panel.dialog.kind.findData(form))
    panel.dialog.folder.setText(str(tmp_path / "out"))
    panel.dialog.go.click()
    wanted = {f"BTCUSDT_1h{ending}", f"ETHUSDT_1h{ending}"}
    await until(lambda: {p.name for p in (tmp_path / "out").glob("*")} == wanted, 2000)
    await until(lambda: any("2 files with 480 candles" in text for _, text in panel.said))


async def test_a_folder_that_cannot_be_is_a_sentence(panel: DataPanel, engine: StoredEngine, tmp_path: Path) -> None:
    engine.keep("BTCUSDT")
    await opened(panel)
    (tmp_path / "file").write_text("x")
    panel.export_tool.trigger()
    panel.dialog.folder.setText(str(tmp_path / "file"))
    panel.dialog.go.click()
    await until(lambda: panel.said)
    assert panel.said[0][0] == "error"
    assert "choose another folder" in panel.said[0][1]


async def test_the_report_is_written_after_a_check(panel: DataPanel, engine: StoredEngine, tmp_path: Path) -> None:
    engine.keep("BTCUSDT", holes=((30, 40),))
    await opened(panel)
    panel.report(tmp_path / "report.json")
    await until((tmp_path / "report.json").exists)
    (found,) = json.loads((tmp_path / "report.json").read_text())["series"]
    assert found["missing"] == 10
    assert found["reasons"][0]["kind"] == GapKind.UNREPAIRED


FILE = "Date;Open;High;Low;Close;Volume\n" + "".join(
    f"{1 + n // 24:02}.03.2024 {n % 24:02}:00;100,5;101,5;99,5;100,{n % 10};3,5\n" for n in range(48)
)


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    path = tmp_path / "ADAUSDT_1h.csv"
    path.write_text(FILE, encoding="utf-8")
    return path


async def imported(dialog: ImportDialog) -> None:
    await until(lambda: dialog.preview is not None)


async def test_a_foreign_file_is_shown_as_it_would_be_read_and_brought_in(
    panel: DataPanel, engine: StoredEngine, foreign: Path
) -> None:
    panel.show()
    panel.import_files([foreign])
    dialog = panel.dialog
    await imported(dialog)
    assert dialog.form.symbol.text() == "ADAUSDT"
    assert dialog.form.columns["close"].currentText() == "Close"
    assert dialog.candles.item(1, 0).text() == "2024-03-01 01:00:00"
    assert dialog.candles.item(0, 1).text() == "100.5"
    dialog.take.click()
    await until(lambda: panel.infos.records)
    assert panel.infos.records[0].rows == 48
    assert str(panel.infos.records[0].series) == "ADAUSDT 1h"
    assert "import of ADAUSDT_1h.csv" in panel.undo_tool.toolTip()


async def test_the_import_dialog_names_its_file_at_once_and_holds_no_turn_up(
    panel: DataPanel, foreign: Path, turns: Turns
) -> None:
    panel.import_files([foreign, foreign])
    dialog = panel.dialog
    assert (dialog.name.text(), dialog.windowTitle()) == (foreign.name, "Import, file 1 of 2")
    assert not any(b.isEnabled() for b in (dialog.take, dialog.guess) if b.isVisible())
    await turns.until(lambda: dialog.preview is not None)
    assert all(b.isEnabled() for b in (dialog.take, dialog.guess, dialog.skip))
    dialog.reject()


async def test_an_import_that_is_closed_while_its_dialog_is_being_made_is_over(panel: DataPanel, foreign: Path) -> None:
    panel.import_files([foreign])
    dialog = panel.dialog
    dialog.reject()
    await until(lambda: not isValid(dialog))
    assert not panel.infos.records


async def test_an_import_that_is_closed_while_its_file_is_looked_at_takes_no_answer(
    panel: DataPanel, engine: StoredEngine, foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, looking, looked, preview = asyncio.Event(), asyncio.Event(), [], engine.data.preview

    async def slow(path, mapping):
        looking.set()
        await go_on.wait()
        looked.append(await preview(path, mapping))
        return looked[0]

    monkeypatch.setattr(engine.data, "preview", slow)
    panel.import_files([foreign])
    dialog = panel.dialog
    await until(looking.is_set)
    dialog.reject()
    await until(lambda: not isValid(dialog))
    go_on.set()
    await until(lambda: looked)
    await until(lambda: len(asyncio.all_tasks()) == 1)
    assert dialog.preview is None
    assert panel.said == []


async def test_another_time_zone_moves_the_preview_at_once(
    panel: DataPanel, engine: StoredEngine, foreign: Path
) -> None:
    panel.import_files([foreign])
    dialog = panel.dialog
    await imported(dialog)
    dialog.form.zone.setCurrentText("+02:00")
    await until(lambda: dialog.candles.item(0, 0).text() == "2024-02-29 22:00:00", 2000)
    dialog.form.columns["close"].setCurrentText("—")
    await until(lambda: not dialog.take.isEnabled(), 2000)
    assert "close" in dialog.said.text().lower()
    dialog.guess.click()
    await until(lambda: dialog.take.isEnabled(), 2000)
    dialog.reject()


async def test_a_file_that_is_no_table_is_refused_and_the_next_one_follows(
    panel: DataPanel, engine: StoredEngine, foreign: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"%PDF-1.7 \x00\x01")
    panel.import_files([picture, foreign])
    dialog = panel.dialog
    await until(lambda: "PDF" in dialog.said.text())
    assert not dialog.take.isEnabled()
    dialog.skip.click()
    await until(lambda: dialog.take.isEnabled())
    assert dialog.windowTitle() == "Import, file 2 of 2"
    dialog.reject()


async def test_files_dropped_on_the_window_open_the_import(desk: Desk, engine: StoredEngine, foreign: Path) -> None:
    window = MainWindow(desk, (1200, 760))
    window.show()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(foreign))])
    drop = QDropEvent(
        QPointF(300, 300), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(drop)
    assert drop.isAccepted()
    await imported(window.data.dialog)
    assert window.data.dialog.path == foreign
    assert window.data.isVisible()
    window.data.dialog.reject()
    window.hide()
    window.deleteLater()


@pytest.mark.parametrize("name", [
    "binance_archive_FILUSDT-1m-2023-02.csv.gz", "freqtrade_XRP_USDT-1h-futures.json.gz",
    "hummingbot_WLD-USDT_1h.csv.gz", "lean_20230324_btcusdt_minute_trade.zip",
    "utc_offset_close_time_BTCUSDT_1m.csv.gz",
])  # fmt: skip
async def test_files_that_people_bring_along_can_be_imported_as_guessed(
    panel: DataPanel, engine: StoredEngine, real_data: Path, name: str
) -> None:
    panel.import_files([real_data / "import_samples" / name])
    await imported(panel.dialog)
    assert panel.dialog.take.isEnabled(), panel.dialog.said.text()
    assert panel.dialog.candles.rowCount() > 5
    panel.dialog.reject()


async def test_how_many_candles_a_series_keeps_is_changed_for_it_alone(panel: DataPanel, engine: StoredEngine) -> None:
    engine.keep("BTCUSDT")
    engine.keep("ETHUSDT")
    await opened(panel, 2)
    panel.view.select_record(lambda i: i.series.market.symbol == "ETHUSDT")
    series = panel.chosen[0].series
    panel.keep_tool.trigger()
    dialog = panel.dialog
    assert not dialog.rows.isEnabled()  # as the settings say
    dialog.how.setCurrentIndex(2)
    dialog.rows.setValue(1234)
    dialog.go.click()
    await until(lambda: engine.store.keep(series) == 1234)
    other = next(i.series for i in panel.infos.records if i.series != series)
    assert engine.store.keep(other) is None
    panel.keep_tool.trigger()
    assert panel.dialog.how.currentIndex() == 2
    panel.dialog.how.setCurrentIndex(0)
    panel.dialog.go.click()
    await until(lambda: not engine.store.keeps_own(series))
    await until(lambda: len(panel.said) == 2)
    assert "newest 1,234 candles" in panel.said[0][1]
