"""Repair: what is missing or wrong comes from the exchange, and every change can be taken back."""

import random
from pathlib import Path

import numpy as np
import pytest

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.candle_files import HEADER, format_rows, read_candle_file, write_candle_file
from shared_modules.core.clock import ManualClock
from shared_modules.core.errors import InvalidInput, UnknownName, Unreachable
from shared_modules.core.events import GapKind
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.timeframes import Timeframe
from shared_modules.data_collection.audit import audit
from shared_modules.data_collection.integrity import Fault, verify_folder, verify_series
from shared_modules.data_collection.provenance import entries
from shared_modules.data_collection.repair import Repairer
from shared_modules.data_collection.repair_files import undo
from shared_modules.data_collection.store import CandleStore
from shared_modules.exchanges.base import CandlePage
from tests.data_collection.test_quality import changed, walk
from tests.fakes import NOW, FakeMarketData, bars_at, series_of

SERIES = series_of()
MINUTE = 60_000


class Truth(FakeMarketData):
    """An exchange that has exactly the candles it was given."""

    def __init__(self, bars: Bars, limit: int = 1000) -> None:
        super().__init__(int(bars.time[-1]) + 10 * 86_400_000, limit)
        self.bars = bars

    def _page(self, timeframe: Timeframe, start: int, end: int) -> CandlePage:
        found = self.bars if timeframe.name == "1m" else self.bars.resampled(timeframe)
        return CandlePage(found.between(start, end).tail(self.capabilities.candles_per_request), None, self.now)


@pytest.fixture
def store(paths):
    store = CandleStore(paths, None, flush_seconds=0.01)
    store.start()
    yield store
    store.close()


def without(bars: Bars, *rows: int) -> Bars:
    return Bars(*(np.delete(getattr(bars, name), rows) for name in COLUMNS))


def repairer(truth: FakeMarketData, store: CandleStore, paths) -> Repairer:
    return Repairer(truth, store, paths, ManualClock(NOW))


async def test_missing_and_wrong_candles_come_from_the_exchange_and_nothing_else_changes(store, paths):
    truth = walk(500)
    stored = changed(without(truth, 100, 101, 300), 200, high=float(truth.high[200]) * 3)
    write_candle_file(paths.series(SERIES), stored)
    told = []
    (done,) = await Repairer(Truth(truth), store, paths, ManualClock(NOW), told.append).repair_all()
    assert (done.added, done.replaced, done.removed, done.absent) == (3, 1, 0, ())
    assert store.read(SERIES).equals(truth)
    assert told == [SERIES]
    assert verify_folder(paths)[0].score == 100


async def test_an_undone_repair_leaves_the_file_byte_for_byte_as_it_was(store, paths):
    truth = walk(500)
    stored = changed(without(truth, 100, 101, 300), 200, high=float(truth.high[200]) * 3)
    write_candle_file(paths.series(SERIES), stored)
    before = paths.series(SERIES).read_bytes()
    (done,) = await repairer(Truth(truth), store, paths).repair_all()
    assert done.id is not None
    assert undo(paths, store, done.id, NOW)[0] == SERIES
    assert paths.series(SERIES).read_bytes() == before
    with pytest.raises(InvalidInput, match="already"):
        undo(paths, store, done.id, NOW)
    with pytest.raises(UnknownName, match=f"did you mean '{done.id}'"):
        undo(paths, store, done.id[:-1], NOW)


async def test_provenance_names_every_repaired_range_and_its_source(store, paths):
    truth = walk(50)
    write_candle_file(paths.series(SERIES), without(truth, 10, 11, 30))
    (done,) = await repairer(Truth(truth), store, paths).repair_all()
    (entry,) = entries(paths, SERIES)
    assert (entry.kind, entry.id, entry.source, entry.added) == ("repair", done.id, "fake", 3)
    at = [int(truth.time[i]) for i in (10, 12, 30, 31)]
    assert entry.spans == ((at[0], at[1]), (at[2], at[3]))


async def test_a_repaired_series_is_not_asked_about_again(store, paths):
    truth = without(walk(500), *range(50, 60))
    write_candle_file(paths.series(SERIES), without(truth, 20))
    exchange = Truth(truth)
    await repairer(exchange, store, paths).repair_all()
    before = paths.series(SERIES).read_bytes()
    (again,) = await repairer(exchange, store, paths).repair_all()
    assert (again.id, paths.series(SERIES).read_bytes()) == (None, before)


async def test_what_the_exchange_lacks_too_is_explained_and_remembered(store, paths):
    truth = walk(500)
    eth = series_of("ETHUSDT")
    sol = series_of("SOLUSDT")
    outage, pause = range(100, 120), range(300, 302)
    lacking = without(truth, *outage, *pause)
    write_candle_file(paths.series(SERIES), lacking)
    for other in (eth, sol):
        write_candle_file(paths.series(other), without(truth, *outage))
    done = {o.series: o for o in await repairer(Truth(lacking), store, paths).repair_all()}
    assert [(g.kind, g.missing) for g in done[SERIES].absent] == [(GapKind.EXCHANGE, 20), (GapKind.NO_TRADES, 2)]
    reports = {r.series: r for r in verify_folder(paths)}
    assert all(r.clean for r in reports.values())
    assert [g.kind for g in reports[eth].reasons] == [GapKind.EXCHANGE]


async def test_candles_the_exchange_does_not_have_are_never_removed(store, paths):
    stored = walk(100)
    write_candle_file(paths.series(SERIES), changed(stored, 50, low=-1.0))
    before = paths.series(SERIES).read_bytes()
    (done,) = await repairer(Truth(stored[90:]), store, paths).repair_all()
    assert (done.id, done.kept) == (None, 1)
    assert paths.series(SERIES).read_bytes() == before


async def test_candles_off_the_grid_give_way_to_those_on_it(store, paths):
    truth = walk(100)
    moved = truth.copy()
    moved.time[40:60] += 14_789
    write_candle_file(paths.series(SERIES), moved)
    (done,) = await repairer(Truth(truth), store, paths).repair_all()
    assert (done.added, done.removed) == (20, 20)
    assert store.read(SERIES).equals(truth)


async def test_a_damaged_file_is_set_aside_whole_and_its_lost_lines_come_back(store, paths):
    truth = walk(100)
    write_candle_file(paths.series(SERIES), truth)
    lines = paths.series(SERIES).read_text().splitlines(keepends=True)
    lines[20], lines[30] = "\x00\x00garbage\n", lines[29]
    lines[50], lines[60] = lines[60], lines[50]
    paths.series(SERIES).write_text("".join(lines) + "1750")
    damaged = paths.series(SERIES).read_bytes()
    (done,) = await repairer(Truth(truth), store, paths).repair_all()
    assert store.read(SERIES).equals(truth)
    assert paths.series(SERIES).read_text() == HEADER + "\n" + format_rows(truth)
    aside = entries(paths, SERIES)[0]
    assert (aside.kind, aside.id) == ("quarantine", done.quarantined)
    assert (paths.market_dir(SERIES.market) / aside.saved).read_bytes() == damaged
    with pytest.raises(InvalidInput, match="take back later repairs first"):
        undo(paths, store, aside.id, NOW)
    assert done.id is not None
    undo(paths, store, done.id, NOW)
    undo(paths, store, aside.id, NOW)
    assert paths.series(SERIES).read_bytes() == damaged


async def test_a_file_set_aside_comes_back_though_candles_have_closed_since(store, paths):
    truth = walk(100)
    write_candle_file(paths.series(SERIES), truth[:90])
    damaged = paths.series(SERIES).read_text().replace("\n", "\ngarbage\n", 1)
    paths.series(SERIES).write_text(damaged + "1750")
    (done,) = await repairer(Truth(truth[:90]), store, paths).repair_all()
    store.append(SERIES, truth[90:])
    store.flush()
    undo(paths, store, done.quarantined, NOW)
    assert paths.series(SERIES).read_text() == f"{damaged}1750\n{format_rows(truth[90:])}"
    assert store.read(SERIES).equals(truth)


async def test_a_contradiction_between_timeframes_is_settled_by_the_exchange(store, paths):
    truth = walk(600, start=NOW)
    five = series_of(timeframe="5m")
    wrong = changed(truth, 33, volume=float(truth.volume[33]) * 1.5)
    write_candle_file(paths.series(SERIES), wrong)
    write_candle_file(paths.series(five), truth.resampled(five.timeframe))
    outcomes = {o.series: o for o in await repairer(Truth(truth), store, paths).repair_all()}
    assert outcomes[SERIES].replaced == 1
    assert store.read(SERIES).equals(truth)
    assert all(r.clean for r in verify_folder(paths))


async def test_a_thorough_repair_finds_what_looks_right_and_is_not(store, paths):
    truth = walk(300)
    write_candle_file(paths.series(SERIES), changed(truth, 7, volume=float(truth.volume[7]) + 0.001))
    assert not (await repairer(Truth(truth), store, paths).repair_all())[0].changed
    (done,) = await repairer(Truth(truth), store, paths).repair_all(thorough=True)
    assert (done.replaced, store.read(SERIES).equals(truth)) == (1, True)


async def test_a_series_that_the_exchange_refuses_does_not_stop_the_others(store, paths):
    truth = walk(100)
    for name in ("BTCUSDT", "GONEUSDT", "XRPUSDT"):
        write_candle_file(paths.series(series_of(name)), without(truth, 5))
    exchange = Truth(truth)
    exchange.unknown = {"GONEUSDT"}
    done = {o.series.market.symbol: o for o in await repairer(exchange, store, paths).repair_all()}
    assert done["GONEUSDT"].error == "no symbol 'GONEUSDT'"
    assert (done["BTCUSDT"].added, done["XRPUSDT"].added) == (1, 1)


async def test_an_exchange_that_does_not_answer_changes_nothing(store, paths):
    truth = walk(100)
    write_candle_file(paths.series(SERIES), without(truth, 5))
    before = paths.series(SERIES).read_bytes()
    exchange = Truth(truth)
    exchange.errors = [Unreachable("no answer")] * 9
    with pytest.raises(Unreachable):
        await repairer(exchange, store, paths).repair_all()
    assert paths.series(SERIES).read_bytes() == before


def spoil(text: list[str], dice: random.Random) -> list[str]:
    """``text``, the lines of a file, with one to four defects of random kinds between its first and last row."""
    for _ in range(dice.randint(1, 4)):
        row = dice.randrange(2, len(text) - 2)
        kind = dice.randrange(6)
        if kind == 0:
            del text[row : min(len(text) - 1, row + dice.randint(1, 5))]
        elif kind == 1:
            text.insert(row, text[row])
        elif kind == 2:  # moved off its time
            cells = text[row].split(",")
            cells[0] = str(int(cells[0]) + dice.choice((-14_789, 1, 30_000)))
            text[row] = ",".join(cells)
        elif kind == 3:  # a wrong digit
            cells = text[row].split(",")
            column = dice.randrange(1, 7)
            cells[column] = cells[column].replace(".", "") + "9"
            text[row] = ",".join(cells)
        elif kind == 4:  # cut off inside the line, at least a cell lost
            text[row] = text[row][: dice.randrange(1, text[row].rindex(","))]
        else:
            other = dice.randrange(2, len(text) - 2)
            text[row], text[other] = text[other], text[row]
    return text


async def trials(truth: Bars, series: Series, count: int, store: CandleStore, paths) -> None:
    dice = random.Random(20)
    path = paths.series(series)
    for trial in range(count):
        start = dice.randrange(0, len(truth) - 60)
        part = truth[start : start + 60]
        lines = spoil([HEADER, *format_rows(part).splitlines()], dice)
        write_candle_file(path, part)
        path.write_text("\n".join(lines) + "\n")
        spoiled = path.read_text() != f"{HEADER}\n{format_rows(part)}"
        report = verify_series(series, path)
        exchange = Truth(truth)
        await repairer(exchange, store, paths).repair_all([series], thorough=True)
        assert not spoiled or report.score < 100 or not report.clean, (trial, report)
        assert path.read_text() == f"{HEADER}\n{format_rows(part)}", trial


async def test_every_planted_defect_is_found_and_repaired(store, paths):
    await trials(walk(2000), SERIES, 40, store, paths)


@pytest.mark.real_data
async def test_every_defect_planted_into_real_candles_is_found_and_repaired(real_data: Path, store, paths):
    bars = read_candle_file(real_data / "bybit_linear" / "1m" / "BTCUSDT_1m.csv.gz").bars
    await trials(bars, SERIES, 100, store, paths)


async def test_bars_of_the_fake_exchange_need_no_repair(store, paths):
    # the turnover of these fits no price: a warning, which the exchange confirms
    write_candle_file(paths.series(SERIES), bars_at(range(NOW - 100 * MINUTE, NOW, MINUTE)))
    (done,) = await repairer(FakeMarketData(), store, paths).repair_all()
    assert done.id is None
    assert done.kept > 90


async def test_an_audit_tells_what_the_exchange_has_otherwise_and_changes_nothing(paths):
    truth = walk(300)
    lacking = without(truth, *range(200, 220))
    stored = changed(without(lacking, 50, 51), 7, volume=float(truth.volume[7]) + 0.001)
    write_candle_file(paths.series(SERIES), stored)
    foreign = Series(Market("elsewhere", Category.SPOT, "BTCUSDT"), SERIES.timeframe)
    write_candle_file(paths.series(foreign), truth)
    before = paths.series(SERIES).read_bytes()
    other, report = await audit(Truth(lacking), paths, verify_folder(paths))
    assert other.clean
    assert report.spans(Fault.EXCHANGE) == ((int(truth.time[7]), int(truth.time[8])),)
    assert [(g.kind, g.missing) for g in report.reasons] == [(GapKind.OURS, 2), (GapKind.EXCHANGE, 20)]
    assert report.unexplained == 2
    assert paths.series(SERIES).read_bytes() == before
