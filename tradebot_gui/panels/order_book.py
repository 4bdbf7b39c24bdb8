"""Order book: what waits to be bought and sold around the price."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from shared_modules.core.errors import TradeBotError
from shared_modules.core.events import BookUpdated, ConnectionState
from shared_modules.core.market import Instrument, OrderBook
from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.empty_states import without_symbol
from tradebot_gui.language import tr
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.book import GROUPS, decimals_of, ladder

from .book_ladder import BookLadder
from .market_feed import MarketFeedPanel
from .parts import column, muted, row, set_text

DEPTH = 200
CHOOSE = "Choose a symbol in the market watch to see its order book."
# a book that was silent for so long is not to be trusted, seconds
SILENT = 15.0
# how often the ladder may change, per second
RATE = 12.0


class OrderBookPanel(MarketFeedPanel):
    """The book of the chosen symbol, grouped as wished; grey when it no longer is the market's."""

    id = "book"
    title = "Order book"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._book: OrderBook | None = None
        self._seen = 0.0
        self._group = 1
        self._cut = False  # whether steps are so wide that the book ends before the room for it
        self.ladder = BookLadder(desk.theme)
        self.ladder.setToolTip(tr("Click a price, or choose it with the arrow keys and Enter, to copy it"))
        self.group = QComboBox()
        self.group.setAccessibleName(tr("Price step of the order book"))
        self.group.setToolTip(tr("Put levels together in steps of this price"))
        self.state = muted()
        name = QLabel(tr("Step"))
        name.setBuddy(self.group)
        layout = column(self, margin=0, spacing=0)
        layout.addLayout(row(name, self.group, 6, self.state, None, margins=(6, 4, 6, 4)))
        layout.addWidget(self.ladder, 1)
        self.group.currentIndexChanged.connect(self._regroup)
        self.ladder.picked.connect(self._copy)
        desk.bridge.newest(BookUpdated, lambda e: e.market.symbol, self._arrived, self, RATE)
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._judge)
        self._clock.start()
        self.begin()

    def set_theme(self, theme: Theme) -> None:
        self.ladder.set_theme(theme)

    def first_focus(self) -> QWidget:
        return self.ladder

    def save_state(self) -> dict[str, Any]:
        return {"group": self._group}

    def restore_state(self, state: dict[str, Any]) -> None:
        wanted = state.get("group", 1)
        self._group = wanted if wanted in GROUPS else 1
        self._fill_groups()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    # -- which market ---------------------------------------------------------------------------------------------

    def watch(self, instrument: Instrument) -> Callable[[], None]:
        said = tr("The order book of {symbol} appears as soon as the exchange sends it.")
        self.ladder.set_empty_text(said.format(symbol=instrument.symbol))
        undo = self.desk.engine.feeds.watch_book(instrument.market, DEPTH)
        known = self.desk.engine.feeds.book(instrument.market)
        if known is not None:
            self._arrived(BookUpdated(instrument.market, known))
        return undo

    def without(self) -> None:
        self.ladder.set_empty_text(without_symbol(self.desk.engine, CHOOSE))

    def chosen(self, instrument: Instrument) -> None:
        self._fill_groups()

    def left(self) -> None:
        self._book = None
        self._draw()

    def refused(self, error: TradeBotError) -> None:
        self.ladder.set_empty_text(tr("No order book: {reason}.").format(reason=error))

    def _fill_groups(self) -> None:
        if self.instrument is None:
            return
        tick, least = float(self.instrument.tick_size), self.instrument.price_decimals
        self.group.blockSignals(True)
        self.group.clear()
        for ticks in GROUPS:
            step = tick * ticks
            self.group.addItem(texts.number(step, decimals_of(step, least)), ticks)
        self.group.setCurrentIndex(GROUPS.index(self._group))
        self.group.blockSignals(False)

    def _regroup(self) -> None:
        self._group = int(self.group.currentData() or 1)
        self._draw()

    # -- what comes -----------------------------------------------------------------------------------------------

    def _arrived(self, event: BookUpdated) -> None:
        if event.market.symbol != self.watching:
            return
        self._book = event.book
        self._seen = time.monotonic()
        self._draw()
        if self.ladder.stale:
            self._judge()

    def _draw(self) -> None:
        of = self.instrument
        if of is None:
            return
        if self._book is None:
            self.ladder.show_ladder(ladder(_NO_BOOK, 1.0, 1), 2, 2, 2)
            return
        step = float(of.tick_size) * self._group
        shown = ladder(self._book, step, self.ladder.rows)
        least = of.price_decimals
        self.ladder.show_ladder(shown, decimals_of(step, least), of.qty_decimals, least)
        self._cut = shown.cut
        if not self.ladder.stale:
            self._say("")

    def _judge(self) -> None:
        """Grey the book when it stands still or the feed is away, and say since when."""
        if self._book is None:
            set_text(self.state, "")
            return
        feed = self.desk.engine.status().feed
        age = time.monotonic() - self._seen
        away = feed is None or feed.state is not ConnectionState.CONNECTED
        stale = away or age > SILENT
        self.ladder.set_stale(stale)
        self._say(f"stale, {texts.seconds(math.floor(age))} old" if stale else "")

    def _say(self, stale: str) -> None:
        """That the figures are old; else how deep they are, where the last step holds less than the market's."""
        deep = tr("{n} levels a side").format(n=max(len(self._book.bids), len(self._book.asks))) if self._book else ""
        set_text(self.state, stale or (deep if self._cut else ""))
        tip = tr("The exchange tells so many levels of a side: the outermost step may hold more than is shown")
        self.state.setToolTip("" if stale or not self._cut else tip)

    def _copy(self, price: float) -> None:
        digits = 2 if self.instrument is None else self.instrument.price_decimals
        QGuiApplication.clipboard().setText(f"{price:.{digits}f}")
        self.desk.notice.emit("info", f"Price {texts.number(price, digits)} is on the clipboard.")


_NO_BOOK = OrderBook("", 0, 0, (), ())
