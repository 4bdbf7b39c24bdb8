"""What is told of recordings on disk, and how they go."""

import json
from pathlib import Path

import pytest

from shared_modules.core.errors import DataSourceError, StoreError
from shared_modules.exchanges.recorder import Recorder
from shared_modules.system_integration import recordings


def recorded(root: Path, messages: int) -> Path:
    recorder = Recorder()
    folder = recorder.start(root, 1 << 30)
    mark = {"what": "collect", "series": [["bybit", "linear", "BTCUSDT", "1m"], ["bybit", "linear", "ETHUSDT", "5m"]]}
    recorder.mark(json.dumps(mark).encode())
    for n in range(messages):
        recorder.mark(b'{"n":%d,"filling":"%s"}' % (n, b"x" * 600))
    recorder.stop()
    return folder


def test_a_recording_tells_what_is_in_it_and_shows_its_first_lines(tmp_path: Path) -> None:
    folder = recorded(tmp_path, 500)
    info = recordings.look(folder)
    assert (info.lines, info.files, info.damaged) == (501, 1, 0)
    assert info.series == ("BTCUSDT 1m", "ETHUSDT 5m")
    assert info.size == sum(p.stat().st_size for p in folder.iterdir())
    assert 0 <= info.seconds < 60
    lines = recordings.sample(folder, 20)
    assert len(lines) == 20
    assert "BTCUSDT" in lines[0]
    assert '"n":18' in lines[-1]
    assert max(map(len, lines)) <= recordings.LONGEST + 2


def test_a_damaged_file_beside_good_ones_is_counted(tmp_path: Path) -> None:
    folder = recorded(tmp_path, 5)
    (folder / "20260101-000000-000001.rec.zst").write_bytes(b"no recording at all, but long enough for a head")
    info = recordings.look(folder)
    assert (info.lines, info.damaged) == (6, 1)


def test_an_empty_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(DataSourceError, match="no recording"):
        recordings.look(tmp_path)


def test_only_recordings_of_this_terminal_are_deleted(tmp_path: Path) -> None:
    root = tmp_path / "recordings"
    folder, other = recorded(root, 3), recorded(tmp_path / "elsewhere", 3)
    with pytest.raises(StoreError):
        recordings.delete(other, root)
    assert other.is_dir()
    recordings.delete(folder, root)
    assert not folder.exists()
    with pytest.raises(StoreError):
        recordings.delete(folder, root)
