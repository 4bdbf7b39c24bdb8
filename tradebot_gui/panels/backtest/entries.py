"""The sections of the form: which fields there are, with their words, units and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from PySide6.QtCore import QDate, QDateTime, QTime, QTimeZone
from PySide6.QtWidgets import QDateTimeEdit

from shared_modules.core.settings import Settings
from shared_modules.core.timeframes import TIMEFRAMES
from tradebot_gui.forms import fields
from tradebot_gui.forms.fields import Field
from tradebot_gui.language import tr

from .files import FilesField
from .sections import Entry, Section
from .terms import AS_FILE, DECIDES, FILLS, MARGINS, NO_DETAIL, OWN, RANGES, SIZES, SLIPPAGES, SOURCES, TARGETS

Values = Callable[[], Mapping[str, Any]]
_MOMENT = "yyyy-MM-dd HH:mm"
# shown with candles of the terminal alone, and with files alone
OF_TERMINAL = ("symbols", "timeframe", "base", "funding", "mark")
OF_FILES = ("files", "file_timeframe", "rules")


def sections(settings: Settings, symbols: Field, values: Values) -> Iterator[Section | None]:
    """The form's sections, one by one, and None where a pause is good; ``values`` gives what the fields say.

    It gives nothing before all are there.
    """
    money = settings.backtest

    def said(words: Callable[[Mapping[str, Any]], str]) -> Callable[[], str]:
        # who folds a section while the next is being made gets its summary with the last of them
        return lambda: words(v) if (v := values()) else ""

    for title, fields_of, summary, is_open in (
        ("Market", _market(symbols), lambda: "", True),
        ("Money", _money(money.cash), said(_money_words), True),
        ("Costs", _costs(money.fee, money.slippage_bps), said(_cost_words), False),
        ("Exits", _exits(), said(_exit_words), False),
        ("Positions", _positions(), said(_position_words), False),
        ("Fills", _fills(), said(_fill_words), False),
        ("Further files", _files(), said(_file_words), False),
    ):
        entries = []
        for entry in fields_of:
            entries.append(entry)
            yield None
        yield Section(title, tuple(entries), summary, is_open)


def _market(symbols: Field) -> Iterator[Entry]:
    frames = tuple(TIMEFRAMES)
    yield Entry(
        "source",
        "Candles",
        "Those of the terminal: memory, data folder and exchange; or files of yours",
        fields.choice(SOURCES),
        SOURCES[0],
        wide=True,
    )
    yield Entry("symbols", "Symbols", "What is traded; several share the cash of one portfolio", symbols, (), wide=True)
    yield Entry(
        "files",
        "Files",
        "Candle files, one a symbol, or folders of them; drop them here",
        FilesField("candles"),
        (),
        wide=True,
    )
    yield Entry("timeframe", "Timeframe", "Length of a candle", fields.choice(frames), "5m")
    yield Entry(
        "base",
        "Made of",
        "Shorter candles that those of the timeframe are put together from",
        fields.choice((OWN, *frames)),
        OWN,
    )
    yield Entry(
        "file_timeframe",
        "Timeframe",
        "Length of a candle; a longer one than the file's is put together from it",
        fields.choice((AS_FILE, *frames)),
        AS_FILE,
        wide=True,
    )
    yield Entry(
        "range",
        "Range",
        "The newest candles, those between two dates, or all that is stored or in the file",
        fields.choice(RANGES),
        RANGES[0],
    )
    yield Entry(
        "bars", "Candles", "How many of the newest candles of each symbol", fields.whole(50, 10_000_000, 100), 2_000
    )
    yield Entry(
        "start",
        "From",
        "First moment traded, UTC; candles before it warm the indicators up",
        _moment(-30),
        "",
        wide=True,
    )
    yield Entry("end", "To", "The moment after the last one traded, UTC", _moment(1), "", wide=True)
    yield Entry(
        "rules",
        "Rules",
        "What the exchange accepts: tick, step, min, max, notional; without them nothing is rounded",
        fields.text("BTCUSDT=tick:0.1,step:0.001,notional:5; ETHUSDT=…"),
        "",
        wide=True,
    )


def _money(cash: float) -> Iterator[Entry]:
    yield Entry("cash", "Cash", "Starting cash in quote coin", fields.decimal(1, 1e12, 100), cash, wide=True)
    yield Entry("kind", "Size by", "How large an entry is", fields.choice(tuple(SIZES)), next(iter(SIZES)))
    yield Entry("size", "Size", "The share, amount or quantity of an entry", _size(), 100)


def _costs(fee: float, slippage: float) -> Iterator[Entry]:
    models = tuple(SLIPPAGES)
    yield Entry(
        "fee", "Taker fee", "Fee of orders that trade at once, each side", fields.decimal(0, 5, 0.001, "%"), fee * 100
    )
    yield Entry("maker_fee", "Maker fee", "Fee of orders that rest; −1 is the taker's", _optional_fee(), -1.0)
    yield Entry(
        "fees",
        "Own fees",
        "Fees of single symbols, maker and taker, each side",
        fields.text("BTCUSDT=0.01%:0.05%; ETHUSDT=…"),
        "",
        wide=True,
    )
    yield Entry(
        "slippage", "Slippage", "How market orders and stops miss their price", fields.choice(models), models[1]
    )
    yield Entry(
        "slippage_value", "Amount", "Basis points, or the factor of the impact", fields.decimal(0, 500, 0.1), slippage
    )
    yield Entry(
        "slippage_table",
        "Table",
        "Basis points by size: notional up to, colon, basis points",
        fields.text("1000: 1, 10000: 3, 100000: 8"),
        "",
        wide=True,
    )
    yield Entry(
        "funding", "Funding", "Pay funding at its real times, from the rates in the data folder", fields.flag(), False
    )
    yield Entry(
        "mark",
        "Mark price",
        "Where the data folder has mark prices, they decide on funding and liquidation",
        fields.flag(),
        True,
    )
    yield Entry(
        "borrow",
        "Borrowing",
        "What borrowing costs a year; nothing on perpetuals",
        fields.decimal(0, 1000, 0.1, "%"),
        0.0,
    )
    yield Entry(
        "risk_free",
        "Risk-free",
        "What cash earns a year without risk; ratios are taken above it",
        fields.decimal(0, 100, 0.1, "%"),
        0.0,
    )


def _exits() -> Iterator[Entry]:
    def share(name: str, title: str, tip: str) -> Entry:
        field = fields.decimal(0, 99, 0.1, "%")
        field.widget.setSpecialValueText(tr("none"))
        return Entry(name, title, tip, field, 0.0)

    yield share("stop_loss", "Stop loss", "Leave at this loss from the entry")
    yield share("take_profit", "Take profit", "Leave at this gain from the entry")
    yield share("trailing_stop", "Trailing", "Leave when the price falls so far below the best since entry")
    yield share("break_even", "Break-even", "From this gain on the stop is the entry price")
    yield Entry("max_bars", "Time exit", "Leave after so many candles", fields.optional_whole(1, "none"), None)
    yield Entry(
        "target_order",
        "Targets",
        "Rest in the book as a limit order, or leave at the market when touched",
        fields.choice(tuple(TARGETS)),
        next(iter(TARGETS)),
        wide=True,
    )


def _positions() -> Iterator[Entry]:
    anything = fields.whole(0, 10_000, 1)
    anything.widget.setSpecialValueText(tr("any"))
    yield Entry(
        "margin",
        "Margin",
        "Without margin nothing is borrowed; isolated risks the position's margin, cross the whole account",
        fields.choice(MARGINS),
        MARGINS[0],
    )
    yield Entry("leverage", "Leverage", "Value of a position over its margin", fields.decimal(1, 200, 1, "×"), 1.0)
    yield Entry(
        "tiers",
        "Risk tiers",
        "Of a symbol: value up to, maintenance rate, most leverage; else a usual table",
        fields.text("BTCUSDT=2000000:0.005:100, inf:0.05:10; ETHUSDT=…"),
        "",
        wide=True,
    )
    yield Entry("max_positions", "At once", "Most positions at the same time", anything, 0)
    yield Entry(
        "max_entries", "Entries each", "Most entries of one position", fields.optional_whole(1, "its own"), None
    )


def _fills() -> Iterator[Entry]:
    finer = (NO_DETAIL, *(name for name in TIMEFRAMES if name != "1M"))
    yield Entry(
        "fill_rule",
        "Resting orders",
        "When a resting order fills",
        fields.choice(tuple(FILLS)),
        next(iter(FILLS)),
        wide=True,
    )
    yield Entry(
        "fill_share",
        "Volume share",
        "Most of a candle's volume that one order gets",
        fields.decimal(0.1, 100, 1, "%"),
        10.0,
        wide=True,
    )
    yield Entry("latency", "Latency", "Decisions reach the market so many candles later", fields.whole(0, 1000, 1), 0)
    yield Entry(
        "latency_ms",
        "and",
        "… and so many milliseconds; filled at the first open after that, of a shorter candle with Detail",
        fields.decimal(0, 86_400_000, 50, "ms"),
        0.0,
    )
    yield Entry(
        "detail",
        "Detail",
        "Shorter candles decide what came first within a candle",
        fields.choice(finer),
        NO_DETAIL,
        wide=True,
    )
    yield Entry(
        "decide_by",
        "Decides",
        "Over all candles at once, or one after the other as it would live; slower",
        fields.choice(tuple(DECIDES)),
        next(iter(DECIDES)),
        wide=True,
    )
    yield Entry(
        "checks",
        "Checks",
        "Look whether the result can be believed: look-ahead, warm-up, luck; quicker without",
        fields.flag(),
        True,
    )


def _files() -> Iterator[Entry]:
    yield Entry(
        "detail_files",
        "Detail",
        "Files with shorter candles, which decide what came first within a candle; found by the symbol in their names",
        FilesField("shorter candles"),
        (),
        wide=True,
    )
    yield Entry(
        "funding_files",
        "Funding",
        "Files with funding rates, paid in place of those of the data folder",
        FilesField("funding"),
        (),
        wide=True,
    )
    yield Entry(
        "mark_files",
        "Mark",
        "Files with mark prices, which decide on funding and liquidation in place of those of the data folder",
        FilesField("mark prices"),
        (),
        wide=True,
    )


# -- summaries --------------------------------------------------------------------------------------------------------


def _money_words(v: Mapping[str, Any]) -> str:
    return f"{v['cash']:,.0f}, {v['size']:g} {v['kind']}"


def _cost_words(v: Mapping[str, Any]) -> str:
    slippage = "no slippage" if v["slippage"] == "none" else f"slippage {v['slippage_value']:g} {v['slippage']}"
    words = [f"fee {v['fee']:g} %", slippage]
    words += ["own fees"] if v["fees"].strip() else []
    words += ["funding"] if v["funding_files"] or (v["funding"] and v["source"] == SOURCES[0]) else []
    return ", ".join(words + ([f"borrowing {v['borrow']:g} %"] if v["borrow"] else []))


def _exit_words(v: Mapping[str, Any]) -> str:
    named = (("stop", "stop_loss"), ("target", "take_profit"), ("trailing", "trailing_stop"),
             ("break-even", "break_even"))  # fmt: skip
    words = [f"{word} {v[name]:g} %" for word, name in named if v[name]]
    words += [f"{v['max_bars']} candles"] if v["max_bars"] else []
    words += ["targets at the market"] if TARGETS[v["target_order"]] == "market" else []
    return ", ".join(words) or "the strategy's own"


def _position_words(v: Mapping[str, Any]) -> str:
    words = [] if v["margin"] == MARGINS[0] else [f"{v['margin']} ×{v['leverage']:g}"]
    words += [f"at most {v['max_positions']}"] if v["max_positions"] else []
    return ", ".join(words) or "no leverage"


def _fill_words(v: Mapping[str, Any]) -> str:
    words = [v["fill_rule"]] + ([f"{v['latency']} late"] if v["latency"] else [])
    words += [f"{v['latency_ms']:g} ms late"] if v["latency_ms"] else []
    words += [f"detail {v['detail']}"] if v["detail"] != NO_DETAIL else []
    words += [v["decide_by"]] if DECIDES[v["decide_by"]] == "on_bar" else []
    return ", ".join(words if v["checks"] else [*words, "unchecked"])


def _file_words(v: Mapping[str, Any]) -> str:
    named = (("shorter candles", "detail_files"), ("funding", "funding_files"), ("mark prices", "mark_files"))
    return ", ".join(word for word, name in named if v[name]) or "none"


# -- fields -----------------------------------------------------------------------------------------------------------


def _moment(days: int) -> Field:
    """A minute as 'YYYY-MM-DD HH:MM', with a calendar; a day alone is its beginning. At first ``days`` from today."""
    edit = QDateTimeEdit()
    edit.setTimeZone(QTimeZone.utc())
    edit.setCalendarPopup(True)
    edit.setDisplayFormat(_MOMENT)
    edit.setDateRange(QDate(2009, 1, 1), QDate(2200, 1, 1))
    edit.setDateTime(_at_midnight(QDate.currentDate().addDays(days)))

    def write(text: str) -> None:
        moment = QDateTime.fromString(text if " " in text else f"{text} 00:00", _MOMENT)
        moment.setTimeZone(QTimeZone.utc())
        if moment.isValid():
            edit.setDateTime(moment)

    return Field(edit, lambda: edit.dateTime().toString(_MOMENT), write, edit.dateTimeChanged)


def _at_midnight(day: QDate) -> QDateTime:
    return QDateTime(day, QTime(0, 0), QTimeZone.utc())


def _size() -> Field:
    """Steps of a hundredth, and all the digits that a quantity of a dear coin has."""
    field = fields.decimal(1e-9, 1e12, 0.01)
    field.widget.setDecimals(9)
    field.widget.setRange(1e-9, 1e12)
    return field


def _optional_fee() -> Field:
    """A fee in per cent whose lowest position is the taker's."""
    field = fields.decimal(-1, 5, 0.001, "%")
    field.widget.setSpecialValueText(tr("as taker"))
    return field
