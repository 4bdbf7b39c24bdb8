"""A result as files that others read: complete, well formed, and saying the same figures."""

import csv
import dataclasses
import io
import json
import math
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.backtester import METRICS
from shared_modules.backtester.archive import unpack
from shared_modules.backtester.comparison import compare
from shared_modules.backtester.explain import written
from shared_modules.backtester.honesty.verdict import Verdict
from shared_modules.backtester.report import (
    KINDS,
    write,
    write_comparison,
    write_csv,
    write_excel,
    write_html,
    write_json,
)
from shared_modules.backtester.report.plots import drawdown_plot, equity_plot
from shared_modules.backtester.report.svg import round_values, thinned, time_ticks
from shared_modules.backtester.result import trade_json
from shared_modules.core.errors import StoreError, UnknownName
from shared_modules.core.timeframes import DAY, MINUTE
from tests.backtester.results import nothing, portfolio

VOID = {"meta", "br"}


class Page(HTMLParser):
    """The text of a page; fails when its elements are not nested."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.tags = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def page_of(result, tmp_path, title=""):
    return write_html(result, tmp_path / "r.html", title).read_text(encoding="utf-8")


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_the_page_is_one_file_that_fetches_nothing(tmp_path):
    text = page_of(portfolio(), tmp_path)
    page = Page(text)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert not re.search(r"https?://|url\(|@import", text)
    assert "prefers-color-scheme: dark" in text


def test_a_comparison_is_a_page_of_its_own_with_the_best_marked(tmp_path):
    runs = [portfolio(1), portfolio(2)]
    path = write_comparison(compare(runs, ["<one>", "two"]), tmp_path / "pages" / "both.html")
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert "&lt;one&gt;" in text
    assert "<one>" not in text
    best = written(max(r.metrics["sharpe"] for r in runs), "ratio")
    assert f"<td class=best>{best}</td>" in text
    assert text.count('class="line run') >= 2
    assert "Correlation of daily returns" in page.text


def test_the_page_tells_every_figure_as_the_program_does(tmp_path):
    told = Page(page_of(portfolio(), tmp_path)).text
    for m in METRICS:
        assert m.title in told
        assert written(portfolio().metrics[m.name], m.unit) in told


def test_the_page_has_plots_months_trades_costs_settings_and_passport(tmp_path):
    text = page_of(portfolio(), tmp_path)
    assert text.count("<svg") == 4
    for title in ("Equity and drawdown", "Monthly returns", "Distribution of trades", "Rolling Sharpe ratio", "Costs",
                  "Where it was made and lost", "What became of the signals", "Settings", "Passport"):  # fmt: skip
        assert f"<h2>{title}" in text
    assert portfolio().passport.id in text
    assert portfolio().passport.data[0].sha256 in text
    assert f"Trades ({len(portfolio().trades):,})" in text


def test_every_plot_is_well_formed_and_stays_within_its_frame(tmp_path):
    for svg in re.findall(r"<svg.*?</svg>", page_of(portfolio(), tmp_path), re.DOTALL):
        root = ElementTree.fromstring(svg)
        width, height = map(float, root.attrib["viewBox"].split()[2:])
        for line in root.iter("polyline"):
            for point in line.attrib["points"].split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= width
                assert 0 <= y <= height


def test_the_band_is_drawn_where_bars_are_ambiguous():
    assert portfolio().ambiguous_bars > 0
    assert 'class="area band"' in equity_plot(portfolio())
    assert 'class="area band"' not in equity_plot(nothing())


def test_a_long_curve_keeps_its_deepest_point():
    fall = portfolio().drawdown
    assert len(fall) > 900
    thin = thinned(np.arange(len(fall), dtype=float), [(fall, "min")])[1][0]
    assert len(thin) <= 900
    assert thin.min() == fall.min()
    assert "polyline" in drawdown_plot(portfolio())


def test_verdicts_stand_on_the_page_the_worst_first(tmp_path):
    said = (Verdict("gaps", "good", "None."), Verdict("costs", "bad", "Costs <ate> it.", ("fees & more",)))
    text = page_of(dataclasses.replace(portfolio(), honesty=said), tmp_path)
    assert text.index("Costs &lt;ate&gt; it.") < text.index("None.")
    assert "fees &amp; more" in text


def test_a_title_is_text_and_never_markup(tmp_path):
    text = page_of(portfolio(), tmp_path, "<script>alert(1)</script>")
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_result_without_trades_is_a_page_too(tmp_path):
    page = Page(page_of(nothing(), tmp_path))
    assert any("There were none" in text for text in page.text)


def test_the_csv_files_hold_all_trades_and_the_whole_curve(tmp_path):
    files = {p.stem: p for p in write_csv(portfolio(), tmp_path / "out")}
    trades = rows_of(files["trades"])
    assert len(trades) == len(portfolio().trades)
    assert math.fsum(float(t["pnl"]) for t in trades) == pytest.approx(portfolio().metrics["net_profit"], rel=1e-9)
    equity = rows_of(files["equity"])
    assert [float(r["equity"]) for r in equity] == portfolio().equity.tolist()
    assert float(equity[-1]["drawdown"]) == portfolio().drawdown[-1]
    cash = rows_of(files["cash"])
    assert 10_000 + math.fsum(float(r["amount"]) for r in cash) == pytest.approx(portfolio().final_equity, rel=1e-9)
    assert len(rows_of(files["signals"])) == len(portfolio().outcomes)
    assert {r["key"] for r in rows_of(files["by_side"])} == {"long", "short"}
    metrics = {r["name"]: r["value"] for r in rows_of(files["metrics"])}
    assert float(metrics["sharpe"]) == portfolio().metrics["sharpe"]


def test_funding_paid_is_above_zero_in_every_file(tmp_path):
    trades = tuple(dataclasses.replace(t, funding=-1.5) for t in portfolio().trades)
    files = {p.stem: p for p in write_csv(dataclasses.replace(portfolio(), trades=trades), tmp_path / "out")}
    for name in ("trades", "by_symbol", "by_hour"):
        assert math.fsum(float(r["funding"]) for r in rows_of(files[name])) == 1.5 * len(trades), name
    assert trade_json(trades[0])["funding"] == 1.5


def test_the_page_writes_the_price_of_a_small_coin_without_an_exponent(tmp_path):
    trades = tuple(dataclasses.replace(t, entry_price=1.2345e-5, qty=1.5e8) for t in portfolio().trades)
    page = page_of(dataclasses.replace(portfolio(), trades=trades), tmp_path)
    assert "<td>0.000012345</td>" in page
    assert "<td>150,000,000</td>" in page


def test_the_workbook_opens_with_every_sheet_and_the_same_numbers(tmp_path):
    book = openpyxl.load_workbook(write_excel(portfolio(), tmp_path / "r.xlsx", "=1+1"), read_only=True)
    assert book.sheetnames[:5] == ["Figures", "Settings", "Trades", "Equity", "Months"]
    trades = list(book["Trades"].iter_rows(values_only=True))
    assert len(trades) == 1 + len(portfolio().trades)
    first = dict(zip(trades[0], trades[1], strict=True))
    assert first["pnl"] == portfolio().trades[0].pnl
    assert first["entry time"].timestamp  # a moment, not a text
    figures = {row[0]: row[1] for row in book["Figures"].iter_rows(values_only=True)}
    assert figures["Sharpe ratio"] == portfolio().metrics["sharpe"]
    settings = {row[0]: row[1] for row in book["Settings"].iter_rows(values_only=True)}
    assert settings["title"] == "=1+1", "a text that looks like a formula stays a text"
    book.close()


def test_the_json_is_strict_and_whole(tmp_path):
    found = json.loads(write_json(nothing(), tmp_path / "r.json").read_text(encoding="utf-8"))
    assert found["metrics"]["win_rate"] is None
    whole = json.loads(write_json(portfolio(), tmp_path / "p.json").read_text(encoding="utf-8"))
    assert len(whole["trades"]) == len(portfolio().trades)
    assert whole["equity"]["value"] == portfolio().equity.tolist()
    assert whole["passport"]["id"] == portfolio().passport.id
    assert sum(g["trades"] for g in whole["breakdowns"]["hour"]) == len(portfolio().trades)


@pytest.mark.parametrize("kind", KINDS)
def test_the_ending_tells_the_kind(tmp_path, kind):
    files = write(nothing(), tmp_path / ("folder" if kind == "csv" else f"r.{kind}"))
    assert all(file.stat().st_size > 0 for file in files)
    assert all(file.suffix == f".{kind}" for file in files)


def test_the_programs_own_file_is_read_again(tmp_path):
    (file,) = write(portfolio(), tmp_path / "r.tbrun")
    assert unpack(file.read_bytes()).trades == portfolio().trades


def test_an_unknown_kind_and_a_place_that_can_not_be_written_are_said(tmp_path):
    with pytest.raises(UnknownName, match="'html'"):
        write(nothing(), tmp_path / "r.htm")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot write"):
        write(nothing(), tmp_path / "file" / "r.html")


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(3, 12))
def test_round_values_lie_inside_and_are_neither_too_few_nor_too_many(low, span, count):
    found = round_values(low, low + span, count)
    assert all(low - span * 1e-6 <= v <= low + span * (1 + 1e-6) for v in found)
    assert 1 <= len(found) <= count + 1
    assert found == sorted(set(found))


@given(st.integers(10 * MINUTE, 6000 * DAY), st.integers(0, 20_000 * DAY))
def test_moments_on_the_axis_lie_inside_and_have_room(span, start):
    found = time_ticks(float(start), float(start + span))
    assert len(found) <= 20
    assert all(start <= at <= start + span for at, _ in found)
    assert len({text for _, text in found}) == len(found)
