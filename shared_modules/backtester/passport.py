"""What a result was made of, as hashes, so that years later it can be made again or what changed can be named."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared_modules.core.bars import COLUMNS, Bars
from shared_modules.core.timeframes import TIMEFRAMES

if TYPE_CHECKING:
    from .data import SymbolData
    from .request import BacktestRequest, BarSource
    from .result import BacktestResult

ENGINE_VERSION = "0.1.0"
# what decides about a result beside the data and the strategy
_ROOMS = ("core", "matching", "indicators", "strategies", "backtester")
_LIBRARIES = ("numpy", "numba", "TA-Lib")


@dataclass(frozen=True)
class DataPrint:
    """One series that went in; ``kind`` is 'candles', 'detail', 'mark' or 'funding', ``sha256`` of all its columns.

    ``first`` and ``last`` are the times of its first and last row, ms UTC.
    """

    symbol: str
    timeframe: str
    kind: str
    rows: int
    first: int
    last: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.kind} of {self.symbol}" + (f" {self.timeframe}" if self.timeframe else "")


@dataclass(frozen=True)
class Passport:
    """What a result was made of; ``settings`` is everything else of the request, ``fees`` is also part of it.

    ``strategy_code`` and ``engine_code`` are hashes of sources, empty where a packaged program carries none.
    ``seed`` is the strategy's parameter of that name, None where nothing is drawn at random. ``outcome`` is the hash of
    trades and equity, by which two results are known to be the same bytes.
    """

    data: tuple[DataPrint, ...]
    strategy: str
    parameters: Mapping[str, Any]
    strategy_code: str
    settings: Mapping[str, Any]
    fees: Mapping[str, Any]
    seed: int | None
    engine_version: str
    engine_code: str
    versions: Mapping[str, str]
    outcome: str = ""

    @property
    def id(self) -> str:
        """Twelve letters that stand for everything but the outcome; the same inputs have the same."""
        return _text_hash({name: value for name, value in self.to_json().items() if name not in ("outcome", "id")})[:12]

    def to_json(self) -> dict[str, Any]:
        """Plain values for files."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}


def passport_of(result: BacktestResult) -> Passport:
    """The passport of ``result``, whose request still has its candles or whose ``prints`` were taken with the run."""
    request = result.request
    seed = result.parameters.get("seed")
    return Passport(
        data=result.prints or source_prints(request.sources),
        strategy=request.strategy,
        parameters=dict(result.parameters),
        strategy_code=result.code,
        settings=settings_of(request),
        fees=_fees_of(request),
        seed=seed if isinstance(seed, int) else None,
        engine_version=ENGINE_VERSION,
        engine_code=engine_code(),
        versions=versions(),
        outcome=outcome_hash(result),
    )


def outcome_hash(result: BacktestResult) -> str:
    """The hash of trades, equity and every change of cash."""
    found = hashlib.sha256()
    for column in (result.time, result.equity, result.cash_ledger.time, result.cash_ledger.amount):
        found.update(np.ascontiguousarray(column).data)
    for t in result.trades:
        row = (t.symbol, t.side.value, t.qty, t.entry_time, t.entry_price, t.exit_time, t.exit_price, t.pnl)
        found.update(repr((*row, t.exit_reason.value)).encode())
    return found.hexdigest()


def data_prints(data: Sequence[SymbolData]) -> tuple[DataPrint, ...]:
    """The prints of what a run has loaded."""
    found: list[DataPrint] = []
    for d in data:
        mark_frame = d.extras.mark_frame.name if d.extras.mark_frame is not None else ""
        found += _prints(d.symbol, d.source_frame.name, d.source, d.extras.detail if d.extras.detail is not d.source
                         else None, d.extras.mark, mark_frame, d.extras.funding)  # fmt: skip
    return tuple(found)


def source_prints(sources: Iterable[BarSource]) -> tuple[DataPrint, ...]:
    """The prints of candles handed over as bars; of files nothing is told here."""
    found: list[DataPrint] = []
    for s in sorted(sources, key=lambda source: source.symbol):
        funding = None if s.funding_time is None or s.funding_rate is None else (s.funding_time, s.funding_rate)
        found += _prints(s.symbol, s.timeframe, s.bars, s.detail, s.mark, s.mark_timeframe, funding)
    return tuple(found)


def _prints(
    symbol: str, frame: str, bars: Bars | None, detail: Bars | None, mark: Bars | None, mark_frame: str, funding: Any
) -> Iterable[DataPrint]:
    shorter = "" if detail is None else _frame_of(detail)
    for kind, name, series in (("candles", frame, bars), ("detail", shorter, detail), ("mark", mark_frame, mark)):
        if series is not None and len(series):
            first, last = int(series.time[0]), int(series.time[-1])
            yield DataPrint(symbol, name, kind, len(series), first, last, bars_hash(series))
    if funding is not None and len(funding[0]):
        time, rate = funding
        yield DataPrint(symbol, "", "funding", len(time), int(time[0]), int(time[-1]), _hash_of((time, rate)))


def _frame_of(bars: Bars) -> str:
    """The timeframe whose length is the smallest step of ``bars``; empty when there is none."""
    step = int(np.diff(bars.time).min()) if len(bars) > 1 else 0
    return next((t.name for t in TIMEFRAMES.values() if t.ms == step and not t.is_month), "")


def bars_hash(bars: Bars) -> str:
    """The hash of all columns of ``bars``."""
    return _hash_of(getattr(bars, name) for name in COLUMNS)


def _hash_of(columns: Iterable[Any]) -> str:
    found = hashlib.sha256()
    for column in columns:
        found.update(np.ascontiguousarray(column).data)
    return found.hexdigest()


def settings_of(request: BacktestRequest) -> dict[str, Any]:
    """The request without its candles, strategy and parameters, as plain values."""
    left_out = ("strategy", "parameters", "sources", "strategy_folder")
    return {f.name: _plain(getattr(request, f.name)) for f in fields(request) if f.name not in left_out}


def _fees_of(request: BacktestRequest) -> dict[str, Any]:
    maker = request.fee if request.maker_fee is None else request.maker_fee
    own = {symbol: {"maker": f.maker, "taker": f.taker} for symbol, f in request.fees.items()}
    return {"taker": request.fee, "maker": maker, **own}


def code_hash(cls: type) -> str:
    """The hash of the file that ``cls`` is written in; of its name alone where there is no file."""
    try:
        path = inspect.getsourcefile(cls)
        found = os.stat(path) if path else None
        return _file_hash(path, found.st_mtime_ns, found.st_size) if path and found else ""
    except (OSError, TypeError):
        return ""


@lru_cache(maxsize=64)
def _file_hash(path: str, changed: int, size: int) -> str:
    """The hash of a file, read once for each time that it was ``changed``."""
    text = Path(path).read_bytes()
    return hashlib.sha256(_same_ends(text)).hexdigest() if text else ""


@lru_cache(maxsize=1)
def engine_code() -> str:
    """The hash of the engine's sources that decide about results; empty in a packaged program."""
    root = Path(__file__).resolve().parents[1]
    found = hashlib.sha256()
    files = sorted(p for room in _ROOMS for p in (root / room).rglob("*.py"))
    if not files:
        return ""
    for path in files:
        # built-in strategies have a hash of their own, and a new one changes no other's result
        if "builtin" not in path.parts:
            found.update(path.relative_to(root).as_posix().encode() + b"\0" + _same_ends(path.read_bytes()))
    return found.hexdigest()


def _same_ends(text: bytes) -> bytes:
    # the same sources checked out on Windows end their lines otherwise
    return text.replace(b"\r\n", b"\n")


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Python and the libraries that compute, by name."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name.lower()] = version(name)
        except PackageNotFoundError:
            found[name.lower()] = ""
    return found


def _text_hash(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """``value`` as what JSON can tell; what is no plain value is its text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return str(value)
