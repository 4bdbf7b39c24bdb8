"""Indicators that are looked at together: a base set of trend, volatility and volume, and an advanced one on top."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared_modules.core.bars import Bars, Floats
from shared_modules.core.errors import InvalidInput, UnknownName

from .catalogue import indicator

Entry = tuple[str, Mapping[str, Any]]

# what is known of a market beside its candles, where somebody has it
BESIDE = ("open_interest", "funding", "liquidations")


@dataclass(frozen=True)
class IndicatorSet:
    """Entries of the catalogue with their parameters; ``beside`` names further columns that are passed through."""

    name: str
    title: str
    entries: tuple[Entry, ...]
    beside: tuple[str, ...] = ()

    def compute(self, bars: Bars, beside: Mapping[str, Floats] | None = None) -> dict[str, Floats]:
        """All lines by name, such as 'macd.signal' or 'sma.sma' with its number where there are several.

        Columns of ``beside`` that the set knows are among them; they must have the bars' length. Raises `InvalidInput`
        for one that has not.
        """
        lines: dict[str, Floats] = {}
        for name, params in self.entries:
            label = " ".join((name, *(f"{v:g}" for v in params.values())))
            found = indicator(name).compute(bars, **params)
            lines.update((f"{label}.{line}", values) for line, values in found.items())
        for name, values in (beside or {}).items():
            if name not in self.beside:
                raise UnknownName.of(f"column of the set '{self.name}'", name, self.beside)
            if len(values) != len(bars):
                raise InvalidInput(f"'{name}' has {len(values)} values for {len(bars)} bars; it needs one for each")
            lines[name] = values
        return lines

    def warmup(self) -> int:
        """Bars before the first row in which all lines can be known."""
        return max(indicator(name).warmup(**params) for name, params in self.entries)


_BASE: tuple[Entry, ...] = (
    ("sma", {"period": 20}),
    ("sma", {"period": 50}),
    ("bollinger", {}),
    ("volume_profile", {}),
    ("adx", {}),
    ("macd", {}),
    ("atr", {}),
    ("stddev", {}),
    ("volume_sma", {}),
    ("obv", {}),
)
_ADVANCED: tuple[Entry, ...] = (*_BASE, ("hma", {}), ("cvd", {}), ("mfi", {}), ("stoch_rsi", {}), ("choppiness", {}))
SETS: Mapping[str, IndicatorSet] = {
    "base": IndicatorSet("base", "Base: trend, volatility, volume", _BASE),
    "advanced": IndicatorSet("advanced", "Advanced: with flow and regime", _ADVANCED, BESIDE),
}


def indicator_set(name: str) -> IndicatorSet:
    """The set called ``name``; raises `UnknownName`."""
    if name not in SETS:
        raise UnknownName.of("set of indicators", name, SETS)
    return SETS[name]
