"""What a backtest is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared_modules.core.bars import Bars
from shared_modules.core.errors import InvalidInput, OutOfRange
from shared_modules.core.market import Instrument
from shared_modules.core.timeframes import timeframe
from shared_modules.matching import Costs, Sizing


@dataclass(frozen=True)
class BarSource:
    """Candles of one symbol: ``bars`` themselves or the ``path`` of a CSV file.

    For a file an empty ``symbol`` or ``timeframe`` is taken from the file.
    """

    symbol: str = ""
    timeframe: str = ""
    bars: Bars | None = None
    path: str | None = None

    def __post_init__(self) -> None:
        if (self.bars is None) == (self.path is None):
            raise InvalidInput(f"a source of candles needs either bars or a file ({self.symbol or 'no symbol'})")
        if self.bars is not None and not (self.symbol and self.timeframe):
            raise InvalidInput("candles handed over as bars need their symbol and timeframe")
        if self.timeframe:
            timeframe(self.timeframe)


@dataclass(frozen=True)
class BacktestRequest:
    """A strategy by name, its parameters, and the world it runs in; picklable.

    ``timeframe``: resample the sources to it (longer only). ``start``, ``end``: bars that open in [start, end) are
    traded, ms UTC; earlier ones only warm the indicators up. ``fee``: fraction of notional per side. ``stop_loss``
    and ``take_profit``: fractions of the entry price. ``instruments``: rules of the exchange for the symbols it
    lists, others are not rounded. ``strategy_folder``: the user's strategies, else those of the default data folder.
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

    def __post_init__(self) -> None:
        if not self.sources:
            raise InvalidInput("a backtest needs candles of at least one symbol")
        if not 0.0 < self.cash < float("inf"):
            raise OutOfRange(f"the starting cash must be above 0, not {self.cash}")
        for name, value in (("stop_loss", self.stop_loss), ("take_profit", self.take_profit)):
            if value is not None and not 0.0 < value < 1.0:
                raise OutOfRange(f"'{name}' must be a fraction of the entry price between 0 and 1, not {value}")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise InvalidInput("the end of a backtest must come after its start")
        if self.timeframe is not None:
            timeframe(self.timeframe)
        self.costs  # noqa: B018 - raises for what can't be charged

    @property
    def costs(self) -> Costs:
        return Costs(self.fee, self.slippage_bps)
