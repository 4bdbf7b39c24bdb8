"""Recordings of other venues as candles: what was traded is counted, what was quoted is passed over.

Known are recordings with a local time and the message of Binance in each line, and those of Bybit's old v2 sockets with
the address, a time and the message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from shared_modules.core.bars import Bars
from shared_modules.core.errors import DataFormatError
from shared_modules.core.market import Category, PublicTrade, Side
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import Timeframe
from shared_modules.exchanges.recording import ENDING

from .import_lines import lines_of
from .three_way import rebuilt

# what a recording tells of a market: its kind and its symbol
RecordedMarket = tuple[Category, str]
_BINANCE = re.compile(r"^\d{16,19} \{")
_BYBIT = re.compile(r"^(?:wss://\S+ <|\d{10}\.\d+: \{)")


def is_recording(line: str) -> bool:
    """Whether ``line`` begins a recording that can be read."""
    return bool(_BINANCE.match(line) or _BYBIT.match(line))


def is_own_recording(path: Path) -> bool:
    """Whether ``path`` is a recording of this program, or a file of one: those are replayed, not imported."""
    return path.name.endswith(ENDING) or (path.is_dir() and any(path.glob("*" + ENDING)))


def venue_of(line: str) -> str:
    """Whose sockets the recording that begins with ``line`` is of."""
    return "Binance" if _BINANCE.match(line) else "Bybit v2"


def recorded_trades(path: Path, progress: Progress | None = None) -> dict[RecordedMarket, list[PublicTrade]]:
    """The trades in the recording at ``path`` by market, as they came; raises `DataFormatError` when it has none."""
    found: dict[RecordedMarket, list[PublicTrade]] = {}
    for line in lines_of(path, progress):
        for market, trade in _trades(line):
            found.setdefault(market, []).append(trade)
    if not found:
        raise DataFormatError(f"{path} holds no trades that can be read", path=str(path))
    return found


def candles_of(trades: list[PublicTrade], timeframe: Timeframe) -> Bars:
    """The candles that the recording covers from their open to their end."""
    return rebuilt(trades, timeframe)


def _trades(line: str) -> Iterator[tuple[RecordedMarket, PublicTrade]]:
    start = line.find("{")
    if start < 0 or "rade" not in line:
        return
    with suppress(ValueError, KeyError, TypeError):
        message = json.loads(line[start:])
        if _BINANCE.match(line):
            yield from _of_binance(message)
        else:
            yield from _of_bybit(message)


def _of_binance(message: dict[str, object]) -> Iterator[tuple[RecordedMarket, PublicTrade]]:
    row = message.get("data")
    if isinstance(row, dict) and row.get("e") in ("trade", "aggTrade") and float(row["q"]) > 0:
        # the buyer waited: the taker sold
        side = Side.SELL if row["m"] else Side.BUY
        name = str(row.get("t", row.get("a")))
        yield _binance_market(row), PublicTrade(int(row["T"]), float(row["p"]), float(row["q"]), side, name)


def _of_bybit(message: dict[str, object]) -> Iterator[tuple[RecordedMarket, PublicTrade]]:
    rows = message.get("data")
    if isinstance(rows, list) and str(message.get("topic", "")).startswith("trade."):
        for row in rows:
            trade = PublicTrade(int(row["trade_time_ms"]), float(row["price"]), float(row["size"]),
                                Side(row["side"]), str(row["trade_id"]))  # fmt: skip
            yield (_derivative(str(row["symbol"])), str(row["symbol"])), trade


def _binance_market(row: dict[str, object]) -> RecordedMarket:
    # only trades of the spot market carry the flag M
    symbol = str(row["s"])
    return (Category.SPOT if "M" in row else _derivative(symbol)), symbol


def _derivative(symbol: str) -> Category:
    """Contracts that are settled in their own coin are quoted in plain USD: BTCUSD, BTCUSD_PERP, BTCUSD_210625."""
    return Category.INVERSE if symbol.partition("_")[0].endswith("USD") else Category.LINEAR
