"""A result as one page: no script, nothing fetched, light or dark as the reader's system is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from shared_modules.backtester.breakdown import GROUPS
from shared_modules.backtester.explain import explain, written
from shared_modules.backtester.metrics import METRICS
from shared_modules.backtester.notes import rules_in_force
from shared_modules.backtester.request import run_title
from shared_modules.backtester.result import BacktestResult
from shared_modules.core.figures import plain

from . import plots, tables
from .style import STYLE

MOST_TRADES = 2_000
_CARDS = ("net_profit", "total_return", "cagr", "max_drawdown", "sharpe", "sortino", "profit_factor", "win_rate",
          "trades", "buy_and_hold_return")  # fmt: skip
_SIGNED = {"net_profit", "total_return", "cagr", "buy_and_hold_return", "sharpe", "sortino"}
_GROUP_TITLES = {"symbol": "By symbol", "side": "By side", "exit_reason": "By exit", "weekday": "By weekday of entry",
                 "hour": "By hour of entry (UTC)", "month": "By month of exit"}  # fmt: skip
_GROUP_SHOWN = ("key", "trades", "pnl", "win_rate", "profit_factor", "expectancy")
_LEVELS = {"good": "✓ good", "warning": "! look at it", "bad": "✗ bad", "unknown": "? not known"}


def page(result: BacktestResult, title: str = "") -> str:
    """The whole page as text."""
    title = title or run_title(result.request.strategy, result.symbols)
    sections = (
        _head(result, title), _verdicts(result), _curves(result), _months(result), _spread(result), _figures(result),
        _groups(result), _costs(result), _trades(result), _notes(result), _settings(result),
    )  # fmt: skip
    return document(title, *sections)


def document(title: str, *parts: str) -> str:
    """``parts`` of HTML as a page in the reports' style."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        + "".join(parts)
        + "</main></body></html>\n"
    )


def _head(result: BacktestResult, title: str) -> str:
    span = f"{tables.iso(result.time[0])[:16]} to {tables.iso(result.close_time[-1])[:16]} UTC"
    cards = []
    for m in METRICS:
        if m.name in _CARDS:
            value = result.metrics.get(m.name, math.nan)
            tone = "" if m.name not in _SIGNED or math.isnan(value) or value == 0 else ("gain" if value > 0 else "loss")
            cards.append(f'<div><span>{escape(m.title)}</span><b class="{tone}">{written(value, m.unit)}</b></div>')
    return (
        f'<h1>{escape(title)}</h1><p class="quiet">{escape(", ".join(result.symbols))} · {result.timeframe} · '
        f"{result.bars:,} bars · {span} · passport {result.passport.id}</p>"
        f'<div class="cards">{"".join(cards)}</div>'
    )


def section(title: str, body: str, said: str = "") -> str:
    """A part of a page under its title; nothing without a body."""
    if not body:
        return ""
    return (
        f"<section><h2>{escape(title)}</h2>"
        + (f'<p class="quiet">{escape(said)}</p>' if said else "")
        + body
        + "</section>"
    )


def _verdicts(result: BacktestResult) -> str:
    order = {level: i for i, level in enumerate(("bad", "warning", "unknown", "good"))}
    rows = []
    for v in sorted(result.honesty, key=lambda v: order.get(v.level, 2)):
        details = "".join(f"<li>{escape(d)}</li>" for d in v.details)
        details = f"<ul>{details}</ul>" if details else ""
        rows.append(
            f'<div class="verdict {escape(v.level)}"><span class="level">{_LEVELS.get(v.level, escape(v.level))}</span>'
            f"<b>{escape(v.check.replace('_', ' '))}</b><div>{escape(v.text)}{details}</div></div>"
        )
    return section("Can it be believed?", "".join(rows))


def _curves(result: BacktestResult) -> str:
    legend = [("--accent", "equity"), ("--held", "buy and hold")]
    if result.ambiguous_bars:
        legend.append(("--band", f"band of {result.ambiguous_bars:,} ambiguous bars"))
    marks = "".join(f'<span><i style="background:var({colour})"></i>{text}</span>' for colour, text in legend)
    return section(
        "Equity and drawdown",
        f'<div class="legend">{marks}</div>{plots.equity_plot(result)}{plots.drawdown_plot(result)}',
    )


def _months(result: BacktestResult) -> str:
    rows = [list(row) for row in tables.month_rows(result)]
    # quiet months are pale, however quiet all of them were
    most = max(0.05, *(abs(v) for row in rows for v in row[1:-1] if v is not None), 0.0)
    body = "".join(
        f"<tr><th>{row[0]}</th>" + "".join(_heat(v, most) for v in row[1:-1]) + _heat(row[-1], math.inf) + "</tr>"
        for row in rows
    )
    head = "".join(f"<th>{name}</th>" for name in ("", *tables.MONTHS, "Year"))
    return section("Monthly returns", f'<table class="heat"><tr>{head}</tr>{body}</table>')


def _heat(value: float | None, most: float) -> str:
    if value is None:
        return "<td></td>"
    share = round(min(1.0, abs(value) / most) * 65) if math.isfinite(most) else 0
    colour = "--gain" if value >= 0 else "--loss"
    return f'<td style="background:color-mix(in srgb, var({colour}) {share}%, transparent)">{value:+.1%}</td>'


def _spread(result: BacktestResult) -> str:
    trades, rolling = plots.distribution_plot(result), plots.rolling_plot(result)
    return section(
        "Distribution of trades", trades, "Return of each trade on the value entered, after costs."
    ) + section("Rolling Sharpe ratio", rolling, "Of the last 30 days.")


def _figures(result: BacktestResult) -> str:
    items = []
    for m in METRICS:
        if m.name not in result.metrics:
            continue
        found = explain(result, m.name)
        rows = "".join(f"<tr><td>{escape(a)}</td><td>{escape(b)}</td></tr>" for a, b in found.rows)
        items.append(
            f"<details><summary><span>{escape(m.title)}</span><b>{found.rows[-1][1]}</b></summary>"
            f"<div><p>{escape(found.text)} {escape(found.formula)}; from {escape(found.source)}.</p>"
            f"<table>{rows}</table></div></details>"
        )
    half = (len(items) + 1) // 2
    body = f'<div class="two"><div>{"".join(items[:half])}</div><div>{"".join(items[half:])}</div></div>'
    rate = result.request.risk_free
    said = f"Open a figure to see what it is made of. Years have 365 days; the risk-free rate is {rate:.2%} a year."
    return section("Figures", body, said)


def _groups(result: BacktestResult) -> str:
    if not len(result.trades):
        return ""
    parts = []
    places = [tables.GROUP_COLUMNS.index(name) for name in _GROUP_SHOWN]
    for by in sorted(GROUPS, key=list(_GROUP_TITLES).index):
        rows = [[row[i] for i in places] for row in map(list, tables.group_rows(result, by))]
        head = ("", "trades", "profit", "win rate", "profit factor", "expectancy")
        parts.append(f"<div><h3>{_GROUP_TITLES[by]}</h3>" + _table(head, ([_word(r[0]), f"{r[1]:,}", _money(r[2]),
                     _percent(r[3]), _number(r[4]), _money(r[5])] for r in rows)) + "</div>")  # fmt: skip
    return section("Where it was made and lost", f'<div class="two">{"".join(parts)}</div>')


def _costs(result: BacktestResult) -> str:
    costs = [(name, _money(value)) for name, value in tables.cost_rows(result)]
    signals = [(outcome.value, f"{n:,}") for outcome, n in result.outcomes.counts().items()]
    parts = [_part("Costs", _table(("slippage is already in the prices", "quote coin"), costs))]
    if signals:
        parts.append(_part("What became of the signals", _table(("", "signals"), signals)))
    return f'<section><div class="two">{"".join(parts)}</div></section>'


def _part(title: str, body: str) -> str:
    return f"<div><h2>{escape(title)}</h2>{body}</div>"


def _trades(result: BacktestResult) -> str:
    count = len(result.trades)
    if not count:
        return section("Trades", "<p>There were none; the signals above tell why.</p>")
    rows = list(tables.trade_rows(result))[-MOST_TRADES:]
    head = ("symbol", "side", "quantity", "entry", "price", "exit", "price", "reason", "bars", "fees", "funding",
            "profit", "return")  # fmt: skip
    shown = ([r[0], r[1], plain(r[2], 6), r[3][:16], plain(r[4], 8), r[5][:16], plain(r[6], 8), _word(r[7]), r[8],
              _money(r[9]), _money(r[10]), _money(r[11]), _percent(r[12])] for r in rows)  # fmt: skip
    said = "" if count <= MOST_TRADES else f"The last {MOST_TRADES:,}; all {count:,} are in the CSV export."
    return section(f"Trades ({count:,})", f'<div class="scroll">{_table(head, shown)}</div>', said)


def _notes(result: BacktestResult) -> str:
    rules = rules_in_force(result.request)
    notes = [rules, *(note for note in result.notes if note != rules)]
    return section("Notes", "<ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>")


def _settings(result: BacktestResult) -> str:
    parts = (("Settings", tables.setting_rows(result)), ("Passport", tables.passport_rows(result)))
    said = "With the same passport the result can be made again, byte for byte."
    return "".join(section(title, _pairs(rows), said if title == "Passport" else "") for title, rows in parts)


def _pairs(rows: Iterable[Sequence[Any]]) -> str:
    return "<table>" + "".join(
        f'<tr><td>{escape(str(a))}</td><td class="long">{escape(str(b))}</td></tr>' for a, b in rows
    ) + "</table>"  # fmt: skip


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    text = str(value)
    tone = ' class="loss"' if text.startswith("-") and text.strip("-0.,% ") else ""
    return f"<td{tone}>{escape(text)}</td>"


def _word(value: str) -> str:
    return value.replace("_", " ")


def _money(value: float | None) -> str:
    return "—" if value is None else written(value, "money")


def _percent(value: float | None) -> str:
    return "—" if value is None else written(value, "fraction")


def _number(value: float | None) -> str:
    return "—" if value is None else plain(value, 4)
