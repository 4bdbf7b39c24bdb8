"""The base of every strategy, and the shape of what it wants.

A strategy is a frozen dataclass of declared parameters and one pure function, `signals`: bars in, wishes after each
close out. The same code serves backtest, paper and live; it never learns which of them is running.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np

from shared_modules.core.bars import Bars, Flags, Floats
from shared_modules.core.errors import InvalidInput
from shared_modules.core.timeframes import Timeframe
from shared_modules.core.trading import TimeInForce

if TYPE_CHECKING:
    from .stepper import Stepper

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class MarketView:
    """What a strategy may look at: finished bars of one symbol, and of longer timeframes if it asked for them.

    ``higher`` holds each longer timeframe's own bars; use `indicators.align` to read them at the close of each bar of
    ``bars``: it never shows a higher bar before it is finished. Bars before row ``first`` only warm up: wishes there
    come to nothing, which matters to what begins something at its first bar.
    """

    symbol: str
    timeframe: Timeframe
    bars: Bars
    higher: Mapping[Timeframe, Bars] = field(default_factory=dict)
    first: int = 0


class Plots(Mapping[str, Floats]):
    """Lines by name that are computed when somebody looks at them; a backtest of thousands of runs never does."""

    def __init__(self, lines: Mapping[str, Callable[[], Floats]]) -> None:
        self._lines = dict(lines)

    def __getitem__(self, name: str) -> Floats:
        return self._lines[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


class Higher(dict[Timeframe, Bars]):
    """Bars of longer timeframes; one that was not asked for is refused with what to do."""

    def __init__(self, strategy: str, bars: Mapping[Timeframe, Bars]) -> None:
        super().__init__(bars)
        self._strategy = strategy

    def __missing__(self, key: object) -> Bars:
        raise InvalidInput(
            f"strategy '{self._strategy}' reads {key} bars that it does not ask for; its property 'timeframes' names "
            f"those that it is given"
        )


@dataclass(frozen=True, slots=True)
class Signals:
    """Wishes at the close of each bar; arrays of the view's length.

    Exits act before entries. ``stop`` and ``target`` are prices valid for an entry at that bar (NaN: none).
    ``strength`` ranks entries that compete for cash. ``plots`` are lines that the idea rests on, by name, which the
    look-ahead check watches too; `Plots` has them computed when somebody looks.

    All the others are optional too (docs/fills.md has their rules). Of an entry: ``limit`` waits at that price or
    better, ``trigger`` enters once the price gets there (both: a stop-limit order), ``time_in_force`` and
    ``valid_bars`` (0: until withdrawn) say how long, ``cancel`` withdraws what waits. Of its position: ``trail`` is the
    distance of a trailing stop, ``break_even`` the price from which the stop is the entry price, ``max_bars`` when it
    is left at the latest; ``ladder`` gives up to four target prices nearest first, each for its share in
    ``ladder_shares`` of what was entered. ``confidence`` from 0 to 1 scales the size; ``market_targets`` lets
    targets leave at the market when touched, where they rest in the book otherwise. Of an exit: ``exit_limit`` waits
    at that price, ``exit_trigger`` until that price trades (both: a stop-limit order), ``exit_share`` leaves with that
    share of what is held.

    ``grid`` gives up to sixteen prices at which an entry waits with the share of its size in ``grid_shares``, in place
    of one order; what a price bought is sold at its ``grid_targets``, and with ``grid_repeat`` it waits there again.
    """

    enter_long: Flags
    exit_long: Flags
    enter_short: Flags
    exit_short: Flags
    stop: Floats | None = None
    target: Floats | None = None
    strength: Floats | None = None
    plots: Mapping[str, Floats] = field(default_factory=dict)
    reason: str = ""
    limit: Floats | None = None
    trigger: Floats | None = None
    trail: Floats | None = None
    break_even: Floats | None = None
    max_bars: Floats | None = None
    exit_limit: Floats | None = None
    exit_trigger: Floats | None = None
    exit_share: Floats | None = None
    confidence: Floats | None = None
    cancel: Flags | None = None
    ladder: tuple[Floats, ...] = ()
    ladder_shares: tuple[float, ...] = ()
    time_in_force: TimeInForce = TimeInForce.GTC
    valid_bars: int = 0
    grid: tuple[Floats, ...] = ()
    grid_shares: tuple[float, ...] = ()
    grid_targets: tuple[Floats, ...] = ()
    grid_repeat: bool = False
    market_targets: bool = False

    @classmethod
    def none(cls, n: int) -> "Signals":
        """No wish at any of ``n`` bars."""
        return cls(np.zeros(n, np.bool_), np.zeros(n, np.bool_), np.zeros(n, np.bool_), np.zeros(n, np.bool_))


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The wishes at one close, as `Signals` has them for all; NaN stands for none."""

    enter_long: bool
    exit_long: bool
    enter_short: bool
    exit_short: bool
    stop: float = NAN
    target: float = NAN
    strength: float = 1.0
    reason: str = ""
    limit: float = NAN
    trigger: float = NAN
    trail: float = NAN
    break_even: float = NAN
    max_bars: float = NAN
    exit_limit: float = NAN
    exit_trigger: float = NAN
    exit_share: float = NAN
    confidence: float = NAN
    cancel: bool = False
    ladder: tuple[float, ...] = ()
    ladder_shares: tuple[float, ...] = ()
    time_in_force: TimeInForce = TimeInForce.GTC
    valid_bars: int = 0
    grid: tuple[float, ...] = ()
    grid_shares: tuple[float, ...] = ()
    grid_targets: tuple[float, ...] = ()
    grid_repeat: bool = False
    market_targets: bool = False


@dataclass(frozen=True)
class Strategy:
    """Frozen parameters (declared with `core.parameters.param`) and one pure function, or a stepper in its place."""

    name: ClassVar[str]
    title: ClassVar[str]
    version: ClassVar[str] = "1"

    def signals(self, view: MarketView) -> Signals:
        """Wishes after each bar of ``view``; the value at a bar may depend on nothing after its close.

        A strategy may leave this out and have a `stepper` or an `on_bar` alone: then these are asked at each bar.
        """
        from .following import followed

        return followed(self, view)

    @property
    def warmup(self) -> int:
        """Bars needed before the first wish can be right; of a strategy that reads longer timeframes, bars of each."""
        return 0

    def warmup_on(self, frame: Timeframe) -> int:
        """The warm-up in bars of ``frame``: that of the longest timeframe read decides."""
        longest = max((longer.ms for longer in self.timeframes), default=frame.ms)
        return self.warmup * max(1, -(-longest // frame.ms))

    @property
    def max_entries(self) -> int:
        """How often a position may be entered: 1, or more where wishes to enter what is held add to it."""
        return 1

    @property
    def timeframes(self) -> tuple[Timeframe, ...]:
        """Longer timeframes that `signals` reads beside the one it trades on."""
        return ()

    def stepper(self, symbol: str, timeframe: Timeframe) -> "Stepper":
        """What follows ``symbol`` for one run, bar by bar; override where a way exists that is cheaper than `on_bar`.

        It must wish what `signals` wishes. All built-in strategies have one.
        """
        from .stepper import Recomputing

        return Recomputing(self, symbol, timeframe)

    def on_bar(self, view: MarketView) -> Decision | None:
        """The wishes at the last close of ``view``, which holds all bars so far; computes `signals` of all of them."""
        s = self.signals(view)
        return Decision(
            bool(s.enter_long[-1]),
            bool(s.exit_long[-1]),
            bool(s.enter_short[-1]),
            bool(s.exit_short[-1]),
            _last(s.stop),
            _last(s.target),
            1.0 if s.strength is None else float(s.strength[-1]),
            s.reason,
            **{name: _last(getattr(s, name)) for name in _LEVELS},
            cancel=s.cancel is not None and bool(s.cancel[-1]),
            ladder=tuple(float(prices[-1]) for prices in s.ladder),
            ladder_shares=s.ladder_shares,
            time_in_force=s.time_in_force,
            valid_bars=s.valid_bars,
            grid=tuple(float(prices[-1]) for prices in s.grid),
            grid_shares=s.grid_shares,
            grid_targets=tuple(float(prices[-1]) for prices in s.grid_targets),
            grid_repeat=s.grid_repeat,
            market_targets=s.market_targets,
        )

    @property
    def summary(self) -> str:
        """The first sentence of the docstring."""
        return (type(self).__doc__ or "").strip().split("\n")[0]


_LEVELS = (
    "limit", "trigger", "trail", "break_even", "max_bars", "exit_limit", "exit_trigger", "exit_share", "confidence",
)  # fmt: skip


def _last(values: Floats | None) -> float:
    return NAN if values is None else float(values[-1])
