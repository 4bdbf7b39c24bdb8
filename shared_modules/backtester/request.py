"""What a backtest is asked."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared_modules.core.bars import Bars, Floats, Times
from shared_modules.core.errors import InvalidInput, OutOfRange, UnknownName
from shared_modules.core.market import Instrument
from shared_modules.core.timeframes import Timeframe, timeframe
from shared_modules.matching import Costs, Fees, FillRule, Margin, RiskTier, Sizing, Slippage

DECIDE_BY = ("signals", "on_bar")
TARGET_ORDERS = ("limit", "market")
MOST_LATENCY_MS = 86_400_000


@dataclass(frozen=True)
class BarSource:
    """Candles of one symbol: ``bars`` themselves or the ``path`` of a CSV file.

    For a file an empty ``symbol`` or ``timeframe`` is taken from the file. ``detail``: shorter bars that decide what
    came first within a bar. ``mark``: bars of the mark price, of ``mark_timeframe`` (the symbol's own when absent), for
    funding and liquidation. ``funding_time`` and ``funding_rate``: when funding was paid, ms UTC, and its rate as a
    fraction, positive when longs pay. Each of the three may be the path of a file instead.
    ``absent``: (start, end, reason) of candles that are missing because the exchange has none, ms UTC.
    """

    symbol: str = ""
    timeframe: str = ""
    bars: Bars | None = None
    path: str | None = None
    detail: Bars | None = None
    detail_path: str | None = None
    mark: Bars | None = None
    mark_timeframe: str = ""
    mark_path: str | None = None
    funding_time: Times | None = None
    funding_rate: Floats | None = None
    funding_path: str | None = None
    absent: tuple[tuple[int, int, str], ...] = ()

    def __post_init__(self) -> None:
        if (self.bars is None) == (self.path is None):
            raise InvalidInput(f"a source of candles needs either bars or a file ({self.symbol or 'no symbol'})")
        if self.bars is not None and not (self.symbol and self.timeframe):
            raise InvalidInput("candles handed over as bars need their symbol and timeframe")
        for name in (self.timeframe, self.mark_timeframe):
            if name:
                timeframe(name)
        for one in ("detail", "mark", "funding"):
            given = getattr(self, f"{one}_time" if one == "funding" else one)
            if given is not None and getattr(self, f"{one}_path") is not None:
                raise InvalidInput(f"give the {one} of {self.symbol or 'a symbol'} itself or as a file, not both")
        if (self.funding_time is None) != (self.funding_rate is None):
            raise InvalidInput("funding needs both its times and its rates")


@dataclass(frozen=True)
class BacktestRequest:
    """A strategy by name, its parameters, and the world it runs in; picklable.

    ``timeframe``: resample the sources to it (longer only). ``start``, ``end``: bars that open in [start, end) are
    traded, ms UTC, of which the ``newest`` so many where that is given; earlier ones only warm the indicators up.
    ``fee``: fraction of notional per side. ``stop_loss`` and ``take_profit``: fractions of the entry price.
    ``instruments``: rules of the exchange for the symbols it lists, others are not rounded. ``strategy_folder``:
    the user's strategies, else those of the default data folder.

    The rest is in docs/fills.md: ``maker_fee`` of resting orders (``fee`` when absent), ``fees`` of single symbols,
    a ``slippage`` model in place of ``slippage_bps``, the ``fill_rule`` of resting orders, ``latency`` in bars
    and ``latency_ms`` in milliseconds, measured on shorter bars where there are any, else as the bars it takes to
    begin, ``target_order``: whether targets rest as a 'limit' or leave at the 'market' when touched,
    ``trailing_stop`` and ``break_even`` as fractions, ``max_bars`` held, ``max_entries`` a position (the strategy's
    when absent), ``max_positions`` at once (0: any), ``margin`` with the ``risk_tiers`` of single symbols, and
    ``detail``: a source that is resampled decides itself what came first within a bar. ``borrow``: what borrowing
    costs a year, as a fraction; none on perpetuals. ``decide_by``: the strategy's 'signals' over all bars at once, or
    'on_bar', one bar after the other as it would live.

    ``risk_free``: what cash earns a year without risk, a fraction; the ratios of the result are taken above it.
    """

    strategy: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    sources: tuple[BarSource, ...] = ()
    timeframe: str | None = None
    start: int | None = None
    end: int | None = None
    cash: float = 10_000.0
    fee: float = 0.00055
    slippage_bps: float = 0.0
    size: Sizing = field(default_factory=Sizing)
    stop_loss: float | None = None
    take_profit: float | None = None
    instruments: tuple[Instrument, ...] = ()
    strategy_folder: str | None = None
    maker_fee: float | None = None
    fees: Mapping[str, Fees] = field(default_factory=dict)
    slippage: Slippage | None = None
    fill_rule: FillRule = field(default_factory=FillRule)
    latency: int = 0
    trailing_stop: float | None = None
    break_even: float | None = None
    max_bars: int | None = None
    max_entries: int | None = None
    max_positions: int = 0
    margin: Margin | None = None
    risk_tiers: Mapping[str, tuple[RiskTier, ...]] = field(default_factory=dict)
    detail: bool = False
    borrow: float = 0.0
    risk_free: float = 0.0
    decide_by: str = "signals"
    latency_ms: float = 0.0
    target_order: str = "limit"
    newest: int | None = None

    def __post_init__(self) -> None:
        if self.decide_by not in DECIDE_BY:
            raise UnknownName.of("way to decide", self.decide_by, DECIDE_BY)
        if self.target_order not in TARGET_ORDERS:
            raise UnknownName.of("kind of target order", self.target_order, TARGET_ORDERS)
        if not self.sources:
            raise InvalidInput("a backtest needs candles of at least one symbol")
        if not 0.0 < self.cash < float("inf"):
            raise OutOfRange(f"the starting cash must be above 0, not {self.cash}")
        for name in ("stop_loss", "take_profit", "trailing_stop", "break_even"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value < 1.0:
                raise OutOfRange(f"'{name}' must be a fraction of the entry price between 0 and 1, not {value}")
        if not 0.0 <= self.borrow <= 10.0:
            raise OutOfRange(f"the borrowing rate a year must be a fraction from 0 to 10, not {self.borrow}")
        if not -1.0 < self.risk_free < 10.0:
            raise OutOfRange(f"the risk-free rate is a yearly fraction such as 0.03, not {self.risk_free}")
        if not 0.0 <= self.latency_ms <= MOST_LATENCY_MS:
            raise OutOfRange(f"'latency_ms' must be 0 to {MOST_LATENCY_MS:,} (a day), not {self.latency_ms:g}")
        for name, least in (("latency", 0), ("max_positions", 0), ("max_bars", 1), ("max_entries", 1), ("newest", 1)):
            count = getattr(self, name)
            if count is not None and count < least:
                raise OutOfRange(f"'{name}' must be {least} or more, not {count}")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise InvalidInput("the end of a backtest must come after its start")
        if self.timeframe is not None:
            timeframe(self.timeframe)
        self.costs  # noqa: B018 - raises for what can't be charged

    def bars_late(self, frame: Timeframe) -> int:
        """How many bars of ``frame`` after the next open a decision reaches the market (F59)."""
        return self.latency + math.ceil(self.latency_ms / frame.ms)

    @property
    def costs(self) -> Costs:
        return Costs(self.fee, self.slippage_bps, self.maker_fee, self.slippage)


def run_title(strategy: str, symbols: Sequence[str]) -> str:
    """What a run is called that was given no name: its strategy, and the symbols as far as they are few."""
    more = f" +{len(symbols) - 3}" if len(symbols) > 3 else ""
    return f"{strategy} · {', '.join(symbols[:3])}{more}" if symbols else strategy
