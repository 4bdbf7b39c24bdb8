"""What a backtest is run on and by which rules: the form, simple things first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDate, QTimer, Signal
from PySide6.QtWidgets import QDateEdit, QVBoxLayout, QWidget

from shared_modules.core.errors import TradeBotError
from shared_modules.core.settings import Settings
from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.forms import fields
from tradebot_gui.forms.fields import Field

from .sections import Entry, Section
from .symbols import SymbolsField
from .terms import FILLS, MARGINS, NO_DETAIL, RANGES, SIZES, SLIPPAGES, problems, terms_of

if TYPE_CHECKING:
    from shared_modules.system_integration.sources import Wanted


class SetupForm(QWidget):
    """Sections of fields; `values` by name are what is kept, `wanted` and `terms` what a run is made of."""

    changed = Signal()

    def __init__(self, settings: Settings, find: Callable[[str], object], parent: QWidget | None = None) -> None:
        """``find`` raises for a symbol that is not listed."""
        super().__init__(parent)
        self._find = find
        self.symbols = SymbolsField()
        self.sections = self._sections(settings)
        self.fields: dict[str, Field] = {e.name: e.field for s in self.sections for e in s.entries}
        self._defaults = {e.name: e.default for s in self.sections for e in s.entries}
        self._section_of = {e.name: s for s in self.sections for e in s.entries}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 6, 0)
        layout.setSpacing(2)
        for section in self.sections:
            layout.addWidget(section)
        layout.addStretch(1)
        # one look at all fields after a burst of changes
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.timeout.connect(self._changed)
        self.reset()
        for field in self.fields.values():
            field.changed.connect(lambda: self._look.start(0))
        self.fields["kind"].changed.connect(self._kind_changed)
        self._changed()

    # -- what it says ---------------------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        """Every field by name, as plain values."""
        return {name: field.value() for name, field in self.fields.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show those of ``values`` that the fields can take."""
        for name in ("kind", *self.fields):
            if name not in values:
                continue
            present, value = self.fields[name].value(), values[name]
            if isinstance(present, tuple) and isinstance(value, list | tuple):
                self.fields[name].set(tuple(str(v) for v in value))
            elif _same_kind(present, value, self._defaults[name] is None):
                self.fields[name].set(value)
        self._changed()

    def reset(self) -> None:
        """Go back to the defaults."""
        for name in ("kind", *self.fields):
            self.fields[name].set(self._defaults[name])

    def terms(self) -> dict[str, Any]:
        """The request's terms beside strategy and candles; raises `InvalidInput` for what does not go together."""
        return terms_of(self.values())

    def wanted(self, warmup: int = 0) -> Wanted:
        """The candles asked for, with ``warmup`` of them before the first date."""
        from .terms import wanted_of

        return wanted_of(self.values(), warmup)

    def check(self) -> tuple[str, str] | None:
        """Say what is wrong at each field; the first as (field, sentence), None when all is well."""
        found = problems(self.values())
        if "symbols" not in found:
            found |= self._unknown_symbol()
        for name, section in self._section_of.items():
            section.show_problem(name, found.get(name, ""))
        return next(iter(found.items())) if found else None

    def go_to(self, name: str) -> None:
        """Open the section of the field ``name`` and give it the keyboard."""
        self._section_of[name].set_open(True)
        self.fields[name].widget.setFocus()

    def show_symbols(self, symbols: Sequence[str]) -> None:
        self.symbols.completer.show_names(symbols)
        self._look.start(0)

    def follow(self, symbol: str) -> None:
        """Test on ``symbol``, unless several are chosen."""
        if len(self.symbols.value()) < 2:
            self.symbols.set((symbol,))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _unknown_symbol(self) -> dict[str, str]:
        try:
            for symbol in self.symbols.value():
                self._find(symbol)
        except TradeBotError as error:
            text = str(error)
            return {"symbols": text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")}
        return {}

    def _kind_changed(self) -> None:
        kind = self.fields["kind"].value()
        self.fields["size"].set(SIZES[kind][1])

    def _changed(self) -> None:
        values = self.values()
        dated = values["range"] == RANGES[1]
        for name, shown in (("bars", not dated), ("start", dated), ("end", dated)):
            self._section_of[name].show_entry(name, shown)
        model = SLIPPAGES[values["slippage"]]
        self._section_of["slippage_value"].show_entry("slippage_value", model not in ("", "table"))
        self._section_of["slippage_table"].show_entry("slippage_table", model == "table")
        self._section_of["leverage"].show_entry("leverage", values["margin"] != MARGINS[0])
        self._section_of["fill_share"].show_entry("fill_share", FILLS[values["fill_rule"]] == "volume")
        self.check()
        for section in self.sections:
            section.refresh()
        self.changed.emit()

    def _sections(self, settings: Settings) -> tuple[Section, ...]:
        money = settings.backtest
        return (
            Section("Market", self._market(), lambda: "", True),
            Section("Money", self._money(money.cash), self._money_words, True),
            Section("Costs", self._costs(money.fee, money.slippage_bps), self._cost_words, False),
            Section("Exits", self._exits(), self._exit_words, False),
            Section("Positions", self._positions(), self._position_words, False),
            Section("Fills", self._fills(), self._fill_words, False),
        )

    def _market(self) -> tuple[Entry, ...]:
        return (
            Entry("symbols", "Symbols", "What is traded; several share the cash of one portfolio", self.symbols, (),
                  wide=True),
            Entry("timeframe", "Timeframe", "Length of a candle", fields.choice(tuple(TIMEFRAMES)), "5m"),
            Entry("range", "Range", "The newest candles, or those between two dates", fields.choice(RANGES), RANGES[0]),
            Entry("bars", "Candles", "How many of the newest candles of each symbol",
                  fields.whole(50, 1_000_000, 100), 2_000),
            Entry("start", "From", "First day traded, UTC; candles before it warm the indicators up", _date(), ""),
            Entry("end", "To", "The day after the last one traded, UTC", _date(), ""),
        )  # fmt: skip

    def _money(self, cash: float) -> tuple[Entry, ...]:
        return (
            Entry("cash", "Cash", "Starting cash in quote coin", fields.decimal(1, 1e12, 100), cash, wide=True),
            Entry("kind", "Size by", "How large an entry is", fields.choice(tuple(SIZES)), next(iter(SIZES))),
            Entry("size", "Size", "The share, amount or quantity of an entry", fields.decimal(1e-9, 1e12, 0.01), 100),
        )

    def _costs(self, fee: float, slippage: float) -> tuple[Entry, ...]:
        models = tuple(SLIPPAGES)
        return (
            Entry("fee", "Taker fee", "Fee of orders that trade at once, each side", fields.decimal(0, 5, 0.001, "%"),
                  fee * 100),
            Entry("maker_fee", "Maker fee", "Fee of orders that rest; −1 is the taker's", _optional_fee(), -1.0),
            Entry("slippage", "Slippage", "How market orders and stops miss their price", fields.choice(models),
                  models[1]),
            Entry("slippage_value", "Amount", "Basis points, or the factor of the impact",
                  fields.decimal(0, 500, 0.1), slippage),
            Entry("slippage_table", "Table", "Basis points by size: notional up to, colon, basis points",
                  fields.text("1000: 1, 10000: 3, 100000: 8"), "", wide=True),
            Entry("funding", "Funding", "Pay funding at its real times, from the rates in the data folder",
                  fields.flag(), False),
            Entry("risk_free", "Risk-free", "What cash earns a year without risk; ratios are taken above it",
                  fields.decimal(0, 100, 0.1, "%"), 0.0),
        )  # fmt: skip

    def _exits(self) -> tuple[Entry, ...]:
        def share(name: str, title: str, tip: str, most: float = 99) -> Entry:
            field = fields.decimal(0, most, 0.1, "%")
            field.widget.setSpecialValueText("none")
            return Entry(name, title, tip, field, 0.0)

        bars = fields.optional_whole(1, "none")
        return (
            share("stop_loss", "Stop loss", "Leave at this loss from the entry"),
            share("take_profit", "Take profit", "Leave at this gain from the entry"),
            share("trailing_stop", "Trailing", "Leave when the price falls so far below the best since entry"),
            share("break_even", "Break-even", "From this gain on the stop is the entry price"),
            Entry("max_bars", "Time exit", "Leave after so many candles", bars, None),
        )

    def _positions(self) -> tuple[Entry, ...]:
        anything = fields.whole(0, 10_000, 1)
        anything.widget.setSpecialValueText("any number")
        return (
            Entry("margin", "Margin", "Without margin nothing is borrowed; isolated risks the position's margin, cross "
                  "the whole account", fields.choice(MARGINS), MARGINS[0]),
            Entry("leverage", "Leverage", "Value of a position over its margin", fields.decimal(1, 200, 1, "×"), 1.0),
            Entry("max_positions", "At once", "Most positions at the same time", anything, 0),
            Entry("max_entries", "Entries each", "Most entries of one position", fields.optional_whole(1, "strategy's"),
                  None),
        )  # fmt: skip

    def _fills(self) -> tuple[Entry, ...]:
        finer = (NO_DETAIL, *(name for name in TIMEFRAMES if name != "1M"))
        return (
            Entry("fill_rule", "Resting orders", "When a resting order fills", fields.choice(tuple(FILLS)),
                  next(iter(FILLS)), wide=True),
            Entry("fill_share", "Volume share", "Most of a candle's volume that one order gets",
                  fields.decimal(0.1, 100, 1, "%"), 10.0),
            Entry("latency", "Latency", "Decisions reach the market so many candles later",
                  fields.whole(0, 1000, 1), 0),
            Entry("detail", "Detail", "Shorter candles decide what came first within a candle", fields.choice(finer),
                  NO_DETAIL),
        )  # fmt: skip

    # -- summaries ------------------------------------------------------------------------------------------------

    def _money_words(self) -> str:
        v = self.values()
        return f"{v['cash']:,.0f}, {v['size']:g} {v['kind']}"

    def _cost_words(self) -> str:
        v = self.values()
        slippage = "no slippage" if v["slippage"] == "none" else f"slippage {v['slippage_value']:g} {v['slippage']}"
        return f"fee {v['fee']:g} %, {slippage}{', funding' if v['funding'] else ''}"

    def _exit_words(self) -> str:
        v = self.values()
        named = (("stop", "stop_loss"), ("target", "take_profit"), ("trailing", "trailing_stop"),
                 ("break-even", "break_even"))  # fmt: skip
        words = [f"{word} {v[name]:g} %" for word, name in named if v[name]]
        words += [f"{v['max_bars']} candles"] if v["max_bars"] else []
        return ", ".join(words) or "the strategy's own"

    def _position_words(self) -> str:
        v = self.values()
        words = [] if v["margin"] == MARGINS[0] else [f"{v['margin']} ×{v['leverage']:g}"]
        words += [f"at most {v['max_positions']}"] if v["max_positions"] else []
        return ", ".join(words) or "no leverage"

    def _fill_words(self) -> str:
        v = self.values()
        words = [v["fill_rule"]] + ([f"{v['latency']} late"] if v["latency"] else [])
        return ", ".join(words + ([f"detail {v['detail']}"] if v["detail"] != NO_DETAIL else []))


def _same_kind(present: Any, value: Any, optional: bool) -> bool:
    if isinstance(present, bool) or isinstance(value, bool):
        return isinstance(present, bool) and isinstance(value, bool)
    if isinstance(present, float):
        return isinstance(value, int | float)
    if optional:  # a whole number or nothing
        return value is None or isinstance(value, int)
    return isinstance(value, type(present))


def _date() -> Field:
    """A day as 'YYYY-MM-DD', with a calendar."""
    edit = QDateEdit()
    edit.setCalendarPopup(True)
    edit.setDisplayFormat("yyyy-MM-dd")
    edit.setDateRange(QDate(2009, 1, 1), QDate(2200, 1, 1))
    edit.setDate(QDate.currentDate())

    def write(text: str) -> None:
        day = QDate.fromString(text, "yyyy-MM-dd")
        if day.isValid():
            edit.setDate(day)

    return Field(edit, lambda: edit.date().toString("yyyy-MM-dd"), write, edit.dateChanged)


def _optional_fee() -> Field:
    """A fee in per cent whose lowest position is the taker's."""
    field = fields.decimal(-1, 5, 0.001, "%")
    field.widget.setSpecialValueText("as taker")
    return field
