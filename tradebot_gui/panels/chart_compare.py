"""Comparing symbols on a chart: chosen in a list with a search, loaded and kept live beside the chart's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from shared_modules.core.errors import ExchangeError, TradeBotError
from shared_modules.core.events import CandleClosed, CandleUpdated
from shared_modules.core.market import Candle, Series
from tradebot_gui.charts import ChartView
from tradebot_gui.desk import Desk
from tradebot_gui.language import phrase, tr

from .parts import search_box

MOST = 6


class CompareFeed(QObject):
    """The candles of the compared symbols, at the timeframe and over the time of the chart."""

    changed = Signal(list)  # of symbols

    def __init__(self, desk: Desk, view: ChartView) -> None:
        super().__init__(view)
        self._desk, self._view = desk, view
        self.symbols: list[str] = []
        self._series: dict[Series, Callable[[], None]] = {}  # what is watched, and how to end it
        self._main: Series | None = None
        self._live = True
        self._waiting: dict[Series, list[Candle]] = {}  # what closes while candles are fetched
        desk.bridge.newest(CandleUpdated, lambda e: e.series, self._news, self)
        desk.bridge.every(CandleClosed, self._news, self)
        view.destroyed.connect(self.close)

    def set_symbols(self, symbols: Sequence[str]) -> None:
        """Compare with these, at most six; the chart's own is left out."""
        own = self._main.market.symbol if self._main is not None else ""
        wanted = [s for s in dict.fromkeys(symbols) if s != own][:MOST]
        if wanted == self.symbols:
            return
        self.symbols = wanted
        self._view.set_compared(wanted)
        self.show(self._main, self._live)
        self.changed.emit(list(wanted))

    def show(self, main: Series | None, live: bool = True) -> None:
        """Load the symbols over the candles of ``main`` that the chart has; keep them live unless in a replay."""
        self._main, self._live = main, live
        wanted = [] if main is None else self._wanted(main)
        for series in set(self._series) - set(wanted if live else []):
            self._series.pop(series)()
        for series in wanted:
            self._desk.spawn(self._load(series))

    def reach(self) -> None:
        """Load more where the chart has older candles now."""
        oldest = int(self._view.data.time_of(self._view.data.first))
        for title, series in zip(self.symbols, self._wanted(self._main) if self._main else (), strict=False):
            item = self._view.panes.compare.find(title)
            if item is not None and (item.known_from is None or item.known_from > oldest):
                self._desk.spawn(self._load(series))

    def ask(self) -> ComparePicker:
        """Open the list of symbols to compare with."""
        own = self._main.market.symbol if self._main is not None else ""
        known = [i.symbol for i in self._desk.engine.instruments if i.symbol != own]
        picker = ComparePicker(known, self.symbols, self._view)
        picker.changed.connect(self.set_symbols)
        picker.open()
        return picker

    def close(self) -> None:
        """Follow nothing any more."""
        for undo in self._series.values():
            undo()
        self._series = {}

    def _wanted(self, main: Series) -> list[Series]:
        found = []
        for symbol in self.symbols:
            try:
                found.append(Series(self._desk.engine.market(symbol), main.timeframe))
            except TradeBotError:  # it is traded no more: its line stays empty
                continue
        return found

    async def _load(self, series: Series) -> None:
        view, symbol = self._view, series.market.symbol
        if not len(view.data):
            return
        start = int(view.data.time_of(view.data.first))
        closed = self._waiting.setdefault(series, [])
        try:
            if self._live and series not in self._series:
                await self._watch(series)
            bars = await self._desk.engine.bars(series, start)
        except ExchangeError as error:
            self._desk.notice.emit("warning", f"{symbol} could not be compared: {error}")
            return
        finally:
            self._waiting.pop(series, None)
        if symbol in self.symbols and self._main is not None and series.timeframe == self._main.timeframe:
            view.give_compared(symbol, bars)
            running = self._desk.engine.unfinished(series) if self._live else None
            for candle in (*closed, *([] if running is None else [running])):
                if not len(bars) or candle.time > int(bars.time[-1]):
                    view.give_compared(symbol, candle)

    async def _watch(self, series: Series) -> None:
        """Follow ``series``, unless nobody wants it any more when that has begun."""
        begun: Callable[[], None] = lambda: None  # noqa: E731
        self._series[series] = begun
        undo = await self._desk.engine.watch(series)
        if self._series.get(series) is begun:
            self._series[series] = undo
        else:
            undo()

    def _news(self, event: CandleUpdated | CandleClosed) -> None:
        if event.series in self._series:
            if isinstance(event, CandleClosed) and event.series in self._waiting:
                self._waiting[event.series].append(event.candle)
            self._view.give_compared(event.series.market.symbol, event.candle)


class ComparePicker(QDialog):
    """All symbols with a search; those ticked are compared at once."""

    changed = Signal(list)  # of symbols

    def __init__(self, symbols: Sequence[str], chosen: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Compare with"))
        self.chosen = list(chosen)
        self.search = search_box("Search a symbol", self._filter)
        self.search.returnPressed.connect(self._toggle_first)
        self.list = QListWidget()
        self.list.setSpacing(1)
        self.list.setAccessibleName(tr("Symbols"))
        self.list.setToolTip(tr("Tick a symbol, or press Space, to compare with it"))
        self.words = QLabel()
        self.words.setProperty("role", "muted")
        self.words.setWordWrap(True)
        for symbol in [*chosen, *(s for s in sorted(symbols) if s not in chosen)]:
            item = QListWidgetItem(symbol, self.list)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if symbol in chosen else Qt.CheckState.Unchecked)
        self.list.setCurrentRow(0)
        self.list.itemChanged.connect(self._ticked)
        self.list.itemActivated.connect(self._toggle)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        layout = QVBoxLayout(self)
        for part in (self.search, self.list, self.words, buttons):
            layout.addWidget(part)
        self.resize(320, 420)
        self._say()

    def _filter(self, text: str) -> None:
        wanted, shown = text.strip().upper(), []
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setHidden(wanted not in item.text().upper())
            if not item.isHidden():
                shown.append(row)
        if shown:
            self.list.setCurrentRow(shown[0])

    def _toggle_first(self) -> None:
        item = self.list.currentItem()
        if item is not None and not item.isHidden():
            self._toggle(item)

    @staticmethod
    def _toggle(item: QListWidgetItem) -> None:
        on = item.checkState() == Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)

    def _ticked(self, item: QListWidgetItem) -> None:
        on = item.checkState() == Qt.CheckState.Checked
        if on and item.text() not in self.chosen:
            if len(self.chosen) >= MOST:
                item.setCheckState(Qt.CheckState.Unchecked)
                self.words.setText(phrase(f"At most {MOST} symbols; untick one first."))
                return
            self.chosen.append(item.text())
        elif not on and item.text() in self.chosen:
            self.chosen.remove(item.text())
        else:
            return
        self._say()
        self.changed.emit(list(self.chosen))

    def _say(self) -> None:
        self.words.setText(phrase(f"{len(self.chosen)} of {MOST}: {', '.join(self.chosen)}" if self.chosen else
                           "Tick symbols to see how they changed beside this one."))  # fmt: skip
