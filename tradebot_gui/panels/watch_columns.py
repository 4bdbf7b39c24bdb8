"""The columns of the market watch, and how its star and its small curve are painted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPolygonF

from shared_modules.core.market import Ticker
from tradebot_gui import texts
from tradebot_gui.language import tr
from tradebot_gui.view_models.table import Column, by_sign
from tradebot_gui.view_models.trails import Trail

STAR = 0
TRAIL = 4


@dataclass(frozen=True, slots=True)
class Quote:
    """One row; ``moved`` is the direction of the last price's last change, ``at`` when it came (s, monotonic)."""

    symbol: str
    decimals: int
    ticker: Ticker | None = None
    moved: int = 0
    at: float = 0.0

    def figure(self, name: str) -> float:
        return float("nan") if self.ticker is None else float(getattr(self.ticker, name))

    @property
    def spread(self) -> float:
        """Ask less bid as a fraction of the ask."""
        ask = self.figure("ask")
        return (ask - self.figure("bid")) / ask if ask else float("nan")


def columns(trails: Mapping[str, Trail], favourite: Callable[[str], bool]) -> tuple[Column[Quote], ...]:
    """What is shown of each symbol, with its trail of 24 hours and whether it is a favourite."""

    def trail(quote: Quote) -> Trail:
        return trails.get(quote.symbol) or _NONE

    def said(quote: Quote) -> str:
        prices = trail(quote).prices
        if len(prices) < 2:
            return ""
        low, high = (texts.number(price, quote.decimals) for price in (min(prices), max(prices)))
        span = tr("24 hours") if trail(quote).complete else tr("Since the start")
        said = tr("{span}: {change}, lowest {low}, highest {high}")
        return said.format(span=span, change=texts.percent(trail(quote).change), low=low, high=high)

    return (
        Column("★", lambda q: not favourite(q.symbol), lambda q: "★" if favourite(q.symbol) else "☆",
               lambda q: "warning" if favourite(q.symbol) else "muted", False, 24,
               "Favourites; a click on the star, or Space, changes it", steady=True),
        Column("Symbol", lambda q: q.symbol, width=84),
        Column("Last", lambda q: q.figure("last"), lambda q: texts.number(q.figure("last"), q.decimals), _moved, True,
               78, "Last traded price", lights=_lights),
        Column("24h %", lambda q: q.figure("change_24h"), lambda q: texts.percent(q.figure("change_24h"), unit=""),
               by_sign(lambda q: q.figure("change_24h")), True, 54, "Change of the price in 24 hours, in percent"),
        Column("24h", lambda q: trail(q).change, lambda _: "", by_sign(lambda q: trail(q).change), True, 48,
               "Way of the price in 24 hours; where the past is not there yet, since the start", hint=said, spare=1,
               paint=lambda painter, area, q: draw_trail(painter, area, trail(q))),
        Column("Volume", lambda q: q.figure("turnover_24h"), lambda q: texts.short(q.figure("turnover_24h")), None,
               True, 54, "Turnover of 24 hours in quote coin", spare=1),
        Column("Fund %", lambda q: q.figure("funding_rate"),
               lambda q: texts.percent(q.figure("funding_rate"), 4, unit=""),
               by_sign(lambda q: -q.figure("funding_rate")), True, 68,
               "Next funding rate in percent; above zero longs pay", spare=1),
        Column("Spread", lambda q: q.spread, lambda q: texts.number(q.spread * 1e4, 2), None, True, 50,
               "Best ask less best bid, in basis points (hundredths of a percent) of the price", spare=1),
    )  # fmt: skip


_NONE = Trail()


def _lights(before: Quote, now: Quote) -> str | None:
    was, last = before.figure("last"), now.figure("last")
    return "gain" if last > was else "loss" if last < was else None


def _moved(quote: Quote) -> str | None:
    return {1: "gain", -1: "loss"}.get(quote.moved)


def draw_trail(painter: QPainter, area: QRect, trail: Trail) -> None:
    """A line from the oldest price to the newest, as high as the cell; nothing for fewer than two prices."""
    prices = trail.prices
    if len(prices) < 2:
        return
    low, high = min(prices), max(prices)
    left, top = area.left() + 4.0, area.top() + 4.0
    wide, tall = area.width() - 8.0, area.height() - 8.0
    step = wide / (len(prices) - 1)
    # a price that stood still is a line in the middle
    scale, base = (tall / (high - low), top + tall) if high > low else (0.0, top + tall / 2)
    line = QPolygonF([QPointF(left + n * step, base - (price - low) * scale) for n, price in enumerate(prices)])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(line)
