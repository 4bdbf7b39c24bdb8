"""What the checks find, what they leave alone, and how it is told."""

import csv
import io
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import read_candle_file, write_candle_file
from shared_modules.core.errors import InvalidInput
from shared_modules.core.events import Gap, GapKind
from shared_modules.core.paths import DataPaths
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.data_collection.checks import disagreements, nests, outliers, spans_of
from shared_modules.data_collection.gaps import explained_gaps
from shared_modules.data_collection.integrity import Fault, verify_file, verify_folder, verify_series
from shared_modules.data_collection.provenance import ABSENT, Absent, Entry, absent, entries, ledger_path, record
from shared_modules.data_collection.reports import report_row, write_report
from tests.fakes import NOW, bars_at, series_of

SERIES = series_of()
MINUTE = 60_000


def walk(n: int = 600, seed: int = 1, start: int = NOW) -> Bars:
    """A plausible market: turnover, range and returns fit each other."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.0008, n)))
    opens = np.r_[close[0], close[:-1]]
    high, low = np.maximum(opens, close) * 1.0004, np.minimum(opens, close) * 0.9996
    volume = rng.gamma(2.0, 3.0, n)
    return Bars.of(start + np.arange(n) * MINUTE, opens, high, low, close, volume, volume * (high + low) / 2)


def changed(bars: Bars, row: int, **values: float) -> Bars:
    copy = bars.copy()
    for name, value in values.items():
        getattr(copy, name)[row] = value
    return copy


def store(paths: DataPaths, series, bars: Bars) -> None:
    write_candle_file(paths.series(series), bars)


def test_a_plausible_market_scores_a_hundred():
    report = verify_series(SERIES, walk())
    assert (report.clean, report.score, report.findings) == (True, 100.0, ())


@given(st.integers(0, 599), st.sampled_from(["open", "high", "low", "close"]), st.sampled_from([0.1, 0.5, 2.0, 10.0]))
def test_a_wrong_digit_anywhere_is_found(row, column, factor):
    bars = walk()
    value = getattr(bars, column)[row] * factor
    report = verify_series(SERIES, changed(bars, row, **{column: float(value)}))
    assert report.score < 100
    at = int(bars.time[row])
    assert any(a <= at < b for a, b in report.spans(Fault.OUTLIER, Fault.BAD_OHLC))


def test_a_crash_that_stays_down_is_no_outlier():
    bars = walk()
    down = np.where(np.arange(600) >= 300, 0.8, 1.0)
    fallen = Bars.of(bars.time, bars.open * down, bars.high * down, bars.low * down, bars.close * down, bars.volume)
    fallen = changed(fallen, 300, open=float(fallen.close[299]), high=float(fallen.close[299]))
    assert not outliers(fallen)[301:].any()
    assert verify_series(SERIES, fallen).clean


def test_a_warning_lowers_the_score_and_needs_no_repair():
    report = verify_series(SERIES, changed(walk(), 100, turnover=1e9))
    assert report.count(Fault.TURNOVER) == 1
    assert report.clean
    assert 99 < report.score < 100


def test_negative_volume_and_a_frozen_feed_are_found():
    bars = walk()
    assert verify_series(SERIES, changed(bars, 5, volume=-1.0)).count(Fault.BAD_PRICE) == 1
    for row in range(10, 20):
        for name in ("open", "high", "low", "close", "volume", "turnover"):
            getattr(bars, name)[row] = getattr(bars, name)[9]
    assert verify_series(SERIES, bars).count(Fault.FROZEN) == 9


def test_the_score_follows_its_formula():
    full = walk(1000)
    lacking = Bars.of(*(np.delete(getattr(full, n), range(500, 510)) for n in
                        ("time", "open", "high", "low", "close", "volume", "turnover")))  # fmt: skip
    assert verify_series(SERIES, lacking).score == pytest.approx(100 * np.exp(-20 * 0.01), abs=0.01)
    assert verify_series(SERIES, Bars.empty()).score == 0


def test_a_series_that_lies_far_behind_the_others_is_stale(tmp_path):
    paths = DataPaths(tmp_path)
    store(paths, SERIES, walk(600))
    store(paths, series_of("ETHUSDT"), walk(300))
    store(paths, series_of("ETHUSDT", "1h"), bars_at(NOW + h * 60 * MINUTE for h in range(7)))
    found = {str(r.series): r.stale for r in verify_folder(paths)}
    assert found == {"BTCUSDT 1m": 0, "ETHUSDT 1m": 300 * MINUTE, "ETHUSDT 1h": 0}


@pytest.mark.parametrize("name", ["3m", "5m", "15m", "1h", "4h", "1d", "1w", "1M"])
def test_a_longer_candle_that_contradicts_the_shorter_ones_is_found(name):
    frame = TIMEFRAMES[name]
    start = frame.next(NOW)
    times = np.arange(start, frame.next(frame.next(start)), 3_600_000 if frame.ms > 14_400_000 else MINUTE)
    base_frame = TIMEFRAMES["1h" if frame.ms > 14_400_000 else "1m"]
    base = bars_at(times.tolist())
    longer = base.resampled(frame)
    assert nests(base_frame, frame)
    assert len(disagreements(base, base_frame, longer, frame)) == 0
    wrong = changed(longer, 1, high=float(longer.high[1]) + 0.5)
    assert disagreements(base, base_frame, wrong, frame).tolist() == [int(longer.time[1])]
    # where the shorter one lacks a part, nothing is said
    part = Bars.of(*(np.delete(getattr(base, n), len(base) - 1) for n in
                     ("time", "open", "high", "low", "close", "volume", "turnover")))  # fmt: skip
    assert len(disagreements(part, base_frame, wrong, frame)) == 0


def test_timeframes_that_do_not_nest_are_not_compared():
    assert not nests(TIMEFRAMES["3m"], TIMEFRAMES["5m"])
    assert not nests(TIMEFRAMES["1w"], TIMEFRAMES["1M"])
    assert len(disagreements(bars_at([NOW]), TIMEFRAMES["3m"], bars_at([NOW]), TIMEFRAMES["5m"])) == 0


def test_contradicting_timeframes_are_reported_on_both_sides(tmp_path):
    paths = DataPaths(tmp_path)
    base = walk(60)
    five = TIMEFRAMES["5m"]
    store(paths, SERIES, base)
    store(paths, series_of(timeframe="5m"), changed(base.resampled(five), 3, close=1.0, low=1.0))
    short, longer = verify_folder(paths)
    at = NOW + 15 * MINUTE
    assert (short.count(Fault.TIMEFRAMES), longer.count(Fault.TIMEFRAMES)) == (5, 1)
    assert short.spans(Fault.TIMEFRAMES) == longer.spans(Fault.TIMEFRAMES) == ((at, at + five.ms),)
    assert not longer.clean


def test_a_gap_is_split_by_what_the_exchange_has():
    bars = walk(200)
    span = (NOW + 200 * MINUTE, NOW + 210 * MINUTE)
    answer = bars_at([NOW + 203 * MINUTE, NOW + 204 * MINUTE])
    others = [(series_of("ETHUSDT"), walk(400)), (series_of("SOLUSDT"), walk(400))]
    found = explained_gaps(SERIES, span, answer, bars, others)
    assert [(g.kind, g.missing) for g in found] == [
        (GapKind.NO_TRADES, 3), (GapKind.OURS, 2), (GapKind.NO_TRADES, 5)
    ]  # fmt: skip
    assert found[0].start == span[0]
    assert found[-1].end == span[1]


def test_minutes_that_all_markets_lack_are_an_outage():
    hole = range(200, 210)
    full = walk(400)
    lacking = Bars.of(*(np.delete(getattr(full, n), hole) for n in
                        ("time", "open", "high", "low", "close", "volume", "turnover")))  # fmt: skip
    span = (NOW + 200 * MINUTE, NOW + 210 * MINUTE)
    others = [(series_of("ETHUSDT"), lacking), (series_of("SOLUSDT"), lacking)]
    quiet = bars_at([NOW, NOW + 390 * MINUTE])  # by itself this market would be called quiet
    assert [g.kind for g in explained_gaps(SERIES, span, Bars.empty(), quiet, others)] == [GapKind.EXCHANGE]
    # with nothing to compare, a market that always trades does not pause for ten minutes
    assert [g.kind for g in explained_gaps(SERIES, span, Bars.empty(), lacking, [])] == [GapKind.EXCHANGE]
    assert [g.kind for g in explained_gaps(SERIES, span, Bars.empty(), quiet, [])] == [GapKind.NO_TRADES]


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_explained_gaps_cover_exactly_what_is_missing(answered, alive):
    span = (NOW, NOW + 61 * MINUTE)
    at = {i: NOW + i * MINUTE for i in range(61)}
    found = explained_gaps(SERIES, span, bars_at(at[i] for i in sorted(answered)), walk(10, start=NOW - 600_000),
                           [(series_of("ETHUSDT"), bars_at(at[i] for i in sorted(alive)))])  # fmt: skip
    assert sum(g.missing for g in found) == 61
    ours = {t for g in found if g.kind is GapKind.OURS for t in range(g.start, g.end, MINUTE)}
    assert ours == {at[i] for i in answered}
    traded = {t for g in found if g.kind is GapKind.EXCHANGE for t in range(g.start, g.end, MINUTE)}
    assert not traded & {at[i] for i in alive}


def test_an_explained_gap_needs_no_repair_and_costs_no_score(tmp_path):
    paths = DataPaths(tmp_path)
    store(paths, SERIES, walk(10).merged(walk(10, start=NOW + 20 * MINUTE)))
    span = (NOW + 10 * MINUTE, NOW + 20 * MINUTE)
    assert not verify_folder(paths)[0].clean
    record(paths, SERIES, Entry(ABSENT, "1", NOW, "rest", (span,), reason=GapKind.EXCHANGE.value))
    report = verify_folder(paths)[0]
    assert report.reasons == (Gap(SERIES, *span, 10, GapKind.EXCHANGE),)
    assert (report.missing, report.unexplained, report.clean, report.score) == (10, 0, True, 100.0)


def test_the_ledger_keeps_what_it_was_told_and_survives_a_damaged_line(tmp_path):
    paths = DataPaths(tmp_path)
    for n in range(3):
        record(paths, SERIES, Entry(ABSENT, str(n), NOW, "rest", ((n * 10, n * 10 + 10),), reason="no trades"))
    with open(ledger_path(paths, SERIES), "a") as file:
        file.write('{"kind":\n[1]\n')
    assert [e.id for e in entries(paths, SERIES)] == ["0", "1", "2"]
    assert absent(paths, SERIES) == Absent({GapKind.NO_TRADES: ((0, 30),)})


@given(st.sets(st.integers(0, 40)))
def test_spans_hold_exactly_the_times_they_were_made_of(minutes):
    times = [NOW + i * MINUTE for i in sorted(minutes)]
    spans = spans_of(times, SERIES.timeframe)
    assert [t for a, b in spans for t in range(a, b, MINUTE)] == times
    assert all(b < c for (_, b), (c, _) in pairwise(spans))


def test_reports_are_written_as_json_and_csv(tmp_path):
    report = verify_series(SERIES, walk(10).merged(walk(10, start=NOW + 20 * MINUTE)))
    write_report([report], tmp_path / "r.json")
    row = json.loads((tmp_path / "r.json").read_text())["series"][0]
    assert row == json.loads(json.dumps(report_row(report)))
    assert row["reasons"] == [{"start": NOW + 600_000, "end": NOW + 1_200_000, "missing": 10, "kind": "unrepaired"}]
    write_report([report], tmp_path / "r.csv")
    (line,) = csv.DictReader(io.StringIO((tmp_path / "r.csv").read_text()))
    assert [line[n] for n in ("symbol", "missing", "gaps: unrepaired", "clean")] == ["BTCUSDT", "10", "10", "False"]
    with pytest.raises(InvalidInput, match=r"\.csv or \.json"):
        write_report([report], tmp_path / "r.xml")


def test_a_file_from_elsewhere_is_judged_with_its_disorder_and_repetitions(tmp_path):
    path = tmp_path / "BTCUSDT_1m.csv"
    write_candle_file(path, walk(20))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:5], lines[4], *lines[10:6:-1], *lines[11:]]) + "\n")
    report = verify_file(path)
    assert (report.duplicates, report.disorder, report.missing) == (1, 3, 2)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "gaps", "missing", "off"),
    [("2018-02", 3, 2059, 1201), ("2018-06-20_2018-07-10", 3, 1162, 0), ("2020-03", 1, 128, 0), ("2023-03", 1, 80, 0)],
)
def test_real_outages_are_found_and_called_so(real_data: Path, name, gaps, missing, off):
    path = real_data / "binance_spot" / "episodes" / f"BTCUSDT_1m_{name}.csv.gz"
    bars = read_candle_file(path).bars
    report = verify_series(SERIES, bars)
    assert (len(report.gaps), report.missing, report.count(Fault.OFF_GRID)) == (gaps, missing, off)
    assert report.count(Fault.OUTLIER) == 0
    kinds = {g.kind for span in report.gaps for g in explained_gaps(SERIES, span, Bars.empty(), bars, [])}
    assert kinds == {GapKind.EXCHANGE}
