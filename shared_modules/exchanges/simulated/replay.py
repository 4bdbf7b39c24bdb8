"""A market from candle files: what was recorded comes again, number for number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from shared_modules.core.bars import Bars, Floats
from shared_modules.core.candle_files import read_candle_file
from shared_modules.core.errors import DataFormatError, InvalidInput
from shared_modules.core.timeframes import MINUTE, TIMEFRAMES, Timeframe

from .contracts import Contract
from .kept import Kept
from .noise import Ints, key
from .tape import Tape, tape
from .ticks import Ticks

WARM_UP = 1_000
_MOST_DECIMALS = 10


class ReplayFeed:
    """A `Feed` of the candles in the files at ``paths``; raises `DataError` for files that cannot be read."""

    def __init__(self, seed: int, paths: tuple[str, ...]) -> None:
        self._seed = seed
        self._contracts: dict[str, Contract] = {}
        self._base: dict[str, Timeframe] = {}
        self._source: dict[str, Ticks] = {}
        self._fair: dict[str, bool] = {}
        self._longer: dict[tuple[str, str], Ticks] = {}
        self._tapes: Kept[tuple[str, int], Tape] = Kept(2_000)
        for path in paths:
            self._read(Path(path))

    def _read(self, path: Path) -> None:
        file = read_candle_file(path)
        if file.symbol in self._contracts:
            raise InvalidInput(f"{path} holds {file.symbol}, which another replayed file holds too; give one a symbol")
        source, prices, sizes, turnover, fair = _whole_numbers(path, file.bars)
        self._source[file.symbol], self._base[file.symbol], self._fair[file.symbol] = source, file.timeframe, fair
        self._contracts[file.symbol] = _contract(
            file.symbol, len(self._contracts) + 1, file.bars, prices, sizes, turnover, file.timeframe
        )

    @property
    def contracts(self) -> Mapping[str, Contract]:
        return self._contracts

    def relist(self, contract: Contract) -> None:
        self._contracts[contract.symbol] = contract

    def beginning(self) -> int:
        """Where a replay starts: where most symbols have candles, with a history before it."""
        spans = [(int(s.time[0]), int(s.time[-1]) + self._base[n].ms) for n, s in self._source.items()]
        edges = sorted({a for a, _ in spans})
        best = max(edges, key=lambda t: (sum(a <= t < b for a, b in spans), -t))
        live = [(a, b, n) for (a, b), n in zip(spans, self._source, strict=True) if a <= best < b]
        start, end = max(a for a, _, _ in live), min(b for _, b, _ in live)
        longest = max(self._base[n].ms for _, _, n in live)
        return start + min(WARM_UP * longest, (end - start) // 4) // longest * longest

    def offers(self, symbol: str, timeframe: Timeframe) -> bool:
        base = self._base[symbol].ms
        return timeframe.ms >= base and (timeframe.is_month or timeframe.ms % base == 0)

    def base(self, symbol: str) -> int:
        return self._base[symbol].ms

    def coarse(self, symbol: str) -> Timeframe:
        return self._base[symbol]

    def bars(self, symbol: str, timeframe: Timeframe, start: int, end: int, limit: int | None = None) -> Ticks:
        found = self._all(symbol, timeframe).between(start, end)
        return found if limit is None else found[max(0, len(found) - limit) :]

    def _all(self, symbol: str, timeframe: Timeframe) -> Ticks:
        if timeframe.ms == self._base[symbol].ms:
            return self._source[symbol]
        found = self._longer.get((symbol, timeframe.name))
        if found is None:
            found = self._longer[symbol, timeframe.name] = self._source[symbol].grouped(timeframe)
        return found

    def prepare(self, symbol: str, timeframe: Timeframe, start: int, end: int) -> Iterator[None]:
        self._all(symbol, timeframe)
        yield

    def tape(self, symbol: str, time: int) -> Tape | None:
        source, length = self._source[symbol], self._base[symbol].ms
        at = int(np.searchsorted(source.time, time, side="right")) - 1
        if at < 0 or time >= int(source.time[at]) + length:
            return None
        found = self._tapes.get((symbol, at))
        if found is None:
            row = source[at : at + 1].rows()[0]
            trades = 60 * min(12, max(1, length // MINUTE))
            found = tape(key(self._seed, symbol, "tape"), row, length, trades, self._fair[symbol])
            self._tapes.keep((symbol, at), found)
        return found


def _whole_numbers(path: Path, bars: Bars) -> tuple[Ticks, int, int, int, bool]:
    """The candles in ticks and steps, decimals of price, size and turnover, and whether turnover is the file's own."""
    prices = max(_decimals(path, c) for c in (bars.open, bars.high, bars.low, bars.close))
    sizes = _decimals(path, bars.volume)
    columns = [_counted(c, prices) for c in (bars.open, bars.high, bars.low, bars.close)]
    volume = _counted(bars.volume, sizes)
    given = not np.array_equal(bars.turnover, bars.volume * bars.close)
    turnover = volume * columns[3]
    if given:
        # tick-steps are fine enough for any turnover an exchange tells
        turnover = np.rint(bars.turnover * 10.0 ** (prices + sizes)).astype(np.int64)
    return (
        Ticks(bars.time.copy(), columns[0], columns[1], columns[2], columns[3], volume, turnover),
        prices,
        sizes,
        prices + sizes,
        given,
    )


def _counted(values: Floats, decimals: int) -> Ints:
    return np.rint(values * 10.0**decimals).astype(np.int64)


def _decimals(path: Path, values: Floats) -> int:
    """Digits after the point that every one of ``values`` needs to be reproduced exactly."""
    if not np.isfinite(values).all():
        raise DataFormatError(f"{path} holds a number that is not finite", path=str(path))
    for decimals in range(_MOST_DECIMALS + 1):
        scale = 10.0**decimals
        if np.array_equal(np.rint(values * scale) / scale, values):
            return decimals
    raise DataFormatError(f"{path} holds numbers with more than {_MOST_DECIMALS} decimals", path=str(path))


def _contract(
    symbol: str, number: int, bars: Bars, prices: int, sizes: int, turnover: int, base: Timeframe
) -> Contract:
    days = max(1.0, len(bars) * base.ms / TIMEFRAMES["1d"].ms)
    quote = next((q for q in ("USDT", "USDC", "USD") if symbol.endswith(q) and symbol != q), "USDT")
    coin = symbol.removesuffix(quote) or symbol
    return Contract(
        symbol, coin, prices, sizes, turnover, float(np.median(bars.close)), float(bars.turnover.sum() / days), 0.04,
        int(bars.time[0]), 480, "50.00", number, quote,
    )  # fmt: skip
