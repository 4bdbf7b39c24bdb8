"""Plots as SVG text: two axes, lines, bands and bars; colours come from the page's own style by class."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape

import numpy as np

from shared_modules.core.bars import Floats
from shared_modules.core.timeframes import DAY, HOUR, MINUTE

WIDTH = 1000
# pixels kept for the labels: left, right, top, bottom
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 14, 12, 26
_STEPS = (
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
)
_MONTHS = (1, 2, 3, 6, 12, 24, 60)
Format = Callable[[float], str]


@dataclass
class Plot:
    """A plot of ``height`` in which x runs from ``x0`` to ``x1`` and y from ``y0`` to ``y1``."""

    x0: float
    x1: float
    y0: float
    y1: float
    height: int = 300
    label: str = ""
    _parts: list[str] = field(default_factory=list)

    def x(self, value: float) -> float:
        """The pixel of ``value`` on the x axis."""
        return _LEFT + (value - self.x0) / ((self.x1 - self.x0) or 1.0) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """The pixel of ``value`` on the y axis."""
        room = self.height - _TOP - _BOTTOM
        return _TOP + room - (value - self.y0) / ((self.y1 - self.y0) or 1.0) * room

    def y_axis(self, told: Format) -> None:
        """Lines and labels at round values."""
        for value in round_values(self.y0, self.y1, max(3, self.height // 55)):
            y = self.y(value)
            self._parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            self._parts.append(
                f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{told(value)}</text>'
            )

    def time_axis(self) -> None:
        """Lines and labels at round moments (UTC)."""
        for at, text in time_ticks(self.x0, self.x1):
            self._x_tick(at, text)

    def x_axis(self, told: Format) -> None:
        """Lines and labels at round values."""
        for value in round_values(self.x0, self.x1, 8):
            self._x_tick(value, told(value))

    def _x_tick(self, at: float, text: str) -> None:
        x, bottom = self.x(at), self.height - _BOTTOM
        # a label in the middle of the last line would be cut off
        anchor = "end" if x > WIDTH - _RIGHT - 30 else "middle"
        self._parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>')
        self._parts.append(
            f'<text class="tick" x="{x:.1f}" y="{bottom + 17}" text-anchor="{anchor}">{escape(text)}</text>'
        )

    def line(self, x: Floats, y: Floats, kind: str, title: str = "") -> None:
        """A line of the class ``kind``, broken where ``y`` is NaN."""
        for run in _runs(y):
            points = " ".join(self._points(x[run], y[run]))
            self._parts.append(f'<polyline class="line {kind}" points="{points}">{_title(title)}</polyline>')

    def band(self, x: Floats, low: Floats, high: Floats, kind: str, title: str = "") -> None:
        """The area between ``low`` and ``high``."""
        points = [*self._points(x, low), *reversed(self._points(x, high))]
        self._parts.append(f'<polygon class="area {kind}" points="{" ".join(points)}">{_title(title)}</polygon>')

    def bar(self, x0: float, x1: float, value: float, kind: str, title: str = "") -> None:
        """A bar from zero to ``value``."""
        top, bottom = sorted((self.y(0.0), self.y(value)))
        left, right = self.x(x0), self.x(x1)
        width = max(1.0, right - left - 1.5)
        size = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{bottom - top:.1f}"'
        self._parts.append(f'<rect class="{kind}" {size}>{_title(title)}</rect>')

    def level(self, value: float, kind: str = "zero") -> None:
        """A line across at ``value``."""
        y = self.y(value)
        self._parts.append(f'<line class="{kind}" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')

    def text(self) -> str:
        """The whole plot."""
        head = f'<svg viewBox="0 0 {WIDTH} {self.height}" role="img" aria-label="{escape(self.label, quote=True)}">'
        return head + "".join(self._parts) + "</svg>"

    def _points(self, x: Floats, y: Floats) -> list[str]:
        return [f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]


def _title(text: str) -> str:
    return f"<title>{escape(text)}</title>" if text else ""


def _runs(values: Floats) -> list[slice]:
    known = np.r_[False, ~np.isnan(values), False].astype(np.int8)
    edges = np.flatnonzero(np.diff(known))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def round_values(low: float, high: float, count: int) -> list[float]:
    """About ``count`` values between ``low`` and ``high`` that are easy to read."""
    if not high > low:
        return [low]
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1.0, 2.0, 2.5, 5.0, 10.0) if power * m >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def time_ticks(first: float, last: float, count: int = 9) -> list[tuple[float, str]]:
    """Round moments between ``first`` and ``last`` (ms UTC) with their labels."""
    span = last - first
    step = next((s for s in _STEPS if span / s <= count), None)
    if step is None:
        return _month_ticks(first, last, count)
    ticks = range(math.ceil(first / step) * step, int(last) + 1, step)
    form = "%d %b" if step >= DAY else "%d %b %H:%M"
    return [(float(t), datetime.fromtimestamp(t / 1000, UTC).strftime(form)) for t in ticks]


def _month_ticks(first: float, last: float, count: int) -> list[tuple[float, str]]:
    at, end = (datetime.fromtimestamp(t / 1000, UTC) for t in (first, last))
    months = range(at.year * 12 + at.month, end.year * 12 + end.month)
    step = next((s for s in _MONTHS if len(months) / s <= count), _MONTHS[-1])
    found = []
    for month in months:
        if month % step == 0:
            moment = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
            found.append((moment.timestamp() * 1000.0, moment.strftime("%b %Y" if step < 12 else "%Y")))
    return found


def thinned(x: Floats, columns: Sequence[tuple[Floats, str]], most: int = 900) -> tuple[Floats, list[Floats]]:
    """``x`` and ``columns`` in at most ``most`` steps; each column by its 'last', 'min' or 'max' of every step."""
    n = len(x)
    if n <= most:
        return x, [c for c, _ in columns]
    first = np.unique(np.linspace(0, n, most, endpoint=False).astype(np.int64))
    last = np.r_[first[1:] - 1, n - 1]
    found: list[Floats] = []
    for column, how in columns:
        reduce = {"min": np.minimum, "max": np.maximum}.get(how)
        found.append(column[last] if reduce is None else reduce.reduceat(column, first))
    return x[last], found
