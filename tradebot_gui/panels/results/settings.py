"""What the result was made of: the request in words, the passport, and whether it can be made again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel

from tradebot_gui import texts
from tradebot_gui.desk import Desk
from tradebot_gui.language import tr
from tradebot_gui.panels.parts import button, column, muted, row, set_text, set_tone
from tradebot_gui.panels.record_view import RecordView
from tradebot_gui.panels.splitter import Splitter
from tradebot_gui.theme.theme import Theme
from tradebot_gui.view_models.table import RecordTable

from .pieces import Words, word_columns
from .tab import NO_RESULT, ResultTab

if TYPE_CHECKING:
    from shared_modules.system_integration import BacktestResult

_PRIVATE = ("Cash", "Size")
_LEFT_OUT = ("instruments", "fees", "risk_tiers")


class SettingsTab(ResultTab):
    """Settings at the left, passport at the right."""

    title: ClassVar[str] = "Settings"
    tip: ClassVar[str] = "What was asked, and the hashes by which the result can be made again"

    reproduce_wanted = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.settings: RecordTable[Words] = RecordTable(word_columns("Setting", "Value"), lambda w: w[0], self)
        self.passport: RecordTable[Words] = RecordTable(word_columns("Passport", "Value"), lambda w: w[0], self)
        views = (RecordView(self.settings, "Settings of the run", NO_RESULT),
                 RecordView(self.passport, "Passport", NO_RESULT))  # fmt: skip
        views[0].setToolTip(tr("What was asked"))
        views[1].setToolTip(tr("What went in, as hashes; Ctrl+C copies"))
        self.rules = muted(wrap=True)
        self.reproduce = button(
            "Reproduce", "Run it again and compare every byte of trades and equity", self.reproduce_wanted.emit
        )
        self.reproduce.setEnabled(False)
        self.said = QLabel()
        self.said.setWordWrap(True)
        split = Splitter(Qt.Orientation.Horizontal)
        for table, view in zip((self.settings, self.passport), views, strict=True):
            table.set_theme(desk.theme)
            split.addWidget(view)
        layout = column(self, 4, 4)
        line = row(self.reproduce, self.said)
        line.setStretch(1, 1)
        layout.addLayout(line)
        layout.addWidget(self.rules)
        layout.addWidget(split, 1)

    def compute(self, result: BacktestResult, asked: Any) -> Any:
        from shared_modules.system_integration.backtesting import rules_in_force

        return setting_rows(result, self.zone), passport_rows(result), rules_in_force(result.request)

    def fill(self, result: BacktestResult, data: Any) -> None:
        settings, passport, rules = data
        self.settings.replace([(n, texts.VEIL if self.veiled and n in _PRIVATE else value) for n, value in settings])
        self.passport.replace(passport)
        set_text(self.rules, _without_size(rules, result) if self.veiled else rules)
        self.say("", "muted")
        self.reproduce.setEnabled(True)

    def say(self, text: str, tone: str) -> None:
        """Tell how reproducing went."""
        set_text(self.said, text)
        set_tone(self.said, tone)

    def set_theme(self, theme: Theme) -> None:
        self.settings.set_theme(theme)
        self.passport.set_theme(theme)


def _without_size(rules: str, result: BacktestResult) -> str:
    from shared_modules.system_integration.backtesting import size_in_words

    return rules.replace(size_in_words(result.request.size), texts.VEIL)


def setting_rows(result: BacktestResult, zone: str) -> list[Words]:
    """The request in words; what was left at nothing is not listed."""
    from shared_modules.system_integration.backtesting import settings_of

    request = result.request
    rows = [
        ("Strategy", request.strategy),
        *((f"   {name.replace('_', ' ')}", _word(value)) for name, value in result.parameters.items()),
        ("Symbols", ", ".join(result.symbols)),
        ("Timeframe", result.timeframe),
        ("From", texts.when(int(result.time[0]), zone) if len(result.time) else texts.UNKNOWN),
        ("To", texts.when(int(result.close_time[-1]), zone) if len(result.time) else texts.UNKNOWN),
        ("Bars", f"{result.bars:,}"),
    ]
    for name, value in settings_of(request).items():
        if name not in _LEFT_OUT and value not in (None, False, [], {}) and name != "timeframe":
            rows.append((name.replace("_", " ").capitalize(), _setting(name, value)))
    rows += [(f"Fees of {symbol}", f"maker {fees.maker:.4%}, taker {fees.taker:.4%}")
             for symbol, fees in request.fees.items()]  # fmt: skip
    rows.append(("Computed in", texts.seconds(result.seconds)))
    return rows


def passport_rows(result: BacktestResult) -> list[Words]:
    """The passport of ``result`` in words."""
    passport = result.passport
    rows = [("Passport", passport.id), ("Outcome", passport.outcome)]
    rows += [(str(p), f"{p.rows:,} rows, {p.sha256}") for p in passport.data]
    rows += [("Strategy's file", passport.strategy_code or "not known"),
             ("Engine", f"{passport.engine_version}  {passport.engine_code}".strip()),
             ("Seed", "nothing is drawn" if passport.seed is None else str(passport.seed))]  # fmt: skip
    return rows + [(name, version or "not installed") for name, version in passport.versions.items()]


def _word(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _setting(name: str, value: Any) -> str:
    if name in ("fee", "maker_fee", "stop_loss", "take_profit", "trailing_stop", "break_even", "risk_free"):
        return f"{value * 100:g} %"
    if name == "cash":
        return texts.number(value, 2)
    if name == "size":
        from shared_modules.system_integration.backtesting import Sizing, size_in_words

        return size_in_words(Sizing(**value))
    if isinstance(value, dict):
        return ", ".join(f"{k} {_word(v)}" for k, v in value.items() if v not in (None, [], ""))
    return _word(value) if not isinstance(value, list) else json.dumps(value)
