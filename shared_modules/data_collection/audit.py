"""Stored series held against the exchange: what differs, and why candles are missing. Nothing is changed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shared_modules.core.bars import Bars
from shared_modules.core.errors import Rejected, StoreError
from shared_modules.core.events import Gap
from shared_modules.core.market import Series
from shared_modules.core.paths import DataPaths
from shared_modules.core.progress import Progress
from shared_modules.exchanges.base import MarketData

from .checks import differing, spans_of
from .csv_rows import read_rows
from .findings import Fault, Finding, SeriesReport
from .folders import series_in
from .gaps import explained_gaps, neighbours
from .history import HistoryFetcher
from .integrity import with_finding
from .three_way import compared, rebuilt, span_of


async def audit(
    data: MarketData,
    paths: DataPaths,
    reports: Sequence[SeriesReport],
    progress: Progress | None = None,
    trades: bool = False,
) -> list[SeriesReport]:
    """``reports`` with a finding for the candles that the exchange has otherwise, and a reason for every gap.

    Series of another exchange than ``data`` stay as they are; one that the exchange refuses gets a note. With
    ``trades`` the newest candles are also rebuilt from the exchange's newest trades. Raises `Unreachable`. All candles
    between the first and the last stored one are fetched.
    """
    fetcher = HistoryFetcher(data)
    stored = series_in(paths)
    found = []
    for n, report in enumerate(reports):
        if progress is not None:
            progress.step(n / len(reports), str(report.series))
        ours = report.series.market.exchange == data.name and report.first is not None
        told = await _audited(fetcher, paths, stored, report) if ours else report
        found.append(await _traded(data, fetcher, paths, told) if ours and trades else told)
    return found


async def _traded(data: MarketData, fetcher: HistoryFetcher, paths: DataPaths, report: SeriesReport) -> SeriesReport:
    """``report`` with what the newest trades say of the newest candles."""
    series = report.series
    try:
        newest = await data.recent_trades(series.market, 1000)
        span = span_of(newest, series)
        theirs = Bars.empty() if span is None else await fetcher.fetch(series, *span)
    except Rejected:
        return report  # told already
    if span is None:
        return report
    ours = await asyncio.to_thread(_stored, paths, series, *span)
    found = compared(rebuilt(newest, series.timeframe), theirs, ours)
    notes = report.notes
    if len(found.exchange):
        notes = (*notes, f"{len(found.exchange)} candles of the exchange contradict its own trades")
    wrong = np.union1d(found.ours, found.unclear)
    finding = Finding(Fault.TRADES, len(wrong), spans_of(wrong, series.timeframe))
    return with_finding(replace(report, notes=notes), finding)


async def _audited(
    fetcher: HistoryFetcher, paths: DataPaths, stored: Sequence[Series], report: SeriesReport
) -> SeriesReport:
    series = report.series
    assert report.first is not None
    assert report.last is not None
    try:
        theirs = await fetcher.fetch(series, series.timeframe.floor(report.first), report.last + 1)
    except Rejected as error:
        return replace(report, notes=(*report.notes, f"the exchange refuses the series: {error.message}"))
    return await asyncio.to_thread(_compared, paths, stored, report, theirs)


def _stored(paths: DataPaths, series: Series, start: int | None, end: int | None) -> Bars:
    try:
        return read_rows(paths.series(series), start=start).bars.between(start, end)
    except OSError as error:
        raise StoreError(f"cannot read the candles of {series}: {error.strerror or error}") from error


def _compared(paths: DataPaths, stored: Sequence[Series], report: SeriesReport, theirs: Bars) -> SeriesReport:
    def read(series: Series, start: int | None, end: int | None) -> Bars:
        return _stored(paths, series, start, end)

    series = report.series
    ours = read(series, None, None)
    reasons: list[Gap] = []
    for a, b in report.gaps:
        others = neighbours(Gap(series, a, b, 0), stored, read)
        reasons += explained_gaps(series, (a, b), theirs.between(a, b), ours, others)
    wrong = differing(ours, theirs)
    finding = Finding(Fault.EXCHANGE, len(wrong), spans_of(wrong, series.timeframe))
    return with_finding(replace(report, reasons=tuple(reasons)), finding)
