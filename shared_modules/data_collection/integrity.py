"""What is wrong with a stored series: judged on the lines of the file as they are, not on a cleaned reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from shared_modules.core.bars import Bars, Flags, Floats, Times
from shared_modules.core.candle_files import HEADER, bad_ohlc, read_candle_file
from shared_modules.core.errors import StoreError
from shared_modules.core.market import Category, Market, Series
from shared_modules.core.paths import DataPaths, patiently
from shared_modules.core.progress import Progress

from .checks import bad_prices, disagreements, frozen, gap_spans, odd_turnover, off_grid, outliers, spans_of
from .csv_rows import lines_of
from .findings import Fault, Finding, SeriesReport
from .folders import series_in
from .gaps import known_gaps
from .provenance import Absent, absent
from .sidecar import cached_rows

__all__ = ["Fault", "Finding", "SeriesReport", "verify_file", "verify_folder", "verify_series"]

_BEHIND = 5 * 60_000


def verify_series(series: Series, source: Bars | Path, known: Absent | None = None) -> SeriesReport:
    """The report on ``source``, candles or the CSV file of ``series``; raises `StoreError` when it cannot be read.

    ``known``: what is known of its holes, so that they are told with their reason.
    """
    known = known or Absent()
    if isinstance(source, Bars):
        values = np.column_stack((source.open, source.high, source.low, source.close, source.volume, source.turnover))
        return _judge(series, source.time, values, [], 0, known)
    try:
        data = patiently(source.read_bytes)
    except OSError as error:
        raise StoreError(f"cannot read {source}: {error.strerror or error}", path=str(source)) from error
    lines = lines_of(data)
    notes = []
    if not lines.header:
        notes.append(f"the header line '{HEADER}' is missing")
    if lines.damaged:
        shown = ", ".join(str(n) for n in lines.damaged[:5])
        notes.append(
            f"{len(lines.damaged)} damaged lines, left out (line {shown}{', …' if len(lines.damaged) > 5 else ''})"
        )
    if lines.torn:
        notes.append("the last line was cut off")
    if not lines.standard:
        notes.append("saved by another program: other separators or line ends")
    return _judge(series, lines.times, lines.values, notes, len(lines.damaged) + lines.torn, known)


def verify_file(path: Path) -> SeriesReport:
    """The report on a candle file from anywhere; raises what `read_candle_file` raises."""
    file = read_candle_file(path)
    series = Series(Market("file", Category.SPOT, file.symbol), file.timeframe)
    found = verify_series(series, file.bars)
    extra = [Finding(fault, count) for fault, count in
             ((Fault.DUPLICATE, file.duplicates), (Fault.DISORDER, file.disorder)) if count]  # fmt: skip
    return replace(
        found,
        rows=found.rows + file.duplicates,
        duplicates=file.duplicates,
        disorder=file.disorder,
        findings=(*extra, *found.findings),
    )


def verify_folder(
    paths: DataPaths, progress: Progress | None = None, only: Sequence[Series] | None = None
) -> list[SeriesReport]:
    """Reports on all series under ``paths``, or on ``only`` some, each held against the other timeframes of its market.

    Those of the same markets as ``only`` are read too; how far a series lies behind is told from those that are read.
    """
    found = series_in(paths)
    if only is not None:
        markets = {series.market for series in only}
        found = [series for series in found if series.market in markets]
    reports: dict[Series, SeriesReport] = {}
    for n, series in enumerate(found):
        if progress is not None:
            progress.step(n / len(found), str(series))
        reports[series] = verify_series(series, paths.series(series), absent(paths, series))
    for family in _families(found):
        for series, times in contradictions(family, lambda s: _read(paths, s)).items():
            spans = spans_of(times, series.timeframe)
            reports[series] = with_finding(reports[series], Finding(Fault.TIMEFRAMES, len(times), spans))
    if progress is not None:
        progress.step(1.0)
    told = _with_staleness([reports[series] for series in found])
    return told if only is None else [report for report in told if report.series in set(only)]


def with_finding(report: SeriesReport, finding: Finding) -> SeriesReport:
    """``report`` with one finding more."""
    return replace(report, findings=(*report.findings, finding)) if finding.count else report


def contradictions(family: Sequence[Series], read: Callable[[Series], Bars]) -> dict[Series, Times]:
    """Candles of the series of one market that contradict a shorter one of ``family``, by series; both sides count.

    Each series is held against the next shorter one whose candles fit into its own.
    """
    bars = {series: read(series) for series in family}
    wrong: dict[Series, list[Times]] = {}
    by_length = sorted(family, key=lambda s: s.timeframe.ms)
    for n, longer in enumerate(by_length):
        for shorter in by_length[:n]:
            times = disagreements(bars[shorter], shorter.timeframe, bars[longer], longer.timeframe)
            if len(times):
                wrong.setdefault(longer, []).append(times)
                inside = [bars[shorter].between(t, longer.timeframe.next(t)).time for t in times.tolist()]
                wrong.setdefault(shorter, []).append(np.concatenate(inside))
    return {series: np.unique(np.concatenate(times)) for series, times in wrong.items()}


def _families(found: Sequence[Series]) -> list[list[Series]]:
    families: dict[Market, list[Series]] = {}
    for series in found:
        families.setdefault(series.market, []).append(series)
    return [family for family in families.values() if len(family) > 1]


def _read(paths: DataPaths, series: Series) -> Bars:
    try:
        return cached_rows(paths.series(series))
    except OSError as error:
        raise StoreError(f"cannot read the candles of {series}: {error.strerror or error}") from error


def _with_staleness(reports: list[SeriesReport]) -> list[SeriesReport]:
    """The reports with how far each lies behind the newest candle of its exchange."""
    newest: dict[str, int] = {}
    for r in reports:
        if r.last is not None:
            exchange = r.series.market.exchange
            newest[exchange] = max(newest.get(exchange, 0), r.series.timeframe.next(r.last))
    found = []
    for r in reports:
        behind = 0
        if r.last is not None:
            behind = newest[r.series.market.exchange] - r.series.timeframe.next(r.last)
            # the running candle of a long timeframe is never stored
            behind = behind if behind > 3 * r.series.timeframe.ms + _BEHIND else 0
        found.append(replace(r, stale=behind))
    return found


def _judge(series: Series, times: Times, values: Floats, notes: list[str], damaged: int, known: Absent) -> SeriesReport:
    steps = np.diff(times)
    distinct, last = _last_of_each(times)
    bars = Bars.of(distinct, *(values[last][:, i] for i in range(6)))
    off = off_grid(distinct, series.timeframe)
    if off.any():
        notes = [*notes, f"{int(off.sum())} candles open off the {series.timeframe} grid"]
    # a candle off the grid stands for the interval it opens in
    whole = np.unique([series.timeframe.floor(t) for t in distinct.tolist()]) if off.any() else distinct
    gaps = gap_spans(whole, series.timeframe)
    prices = bad_prices(bars)
    impossible = bad_ohlc(bars) | (np.minimum(bars.low, np.minimum(bars.open, bars.close)) <= 0)
    duplicates, disorder = len(times) - len(distinct), int((steps < 0).sum())
    findings = [Finding(Fault.DAMAGED, damaged), Finding(Fault.DUPLICATE, duplicates)]
    findings.append(Finding(Fault.DISORDER, disorder))
    findings += [
        Finding(Fault.OFF_GRID, int(off.sum()), tuple((t, t + 1) for t in distinct[off].tolist())),
        _found(Fault.BAD_OHLC, impossible & ~prices, bars, series),
        _found(Fault.BAD_PRICE, prices, bars, series),
        _found(Fault.OUTLIER, outliers(bars) & ~impossible, bars, series),
        _found(Fault.FROZEN, frozen(bars), bars, series),
    ]
    if series.market.category is not Category.INVERSE:
        findings.append(_found(Fault.TURNOVER, odd_turnover(bars), bars, series))
    return SeriesReport(
        series,
        rows=len(times),
        first=int(distinct[0]) if len(distinct) else None,
        last=int(distinct[-1]) if len(distinct) else None,
        gaps=gaps,
        missing=sum(series.timeframe.count(a, b) for a, b in gaps),
        duplicates=duplicates,
        disorder=disorder,
        bad_ohlc=int(impossible.sum()),
        notes=tuple(notes),
        reasons=known_gaps(series, gaps, known),
        findings=tuple(f for f in findings if f.count),
    )


def _last_of_each(times: Times) -> tuple[Times, np.ndarray]:
    """The distinct times, rising, and the row of the last line of each: the one a reading keeps."""
    if (times[1:] > times[:-1]).all():
        return times, np.arange(len(times))
    order = np.argsort(times, kind="stable")
    keep = order[np.r_[times[order][1:] != times[order][:-1], True]]
    return times[keep], keep


def _found(fault: Fault, flags: Flags, bars: Bars, series: Series) -> Finding:
    where = bars.time[flags]
    return Finding(fault, len(where), spans_of(where, series.timeframe))
