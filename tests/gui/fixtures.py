"""Fixtures of the window's tests, and a way to let both loops run."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtWidgets import QApplication

from tradebot_gui import sound
from tradebot_gui.desk import Desk
from tradebot_gui.main_window import MainWindow
from tradebot_gui.theme import sheet

from .fake_engine import FakeEngine


async def until(true: Callable[[], object], turns: int = 500) -> None:
    """Let the event loops turn until ``true()``; fails when that never comes."""
    for _ in range(turns):
        await asyncio.sleep(0)
        QApplication.processEvents()
        if true():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("what was waited for did not happen")


@pytest.fixture
def engine(data_dir: Path) -> FakeEngine:
    return FakeEngine(data_dir)


@pytest.fixture(scope="session")
def icons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("icons")


@pytest.fixture
def _same_icons(icons: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The style sheet, which names the files of the icons, stays the same from window to window; nothing is heard."""
    monkeypatch.setattr(sound, "_played", lambda _: True)
    made = sheet.recoloured
    monkeypatch.setattr(sheet, "recoloured", lambda theme, _: made(theme, icons))


@pytest_asyncio.fixture
async def desk(engine: FakeEngine, qapp: QApplication, _same_icons: None) -> AsyncIterator[Desk]:
    made = Desk(engine)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def window(desk: Desk, engine: FakeEngine) -> AsyncIterator[MainWindow]:
    made = MainWindow(desk, (1200, 760))
    made.show()
    engine.list_instruments()
    await until(lambda: made.watchlist.table.records)
    yield made
    made.hide()
    made.deleteLater()
    QApplication.sendPostedEvents(made, 52)
    await asyncio.sleep(0)
