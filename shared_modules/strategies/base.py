"""The base of every strategy, and the shape of what it wants.

A strategy is a frozen dataclass of declared parameters and one pure function, `signals`: bars in, wishes after each
close out. The same code serves backtest, paper and live; it never learns which of them is running.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from shared_modules.core.bars import Bars, Flags, Floats
from shared_modules.core.timeframes import Timeframe


@dataclass(frozen=True, slots=True)
class MarketView:
    """What a strategy may look at: finished bars of one symbol, and of longer timeframes if it asked for them.

    ``higher`` holds each longer timeframe's own bars; use `indicators.align` to read them at the close of each bar of
    ``bars``: it never shows a higher bar before it is finished.
    """

    symbol: str
    timeframe: Timeframe
    bars: Bars
    higher: Mapping[Timeframe, Bars] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signals:
    """Wishes at the close of each bar; arrays of the view's length.

    Exits act before entries. ``stop`` and ``target`` are prices valid for an entry at that bar (NaN: none).
    ``strength`` ranks entries that compete for cash. ``plots`` are lines worth seeing on the chart, by name.
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

    @classmethod
    def none(cls, n: int) -> "Signals":
        """No wish at any of ``n`` bars."""
        return cls(np.zeros(n, np.bool_), np.zeros(n, np.bool_), np.zeros(n, np.bool_), np.zeros(n, np.bool_))


@dataclass(frozen=True, slots=True)
class Decision:
    """The wishes at one close, for stepping live."""

    enter_long: bool
    exit_long: bool
    enter_short: bool
    exit_short: bool
    stop: float = float("nan")
    target: float = float("nan")
    strength: float = 1.0
    reason: str = ""


@dataclass(frozen=True)
class Strategy(ABC):
    """Frozen parameters (declared with `core.parameters.param`) and one pure function."""

    name: ClassVar[str]
    title: ClassVar[str]
    version: ClassVar[str] = "1"

    @abstractmethod
    def signals(self, view: MarketView) -> Signals:
        """Wishes after each bar of ``view``; the value at a bar may depend on nothing after its close."""

    @property
    def warmup(self) -> int:
        """Bars needed before the first wish can be right."""
        return 0

    @property
    def timeframes(self) -> tuple[Timeframe, ...]:
        """Longer timeframes that `signals` reads beside the one it trades on."""
        return ()

    def on_bar(self, view: MarketView) -> Decision:
        """The wishes at the last close of ``view``; override where a cheaper way exists that agrees with `signals`."""
        s = self.signals(view)
        return Decision(
            bool(s.enter_long[-1]),
            bool(s.exit_long[-1]),
            bool(s.enter_short[-1]),
            bool(s.exit_short[-1]),
            float("nan") if s.stop is None else float(s.stop[-1]),
            float("nan") if s.target is None else float(s.target[-1]),
            1.0 if s.strength is None else float(s.strength[-1]),
            s.reason,
        )

    @property
    def summary(self) -> str:
        """The first sentence of the docstring."""
        return (type(self).__doc__ or "").strip().split("\n")[0]
