"""How a pane turns values into heights: evenly, by their logarithm, or evenly with a label in per cent."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np

from .ticks import nice_step, price_ticks

# the logarithm of nothing is not to be drawn; a price below this is none
LEAST = 1e-12


class Scale(StrEnum):
    """The kinds of value scale."""

    LINEAR = "linear"
    LOG = "log"
    PERCENT = "percent"


def up(value, log: bool):
    """``value`` (a number or an array) as an even height."""
    if not log:
        return value
    if isinstance(value, np.ndarray):
        with np.errstate(invalid="ignore"):
            return np.log10(np.maximum(value, LEAST))
    return math.log10(max(value, LEAST))


def down(height: float, log: bool) -> float:
    """The value at an even ``height``: `up` backwards."""
    return 10.0 ** min(height, 300.0) if log else height


def scale_ticks(low: float, high: float, pixels: float, gap: float, least: float, kind: Scale, base: float):
    """Round values inside [low, high] for the axis, about ``gap`` pixels apart at the closest."""
    if kind is Scale.PERCENT:
        step = 100.0 / base
        shares = price_ticks((low - base) * step, (high - base) * step, pixels, gap, 0.01)
        return [base + share / step for share in shares]
    if kind is Scale.LOG and low > 0:
        return _log_ticks(low, high, pixels, gap, least)
    return price_ticks(low, high, pixels, gap, least)


def _log_ticks(low: float, high: float, pixels: float, gap: float, least: float) -> list[float]:
    """Values whose steps grow with the price, each at least ``gap`` pixels above the one before."""
    unit = math.log10(high / low) / max(1.0, pixels)
    if unit <= 0 or pixels < gap / 2:
        return []
    ticks: list[float] = []
    value = low
    for _ in range(int(pixels / gap) + 3):
        following = value * 10.0 ** (unit * gap)
        step = max(nice_step(following - value), least)
        value = math.ceil(value / step * (1 + 1e-12) + (1e-9 if ticks else 0.0)) * step
        if value > high:
            break
        ticks.append(value)
        value += step * 1e-6
    return [t for n, t in enumerate(ticks) if not n or math.log10(t / ticks[n - 1]) >= unit * gap * 0.5]
