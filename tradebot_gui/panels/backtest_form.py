"""What a backtest is run on: the market, the time, the money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QGridLayout, QLabel, QSizePolicy, QWidget

from shared_modules.core.settings import Settings
from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.forms import fields
from tradebot_gui.forms.fields import Field

SIZES = {"equity": ("% equity", 100.0), "notional": ("amount each", 1000.0), "qty": ("quantity", 0.01),
         "risk": ("% at risk", 1.0)}  # fmt: skip
_SHARES = ("equity", "risk")


@dataclass(frozen=True)
class Wish:
    """What the form says; ``fee``, ``stop_loss`` and ``take_profit`` are fractions."""

    symbol: str
    timeframe: str
    bars: int
    cash: float
    fee: float
    slippage_bps: float
    size_kind: str
    size_value: float
    stop_loss: float | None
    take_profit: float | None


class BacktestForm(QWidget):
    """Fields in two columns."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(3, 1)
        self.symbol = QComboBox()
        self.symbol.setEditable(True)
        self.symbol.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.symbol.completer().setFilterMode(Qt.MatchFlag.MatchContains)
        self.symbol.completer().setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.fields: dict[str, Field] = {}
        self._rows(settings)

    def _rows(self, settings: Settings) -> None:
        money = settings.backtest
        self._put(0, 0, "Symbol", "What is traded", widget=self.symbol)
        self._put(0, 2, "Timeframe", "Length of a candle", "timeframe", fields.choice(tuple(TIMEFRAMES)), "5m")
        self._put(1, 0, "Bars", "How many of the newest candles", "bars", fields.whole(50, 1_000_000, 100), 2_000)
        self._put(1, 2, "Cash", "Starting cash in quote coin", "cash", fields.decimal(1, 1e12, 100), money.cash)
        self._put(
            2,
            0,
            "Fee",
            "Taker fee for each side, in percent of the value",
            "fee",
            fields.decimal(0, 5, 0.001, "%"),
            money.fee * 100,
        )
        self._put(
            2,
            2,
            "Slippage",
            "How much worse than the price a fill is, in basis points",
            "slippage",
            fields.decimal(0, 500, 0.1, "bps"),
            money.slippage_bps,
        )
        self._put(
            3,
            0,
            "Size by",
            "How large an entry is",
            "kind",
            fields.choice(tuple(words for words, _ in SIZES.values())),
            "% equity",
        )
        self._put(
            3, 2, "Size", "The share, amount or quantity of an entry", "size", fields.decimal(1e-9, 1e12, 0.01), 100
        )
        self._put(
            4,
            0,
            "Stop loss",
            "Leave at this loss from the entry, in percent; 0 is none",
            "stop_loss",
            fields.decimal(0, 99, 0.1, "%"),
            0,
        )
        self._put(
            4,
            2,
            "Take profit",
            "Leave at this gain from the entry, in percent; 0 is none",
            "take_profit",
            fields.decimal(0, 10_000, 0.1, "%"),
            0,
        )
        self.fields["kind"].changed.connect(self._kind_changed)  # fmt: skip

    def _put(
        self, row: int, at: int, title: str, tip: str, name: str = "", field: Field | None = None, value: Any = None,
        widget: QWidget | None = None,
    ) -> None:  # fmt: skip
        if field is not None:
            field.set(value)
            self.fields[name] = field
        shown = field.widget if field is not None else widget
        assert shown is not None
        shown.setAccessibleName(title)
        shown.setToolTip(tip)
        # both columns get the same width, whatever the texts in them
        shown.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        label = QLabel(title)
        label.setProperty("role", "muted")
        label.setBuddy(shown)
        self._grid.addWidget(label, row, at)
        self._grid.addWidget(shown, row, at + 1)

    def _kind(self) -> str:
        words = self.fields["kind"].value()
        return next(kind for kind, (shown, _) in SIZES.items() if shown == words)

    def _kind_changed(self) -> None:
        self.fields["size"].set(SIZES[self._kind()][1])

    def set_symbol(self, symbol: str) -> None:
        """Trade ``symbol``; a long name is shown from its beginning."""
        self.symbol.setCurrentText(symbol)
        self.symbol.lineEdit().setCursorPosition(0)

    def show_symbols(self, symbols: list[str]) -> None:
        present = self.symbol.currentText()
        self.symbol.clear()
        self.symbol.addItems(symbols)
        self.set_symbol(present)

    def wish(self) -> Wish:
        """The form as it stands."""
        value = {name: field.value() for name, field in self.fields.items()}
        kind = self._kind()
        return Wish(
            symbol=self.symbol.currentText().strip().upper(),
            timeframe=value["timeframe"],
            bars=value["bars"],
            cash=value["cash"],
            fee=value["fee"] / 100,
            slippage_bps=value["slippage"],
            size_kind=kind,
            size_value=value["size"] / 100 if kind in _SHARES else value["size"],
            stop_loss=value["stop_loss"] / 100 or None,
            take_profit=value["take_profit"] / 100 or None,
        )

    def state(self) -> dict[str, Any]:
        return {name: field.value() for name, field in self.fields.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        for name in ("kind", *self.fields):
            value = state.get(name)
            if isinstance(value, type(self.fields[name].value())):
                self.fields[name].set(value)
