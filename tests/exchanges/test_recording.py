"""The flight recorder's files: what is written is read again, whatever ended the writer."""

import errno
import json
import subprocess
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.errors import DataFormatError, DataSourceError
from shared_modules.exchanges.recorder import Recorder, trim
from shared_modules.exchanges.recording import FRAME, Record, index, line_of, read, record_of, segments

KINDS = st.sampled_from(["w", "s", "o", "c", "r", "m"])


@given(st.integers(0, 2**60), KINDS, st.text(max_size=40), st.binary(max_size=200), st.integers(0, 599))
def test_a_record_survives_its_line_whatever_is_in_it(
    time: int, kind: str, name: str, data: bytes, status: int
) -> None:
    record = Record(time, kind, name, data, status)
    line = line_of(record)
    assert line.count(b"\n") == 1
    assert record_of(line[:-1]) == record


def recorded(root: Path, messages: int, limit: int = 1 << 30, size: int = 40) -> Path:
    recorder = Recorder()
    folder = recorder.start(root, limit)
    for n in range(messages):
        recorder.take(FRAME, "/v5/public/linear#1", b'{"n":%d,"pad":"%s"}' % (n, bytes(size).hex().encode()))
        if n % 50 == 49:
            recorder._write_waiting()
    recorder.stop()
    return folder


def numbers(place: Path) -> list[int]:
    return [json.loads(record.payload)["n"] for record in read(place)]


def test_everything_taken_is_read_in_order_and_a_tool_of_the_system_shows_it(tmp_path: Path) -> None:
    folder = recorded(tmp_path, 1000)
    assert numbers(folder) == list(range(1000))
    (segment,) = segments(folder)
    assert numbers(segment) == list(range(1000))
    with open(segment, "rb") as file:
        text = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    assert text.count(b"\n") == 1000


def test_a_part_in_time_is_found_without_unpacking_the_rest(tmp_path: Path) -> None:
    folder = recorded(tmp_path, 500)
    (segment,) = segments(folder)
    blocks = index(segment)
    middle = blocks[len(blocks) // 2].first
    assert [r.time >= middle for r in read(folder, start=middle)].count(False) == 0
    early, late = numbers(folder), [json.loads(r.payload)["n"] for r in read(folder, start=middle)]
    assert late == early[-len(late) :]
    assert [json.loads(r.payload)["n"] for r in read(folder, end=middle)] == early[: -len(late)]


@given(share=st.floats(0, 1))
def test_a_recording_cut_off_anywhere_is_read_up_to_its_last_whole_block(
    tmp_path_factory: pytest.TempPathFactory, share: float
) -> None:
    folder = recorded(tmp_path_factory.mktemp("r"), 300)
    (segment,) = segments(folder)
    ends = [0, *(b.offset + b.size for b in index(segment))]
    data = segment.read_bytes()
    cut = round(len(data) * share)
    segment.write_bytes(data[:cut])
    whole = sum(end <= cut for end in ends) - 1
    assert numbers(folder) == list(range(300))[: 50 * whole]


def test_a_damaged_block_is_left_out_and_the_others_are_read(tmp_path: Path) -> None:
    folder = recorded(tmp_path, 300)
    (segment,) = segments(folder)
    data = bytearray(segment.read_bytes())
    data[index(segment)[2].offset + 40] ^= 0xFF
    segment.write_bytes(data)
    found = numbers(folder)
    assert found == [n for n in range(300) if not 100 <= n < 150]


def test_the_oldest_segments_go_when_the_space_is_used_up(tmp_path: Path) -> None:
    limit = 8000
    folder = recorded(tmp_path, 3000, limit)
    sizes = [path.stat().st_size for path in segments(folder)]
    assert sum(sizes) <= limit * 1.3
    assert numbers(folder)[-1] == 2999
    recorded(tmp_path, 3000, limit)
    assert sum(p.stat().st_size for p in tmp_path.rglob("*.zst")) <= limit * 1.3
    assert trim(tmp_path, 0) > 0
    assert not list(tmp_path.rglob("*.zst"))


def test_a_full_disk_is_told_counted_and_recovered_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    recorder.start(tmp_path, 1 << 20)
    full = True
    rotate = recorder._rotate

    def refuse(first: int) -> None:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        rotate(first)

    monkeypatch.setattr(recorder, "_rotate", refuse)
    recorder.take(FRAME, "a", b"1")
    recorder._write_waiting()
    assert "No space left" in recorder.status().error
    assert recorder.status().dropped == 1
    full = False
    recorder.take(FRAME, "a", b"2")
    recorder._write_waiting()
    recorder.stop()
    assert recorder.status().error == ""
    assert [r.payload for r in read(tmp_path)] == [b"2"]


def test_what_is_no_recording_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataSourceError, match="no recording in"):
        segments(tmp_path)
    path = tmp_path / "x.rec.zst"
    path.write_bytes(b"x" * 100)
    with pytest.raises(DataFormatError, match="is no recording"):
        index(path)


def test_a_killed_recorder_leaves_what_it_wrote(tmp_path: Path) -> None:
    code = (
        "import sys,time\nfrom pathlib import Path\nfrom shared_modules.exchanges.recorder import Recorder\n"
        "r=Recorder(); r.start(Path(sys.argv[1]), 1<<30)\nn=0\n"
        "while True:\n"
        "    r.take('w','a',b'{\"n\":%d}'%n); n+=1\n"
        "    if n%2000==0:\n        r._write_waiting(); print(n, flush=True)\n"
    )
    import sys

    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(4)][-1]
        child.kill()
    found = numbers(tmp_path)
    assert found == list(range(len(found)))
    assert len(found) >= told
