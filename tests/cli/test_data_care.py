"""`data`: what it says, what it changes, and how it ends."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from shared_modules.cli.app import run
from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import write_candle_file
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.settings import Settings
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.data_collection.history import HistoryFetcher
from shared_modules.data_collection.store import CandleStore
from shared_modules.exchanges.bybit import BybitMarketData
from shared_modules.exchanges.simulated import VenueOptions, serve
from tests.fakes import NOW, bars_at, series_of

SERIES = series_of()
MINUTE = 60_000
BYBIT = Series(Market("bybit", Category.LINEAR, "BTCUSDT"), TIMEFRAMES["1m"])


def outcome(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def holey(tmp_path: Path) -> Path:
    """A data folder with one series that lacks two candles."""
    times = [NOW + i * MINUTE for i in range(30) if i not in (10, 11)]
    write_candle_file(DataPaths(tmp_path).series(SERIES), bars_at(times))
    return tmp_path


def test_verify_tells_each_gap_with_its_kind_and_writes_reports(capsys, holey, tmp_path):
    target = tmp_path / "report.csv"
    code, out, _ = outcome(capsys, "data", "verify", "--data-dir", str(holey), "--report", str(target), "--json", "-")
    assert code == 1
    (row,) = json.loads(out)["series"]
    assert row["reasons"] == [
        {"start": NOW + 10 * MINUTE, "end": NOW + 12 * MINUTE, "missing": 2, "kind": "unrepaired"}
    ]  # fmt: skip
    assert row["score"] < 100
    assert target.read_text().splitlines()[1].startswith("fake,linear,BTCUSDT,1m,")


def test_verify_checks_single_files_and_its_exit_code_says_whether_they_are_whole(capsys, tmp_path):
    good, bad, broken = (tmp_path / f"{name}_1m.csv" for name in ("BTCUSDT", "ETHUSDT", "XRPUSDT"))
    write_candle_file(good, bars_at(NOW + i * MINUTE for i in range(30)))
    write_candle_file(bad, bars_at(NOW + i * MINUTE for i in (0, 1, 2, 5)))
    broken.write_text("timestamp,open,high,low,close,volume\nx,1,2,3,4,5\n")
    assert outcome(capsys, "data", "verify", "--csv", str(good))[0] == 0
    assert outcome(capsys, "data", "verify", "--csv", str(good), "--csv", str(bad))[0] == 1
    code, _, error = outcome(capsys, "data", "verify", "--csv", str(broken))
    assert code == 2
    assert "line 2" in error


def test_verify_wants_a_folder_or_a_file(capsys, tmp_path):
    for arguments in ([], ["--data-dir", str(tmp_path), "--csv", "x.csv"]):
        code, _, error = outcome(capsys, "data", "verify", *arguments)
        assert code == 2
        assert "--data-dir" in error


@pytest.fixture
def venue() -> Iterator[str]:
    """The REST address of a simulated exchange."""
    ready: Queue[str] = Queue()
    stop = threading.Event()
    options = VenueOptions(symbols=("BTCUSDT", "ETHUSDT"))
    thread = threading.Thread(target=serve, args=(options, lambda found: ready.put(found.rest), stop))
    thread.start()
    yield ready.get(timeout=30)
    stop.set()
    thread.join()


async def fetched(rest: str, series: Series) -> Bars:
    data = BybitMarketData(Settings().changed("exchange.rest_url", rest).exchange)
    try:
        return (await HistoryFetcher(data).latest(series, 120)).bars
    finally:
        await data.close()


def test_repair_brings_back_what_is_missing_and_undo_takes_it_away_again(capsys, tmp_path, venue):
    whole = asyncio.run(fetched(venue, BYBIT))
    path = DataPaths(tmp_path).series(BYBIT)
    write_candle_file(path, whole[:40].merged(whole[50:]))
    before = path.read_bytes()
    code, out, _ = outcome(capsys, "data", "verify", "--data-dir", str(tmp_path), "--rest", venue, "--json", "-")
    assert (code, json.loads(out)["series"][0]["reasons"][0]["kind"]) == (1, "our fault")
    common = ("data", "repair", "--data-dir", str(tmp_path), "--json", "-")
    code, out, err = outcome(capsys, *common, "--rest", venue, "--series", "btcusdt:1m")
    assert (code, err) == (0, "")
    (row,) = json.loads(out)["series"]
    assert (row["added"], row["clean"], row["score"]) == (10, True, 100.0)
    assert outcome(capsys, "data", "verify", "--data-dir", str(tmp_path))[0] == 0
    code, out, _ = outcome(capsys, *common, "--undo", row["id"])
    assert (code, json.loads(out)["symbol"]) == (0, "BTCUSDT")
    assert path.read_bytes() == before


def test_repair_refuses_what_cannot_be_with_one_sentence(capsys, holey, tmp_path):
    def refused(*arguments: str) -> str:
        code, _, error = outcome(capsys, "data", "repair", *arguments)
        assert code == 2
        assert error.startswith("error: ")
        return error

    assert "there is no data folder" in refused("--data-dir", str(tmp_path / "nowhere"))
    assert "no change 'x'" in refused("--data-dir", str(holey), "--undo", "x")
    assert "no candles of 'bybit'" in refused("--data-dir", str(holey))
    write_candle_file(DataPaths(holey).series(BYBIT), bars_at([NOW]))
    assert "did you mean 'BTCUSDT:1m'" in refused("--data-dir", str(holey), "--series", "BTCUSD:1m")


def test_repair_waits_for_nobody_who_writes_there(capsys, holey):
    store = CandleStore(DataPaths(holey), None)
    store.start()
    try:
        code, _, error = outcome(capsys, "data", "repair", "--data-dir", str(holey))
    finally:
        store.close()
    assert code == 1
    assert "is writing candles into" in error


def test_fetch_fills_the_store_and_a_second_time_asks_for_nothing(capsys, tmp_path, venue):
    common = ("data", "fetch", "--data-dir", str(tmp_path), "--rest", venue, "--symbols", "BTCUSDT,ETHUSDT",
              "--timeframes", "5m,1h", "--json", "-")  # fmt: skip
    # a fixed end makes the second run ask for the very same
    end = int(asyncio.run(fetched(venue, BYBIT)).time[-1]) // 3_600_000 * 3_600_000
    span = ("--from", str(end - 2 * 86_400_000), "--to", str(end))
    arguments = (*common, *span, "--funding", "--mark", "1h", "--open-interest", "1h")
    code, out, err = outcome(capsys, *arguments)
    assert code == 0
    assert "data.retention" in err
    found = json.loads(out)
    assert all(s["candles"] > 20 for s in found["series"])
    assert {(e["kind"], e["rows"] > 0) for e in found["extras"]} == {
        ("funding", True), ("open_interest", True), ("mark", True)
    }  # fmt: skip
    assert outcome(capsys, "data", "verify", "--data-dir", str(tmp_path), "--rest", venue)[0] == 0
    code, out, _ = outcome(capsys, *arguments)
    assert (code, sum(s["candles"] for s in json.loads(out)["series"])) == (0, 0)


def test_fetch_says_what_cannot_be_fetched(capsys, tmp_path, venue):
    common = ("data", "fetch", "--data-dir", str(tmp_path), "--rest", venue)
    code, _, error = outcome(capsys, *common, "--symbols", "NOPEUSDT", "--days", "0.1")
    assert code == 1
    assert "NOPEUSDT" in error
    assert outcome(capsys, *common, "--timeframes", "none")[0] == 2
    assert outcome(capsys, *common, "--from", "2025-02-01", "--to", "2025-01-01")[0] == 2
