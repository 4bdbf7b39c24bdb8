from pathlib import Path

import pytest
from PySide6.QtCore import QLockFile

from shared_modules.core.errors import StateError, StoreError
from tests.gui.fixtures import until
from tradebot_gui import instance
from tradebot_gui.instance import Instance


async def test_a_second_start_on_one_folder_is_refused_and_calls_the_first(qapp, data_dir: Path) -> None:
    first = Instance(data_dir)
    called: list[bool] = []
    first.listen(lambda: called.append(True))
    try:
        with pytest.raises(StateError, match="already open"):
            Instance(data_dir)
        await until(lambda: called)
    finally:
        first.release()


def test_two_folders_have_a_terminal_each(data_dir: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    one, two = Instance(data_dir), Instance(other)
    one.release()
    two.release()


def test_a_folder_is_free_after_the_end(data_dir: Path) -> None:
    Instance(data_dir).release()
    Instance(data_dir).release()


class FullDisk(QLockFile):
    """A lock whose file cannot be written."""

    def tryLock(self, _: int) -> bool:
        return False

    def error(self) -> QLockFile.LockError:
        return QLockFile.LockError.UnknownError


def test_a_folder_that_takes_no_file_is_not_said_to_be_in_use(data_dir: Path, monkeypatch) -> None:
    monkeypatch.setattr(instance, "QLockFile", FullDisk)
    with pytest.raises(StoreError, match="free some room"):
        Instance(data_dir)
