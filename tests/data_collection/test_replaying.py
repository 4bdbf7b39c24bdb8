"""`replay`: a recorded session ends in the replay with the candle with which it ended."""

import asyncio
import json
from pathlib import Path

import pytest

from shared_modules.core.market import Category, Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.data_collection.replaying import replay
from shared_modules.data_collection.store import CandleStore
from shared_modules.exchanges.recording import ANSWER, ENDING, FRAME, MARK, OPENED, Record, block_bytes, line_of
from shared_modules.exchanges.replayed import ReplayClock

ONE = Series(Market("bybit", Category.LINEAR, "BTCUSDT"), TIMEFRAMES["1m"])
NAME = ["bybit", "linear", "BTCUSDT", "1m"]
BEGAN = 1_795_000_020_000
MINUTE = 60_000


def row(minute: int) -> list[str]:
    return [str(BEGAN + minute * MINUTE), "1", "2", "0.5", "1.5", "10", "15"]


def frame(seconds: float, *minutes: int, confirm: bool = True) -> Record:
    """A message of the candles ``minutes`` that came ``seconds`` after the session began."""
    told = BEGAN + round(seconds * 1000)
    names = ("start", "open", "high", "low", "close", "volume", "turnover")
    rows = [dict(zip(names, row(minute), strict=True)) for minute in minutes]
    data = [
        told
        | {"start": int(told["start"]), "end": int(told["start"]) + MINUTE - 1, "interval": "1", "confirm": confirm}
        for told in rows
    ]
    text = json.dumps({"topic": "kline.1.BTCUSDT", "type": "snapshot", "ts": told, "data": data}, separators=(",", ":"))
    return Record(told * 1000, FRAME, "/v5/public/linear#1", text.encode())


def answer(seconds: float, newest: int, oldest: int = -5) -> Record:
    told = BEGAN + round(seconds * 1000)
    body = {"retCode": 0, "retMsg": "OK", "time": told,
            "result": {"category": "linear", "symbol": "BTCUSDT",
                       "list": [row(minute) for minute in range(newest, oldest - 1, -1)]}}  # fmt: skip
    name = "/v5/market/kline?category=linear&symbol=BTCUSDT&interval=1"
    return Record(told * 1000, ANSWER, name, json.dumps(body).encode(), 200)


def mark(seconds: float, what: str, *series: list[object]) -> Record:
    text = {"what": what, "exchange": "bybit", "series": list(series), "history": 3, "retention": None}
    return Record(round((BEGAN + seconds * 1000) * 1000), MARK, "mark", json.dumps(text).encode())


def recording(folder: Path, *records: Record) -> Path:
    folder.mkdir()
    data = block_bytes(map(line_of, records), records[0].time, records[-1].time, len(records))
    (folder / f"20261118-000000-000001{ENDING}").write_bytes(data)
    return folder


async def minutes(place: Path, folder: Path) -> list[int]:
    """The minutes on disk after a replay of ``place``."""
    paths = DataPaths(folder).ready()
    await replay(place, paths)
    return [(time - BEGAN) // MINUTE for time in CandleStore(paths, None).read(ONE).time.tolist()]


@pytest.mark.parametrize("until", [1.0000003, 0.1 + 0.2, 20 / 3, 1e-7])
async def test_a_recordings_clock_wakes_who_sleeps_for_a_part_of_a_microsecond(until: float) -> None:
    clock, looks = ReplayClock(BEGAN * 1000), 0

    async def watch() -> None:
        nonlocal looks
        while clock.monotonic() < until and looks < 50:
            looks += 1
            await clock.sleep(until - clock.monotonic())

    watching = asyncio.ensure_future(watch())
    await asyncio.sleep(0)
    await clock.advance((BEGAN + 10_000) * 1000)
    await watching
    assert looks <= 3


BEGINNING = (
    mark(0, "collect", list(NAME)),
    Record(BEGAN * 1000 + 1000, OPENED, "/v5/public/linear#1", b""),
    answer(10, 0),
)


async def test_a_candle_that_only_an_answer_told_is_there_when_the_session_had_it(tmp_path: Path) -> None:
    # the question is answered late in the session, at once in the replay: then the candle was not finished yet
    late = answer(130, 2)
    stop = mark(131, "end", [*NAME, BEGAN + MINUTE])
    place = recording(
        tmp_path / "r", *BEGINNING, frame(62, 0), frame(70, 1, confirm=False), late, stop, mark(132, "stop")
    )
    assert await minutes(place, tmp_path / "again") == [-3, -2, -1, 0, 1]


@pytest.mark.parametrize("told", [2, 3])
async def test_a_candle_that_came_too_late_for_the_session_is_not_in_its_replay(tmp_path: Path, told: int) -> None:
    frames = [frame(60 * (minute + 1) + 1, minute) for minute in range(told)]
    stop = mark(60 * told + 2, "end", [*NAME, BEGAN])
    place = recording(
        tmp_path / "r", *BEGINNING, *frames, stop, frame(60 * told + 3, told), mark(60 * told + 4, "stop")
    )
    assert await minutes(place, tmp_path / "again") == [-3, -2, -1, 0]


async def test_a_session_that_goes_on_with_fewer_series_ends_only_those(tmp_path: Path) -> None:
    other = ["bybit", "linear", "BTCUSDT", "5m"]
    place = recording(
        tmp_path / "r", mark(0, "collect", list(NAME), other), *BEGINNING[1:], frame(61, 0),
        mark(70, "end", [*other, None]), mark(70, "collect", list(NAME)), frame(121, 1),
        mark(125, "end", [*NAME, BEGAN + MINUTE]), mark(130, "stop"),
    )  # fmt: skip
    assert await minutes(place, tmp_path / "again") == [-3, -2, -1, 0, 1]


async def test_a_recording_whose_program_was_killed_gives_all_that_was_told(tmp_path: Path) -> None:
    place = recording(tmp_path / "r", *BEGINNING, frame(61, 0), frame(121, 1))
    assert await minutes(place, tmp_path / "again") == [-3, -2, -1, 0, 1]


@pytest.mark.parametrize("told", [(0, 0), (0, 1, 0), (1, 0)])
async def test_a_message_that_tells_a_candle_twice_or_out_of_order_can_be_replayed(
    tmp_path: Path, told: tuple[int, ...]
) -> None:
    place = recording(tmp_path / "r", *BEGINNING, frame(122, *told), frame(123, 0), frame(124, 1), frame(181, 2))
    assert await minutes(place, tmp_path / "again") == [-3, -2, -1, 0, 1, 2]


async def test_an_answer_that_nobody_can_read_is_passed_over_by_the_replay(tmp_path: Path) -> None:
    broken = json.loads(answer(20, 0).payload)
    broken["result"]["list"][0][1] = "-1"
    broken["result"]["list"].append(broken["result"]["list"][0])
    unread = Record(BEGAN * 1000 + 20_000_000, ANSWER, answer(20, 0).name, json.dumps(broken).encode(), 200)
    place = recording(tmp_path / "r", *BEGINNING, unread, frame(61, 0), frame(121, 1))
    assert await minutes(place, tmp_path / "again") == [-3, -2, -1, 0, 1]
