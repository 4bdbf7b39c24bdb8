"""A result as one block of bytes that later versions can read: what was asked and found, and its arrays compressed.

The head is MessagePack with names, so that fields which come later take their defaults; codes are kept with their
words, so that a list which grows does not change their meaning. Candles are not kept: the passport knows which they
were.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared_modules.core.bars import Bars
from shared_modules.core.errors import DataFormatError
from shared_modules.core.trading import ExitReason, PartialExit, Trade
from shared_modules.matching.orders import OUTCOMES
from shared_modules.matching.state import CASH_KINDS, REASONS, ROUND_TRIP

from .honesty.verdict import Verdict
from .passport import Passport
from .records import CashLedger, SignalOutcomes
from .request import BacktestRequest, BarSource
from .result import BacktestResult
from .trades import Trades, column

_MAGIC = b"TBRUN\x01"
_PLAIN = ("symbols", "timeframe", "parameters", "bars", "metrics", "costs", "final_equity", "seconds",
          "ambiguous_bars", "notes", "code")  # fmt: skip
_CURVES = ("time", "equity", "equity_best", "equity_worst", "held_time", "held")
# results kept by older versions have none of these
_LATER_CURVES = ("market_time", "market")
_TRADE = ("qty", "entry_time", "entry_price", "exit_time", "exit_price", "fees", "pnl", "funding", "bars", "mae", "mfe")
_EXIT = ("time", "price", "qty", "fee")
Array = NDArray[Any]


def without_candles(result: BacktestResult) -> BacktestResult:
    """``result`` with its passport taken and the candles of its request let go, to travel and to be kept."""
    sources = tuple(_without(s) for s in result.request.sources)
    return replace(result, kept_passport=result.passport, request=replace(result.request, sources=sources))


def _without(source: BarSource) -> BarSource:
    bars = None if source.bars is None else source.bars[:0]
    return replace(source, bars=bars, detail=None, mark=None, funding_time=None, funding_rate=None)


def pack(result: BacktestResult) -> bytes:
    """``result`` as bytes, without its candles."""
    result = without_candles(result)
    arrays = _arrays(result)
    blobs: list[bytes] = []
    shapes: dict[str, tuple[str, int, int]] = {}
    seen: dict[tuple[str, bytes], int] = {}
    for name, array in arrays.items():
        key = (array.dtype.str, array.tobytes())
        if key not in seen:
            seen[key] = len(blobs)
            blobs.append(_squeezed(array))
        shapes[name] = (array.dtype.str, len(array), seen[key])
    head = {
        **{name: getattr(result, name) for name in _PLAIN},
        "request": _request(result.request),
        "passport": result.passport,
        "honesty": [v.to_json() for v in result.honesty],
        "words": {"outcomes": OUTCOMES, "cash": CASH_KINDS, "reasons": tuple(ExitReason)},
        "arrays": shapes,
        "sizes": [len(blob) for blob in blobs],
    }
    text = msgspec.msgpack.encode(head, enc_hook=str)
    return b"".join((_MAGIC, len(text).to_bytes(8, "little"), text, *blobs))


def summary_of(result: BacktestResult) -> dict[str, Any]:
    """What a list of runs tells of ``result``: plain values, figures that are not defined are None."""
    names = ("total_return", "cagr", "max_drawdown", "sharpe", "profit_factor", "win_rate", "trades", "fees")
    figures = {name: result.metrics.get(name, float("nan")) for name in names}
    return {
        "strategy": result.request.strategy,
        "parameters": dict(result.parameters),
        "symbols": list(result.symbols),
        "timeframe": result.timeframe,
        "cash": result.request.cash,
        "bars": result.bars,
        "first": int(result.time[0]),
        "last": int(result.time[-1]),
        "final_equity": result.final_equity,
        "metrics": {name: value if np.isfinite(value) else None for name, value in figures.items()},
        "honesty": [[v.check, v.level] for v in result.honesty],
        "passport": result.passport.id,
    }


def unpack(data: bytes) -> BacktestResult:
    """The result that `pack` made ``data`` of; raises `DataFormatError` for what is none or is damaged."""
    if not data.startswith(_MAGIC):
        raise DataFormatError("this is no stored backtest, or one of a version that this program does not know")
    try:
        return _unpacked(data)
    except (msgspec.MsgspecError, zlib.error, KeyError, ValueError, IndexError, TypeError) as error:
        raise DataFormatError(f"the stored backtest is damaged ({type(error).__name__}: {error})") from error


def _unpacked(data: bytes) -> BacktestResult:
    start = len(_MAGIC) + 8
    head_size = int.from_bytes(data[start - 8 : start], "little")
    head = msgspec.msgpack.decode(data[start : start + head_size])
    arrays = _arrays_of(head, memoryview(data)[start + head_size :])
    request = _request_of(head["request"])
    plain: dict[str, Any] = {name: head[name] for name in _PLAIN}
    curves: dict[str, Any] = {name: arrays[name] for name in _CURVES}
    curves |= {name: arrays[name] for name in _LATER_CURVES if name in arrays}
    symbols = tuple(head["symbols"])
    words = head["words"]
    return BacktestResult(
        **{**plain, "symbols": symbols, "notes": tuple(head["notes"])},
        **curves,
        request=request,
        trades=_trades_of(arrays, symbols, [ExitReason(word) for word in words["reasons"]]),
        cash_ledger=CashLedger(
            symbols, arrays["cash_time"], arrays["cash_symbol"],
            _recoded(arrays["cash_kind"], words["cash"], CASH_KINDS), arrays["cash_amount"],
        ),
        outcomes=SignalOutcomes(
            symbols, arrays["outcome_time"], arrays["outcome_symbol"], arrays["outcome_side"],
            _recoded(arrays["outcome_code"] - 1, words["outcomes"], OUTCOMES) + 1,
        ),
        kept_passport=msgspec.convert(head["passport"], Passport),
        honesty=tuple(msgspec.convert(v, Verdict) for v in head["honesty"]),
    )  # fmt: skip


def _recoded(codes: Array, then: Sequence[str], now: Sequence[str]) -> Array:
    """``codes`` into the words ``then`` as codes into the words ``now``; the same list is the common case."""
    if list(then) == [str(word) for word in now]:
        return codes
    names = [str(word) for word in now]
    places = np.array([names.index(word) for word in then], np.int64)
    return places[codes] if len(codes) else codes


# -- request and verdicts ---------------------------------------------------------------------------------------------


def _request(request: BacktestRequest) -> dict[str, Any]:
    sources = [{k: v for k, v in _fields(s).items() if isinstance(v, str)} for s in request.sources]
    given = {**_fields(request), "sources": sources}
    found: dict[str, Any] = msgspec.to_builtins(given, str_keys=True, enc_hook=str)
    return found


def _fields(value: Any) -> dict[str, Any]:
    return {f.name: getattr(value, f.name) for f in fields(value)}


def _request_of(given: dict[str, Any]) -> BacktestRequest:
    sources = []
    for s in given["sources"]:
        bars = None if s.get("path") else Bars.empty()
        sources.append(BarSource(**{**s, "bars": bars}))
    known = {f.name for f in fields(BacktestRequest)}
    rest = {k: v for k, v in given.items() if k in known and k != "sources"}
    # a request needs a source, whose arrays no converter knows
    stand_in = {"symbol": "X", "timeframe": "1m", "path": "-"}
    return replace(msgspec.convert({**rest, "sources": [stand_in]}, BacktestRequest, strict=False),
                   sources=tuple(sources))  # fmt: skip


# -- arrays -----------------------------------------------------------------------------------------------------------


def _arrays(result: BacktestResult) -> dict[str, Array]:
    ledger, outcomes = result.cash_ledger, result.outcomes
    return {
        **{name: getattr(result, name) for name in (*_CURVES, *_LATER_CURVES)},
        **{f"cash_{name}": getattr(ledger, name) for name in ("time", "symbol", "kind", "amount")},
        **{f"outcome_{name}": getattr(outcomes, name) for name in ("time", "symbol", "side", "code")},
        **_trade_arrays(result.trades, result.symbols),
    }


def _trade_arrays(trades: Sequence[Trade], symbols: Sequence[str]) -> dict[str, Array]:
    found = {f"trade_{n}": column(trades, n) for n in _TRADE}
    places, reasons = {s: i for i, s in enumerate(symbols)}, {r: i for i, r in enumerate(ExitReason)}
    found["trade_symbol"] = np.array([places[t.symbol] for t in trades], np.int64)
    found["trade_side"] = np.array([t.side.sign for t in trades], np.int8)
    found["trade_reason"] = np.array([reasons[t.exit_reason] for t in trades], np.int8)
    exits = [(i, e) for i, t in enumerate(trades) for e in t.exits]
    found["exit_trade"] = np.array([i for i, _ in exits], np.int64)
    found["exit_reason"] = np.array([reasons[e.reason] for _, e in exits], np.int8)
    for n in _EXIT:
        found[f"exit_{n}"] = np.array([getattr(e, n) for _, e in exits], np.int64 if n == "time" else np.float64)
    return found


def _trades_of(arrays: dict[str, Array], symbols: Sequence[str], reasons: Sequence[ExitReason]) -> Trades:
    """Rows of the ledger again, whose objects are made when somebody looks."""
    exits: dict[int, list[PartialExit]] = {}
    columns = (arrays[f"exit_{n}"].tolist() for n in ("trade", *_EXIT, "reason"))
    for trade, time, price, qty, fee, reason in zip(*columns, strict=True):
        exits.setdefault(trade, []).append(PartialExit(time, price, qty, fee, reasons[reason]))
    records = np.zeros(len(arrays["trade_qty"]), ROUND_TRIP)
    for name in _TRADE:
        records[name] = arrays[f"trade_{name}"]
    records["qty"] *= arrays["trade_side"]
    records["symbol"], records["id"] = arrays["trade_symbol"], np.arange(len(records))
    code_of = {reason: code for code, reason in REASONS.items()}
    codes = np.array([code_of[reason] for reason in reasons], np.int64)
    records["reason"] = codes[arrays["trade_reason"]] if len(records) else 0
    return Trades(records, symbols, parts={trade: tuple(parts) for trade, parts in exits.items()})


def _squeezed(array: Array) -> bytes:
    """Compressed: whole numbers as steps, and bytes of one place together, which is what makes numbers compress."""
    if array.dtype.kind == "i" and len(array):
        array = np.r_[array[:1], np.diff(array)].astype(array.dtype)
    planes = np.ascontiguousarray(array).view(np.uint8).reshape(len(array), array.itemsize)
    return zlib.compress(np.ascontiguousarray(planes.T).data, 1)


def _arrays_of(head: dict[str, Any], data: memoryview) -> dict[str, Array]:
    ends = np.cumsum([0, *head["sizes"]]).tolist()
    found = {}
    for name, (dtype, n, blob) in head["arrays"].items():
        kind = np.dtype(dtype)
        plain = np.frombuffer(zlib.decompress(data[ends[blob] : ends[blob + 1]]), np.uint8)
        array = np.ascontiguousarray(plain.reshape(kind.itemsize, n).T).reshape(-1).view(kind)
        found[name] = np.cumsum(array, dtype=kind) if kind.kind == "i" else array
    return found
