"""At which prices volume was traded: a profile of bars, its point of control and its value area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared_modules.core.bars import Floats
from tradebot_gui.view_models.lod import CLOSE, HIGH, LOW, OPEN, VOLUME

VALUE_AREA = 0.7  # the share of all volume that the value area holds, as Market Profile defines it


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Volume by price: row k covers ``bottom + k * height`` and on; of bars that rose, and of those that fell."""

    bottom: float
    height: float
    rising: Floats
    falling: Floats
    control: int  # the row with the most volume
    area: tuple[int, int]  # the first and the last row of the value area

    @property
    def volume(self) -> Floats:
        return self.rising + self.falling

    def price(self, row: float) -> float:
        """The price at the lower edge of ``row``; half a row more is its middle."""
        return self.bottom + row * self.height


def profile(rows: Floats, count: int) -> Profile | None:
    """The profile of bars in ``count`` rows of price between their lowest low and their highest high.

    ``rows`` are those of a `BarPyramid`: open, high, low, close, volume. The volume of a bar is spread evenly over the
    prices from its low to its high, since a bar does not tell more. None where there is no volume or no range.
    """
    if not rows.shape[1]:
        return None
    low, high, volume = rows[LOW], rows[HIGH], np.nan_to_num(rows[VOLUME])
    bottom, top = float(low.min()), float(high.max())
    if not (top > bottom and volume.sum() > 0 and count > 0):
        return None
    height = (top - bottom) / count
    rose = rows[CLOSE] >= rows[OPEN]
    rising, falling = (_spread((low - bottom) / height, (high - bottom) / height, volume * w, count)
                       for w in (rose, ~rose))  # fmt: skip
    whole = rising + falling
    control = int(whole.argmax())
    return Profile(bottom, height, rising, falling, control, value_area(whole, control))


def value_area(volume: Floats, control: int, share: float = VALUE_AREA) -> tuple[int, int]:
    """First and last row of the stretch around ``control`` that holds ``share`` of all volume.

    It grows by the larger of its two neighbours until it holds enough; rows without volume are no bound of it.
    """
    first = last = control
    held, wanted = float(volume[control]), share * float(volume.sum())
    while held < wanted * (1 - 1e-12) and (first > 0 or last < len(volume) - 1):
        below = float(volume[first - 1]) if first > 0 else -1.0
        above = float(volume[last + 1]) if last < len(volume) - 1 else -1.0
        if above >= below:
            last, held = last + 1, held + above
        else:
            first, held = first - 1, held + below
    return first, last


def _spread(start: Floats, end: Floats, volume: Floats, count: int) -> Floats:
    """``volume`` of bars from ``start`` to ``end`` (in rows) added up in each of ``count`` rows.

    The sum up to a price is piecewise linear, so its slope is added up instead: a bar changes it at its two ends.
    """
    width = np.maximum(end - start, 1e-9)
    start = np.minimum(start, end - width)
    slope = volume / width
    began, rate = np.zeros(count + 1), np.zeros(count + 1)  # by edge of a row
    for at, sign in ((start, 1.0), (end, -1.0)):
        edge = np.clip(np.ceil(at), 0, count).astype(np.int64)
        began += np.bincount(edge, sign * slope * (edge - at), count + 1)
        rate += np.bincount(edge, sign * slope, count + 1)
    below = np.cumsum(began)
    below[1:] += np.cumsum(np.cumsum(rate))[:count]
    below[0] = 0.0  # a bar without a range at the very bottom belongs to the first row
    return np.maximum(np.diff(below), 0.0)
