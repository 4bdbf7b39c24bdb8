"""Backtests with all their options, and what is done with those that were kept."""

import csv as csv_files
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared_modules.cli.backtest_request import request_of
from shared_modules.core.candle_files import write_candle_file
from shared_modules.core.errors import InvalidInput
from shared_modules.matching import Fees, FillRule, Margin, RiskTier, Sizing, Slippage
from tests.cli.test_commands import outcome, wave

BASE: dict[str, Any] = {
    "strategy": "sma_cross", "csv": None, "portfolio": None, "timeframe": None, "set_": None, "more": None,
    "detail": None, "funding": None, "mark": None, "start": None, "end": None, "cash": 10_000.0, "size": "equity=1.0",
    "fee": "0.00055", "maker_fee": None, "fees": None, "slippage": "0", "fill_rule": "touch", "latency": "0",
    "leverage": None, "margin": None, "stop_loss": None, "take_profit": None, "trailing_stop": None,
    "break_even": None, "max_bars": None, "max_entries": None, "max_positions": 0, "risk_free": "0",
    "borrow": "0", "rules": None, "tiers": None, "decide_by": "signals", "symbols": None, "bars": None,
    "target_order": "limit",
}  # fmt: skip


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "BTCUSDT_1m.csv"
    write_candle_file(path, wave())
    return path


def asked(file: Path, **options: Any) -> Any:
    return request_of(BASE | {"csv": [str(file)]} | options)


def backtest(capsys: pytest.CaptureFixture[str], csv: Path, *arguments: str) -> dict[str, Any]:
    code, out, err = outcome(
        capsys, "backtest", "--strategy", "sma_cross", "--csv", str(csv), "--json", "-", *arguments
    )
    assert code == 0, err
    return json.loads(out)


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        ({"slippage": "2bps"}, "slippage_bps", 2.0),
        ({"slippage": "spread=3bps"}, "slippage", Slippage("spread", 3.0)),
        ({"slippage": "impact=0.5"}, "slippage", Slippage("impact", 0.5)),
        ({"slippage": "table=1000:1,5000:2.5"}, "slippage", Slippage("table", table=((1000.0, 1.0), (5000.0, 2.5)))),
        ({"fill_rule": "through"}, "fill_rule", FillRule("through")),
        ({"fill_rule": "volume=0.25"}, "fill_rule", FillRule("volume", 0.25)),
        ({"fill_rule": "volume=25%"}, "fill_rule", FillRule("volume", 0.25)),
        ({"size": "equity=10%"}, "size", Sizing("equity", 0.1)),
        ({"size": "risk=50bps"}, "size", Sizing("risk", 0.005)),
        ({"latency": "1.5s"}, "latency_ms", 1500.0),
        ({"leverage": 5.0}, "margin", Margin(5.0)),
        ({"leverage": 5.0, "margin": "cross"}, "margin", Margin(5.0, "cross")),
        ({"fees": ["btcusdt=0.0001:0.05%"]}, "fees", {"BTCUSDT": Fees(0.0001, 0.0005)}),
        ({"maker_fee": "1bps"}, "maker_fee", 0.0001),
        ({"stop_loss": "2%"}, "stop_loss", 0.02),
        ({"trailing_stop": "0.03"}, "trailing_stop", 0.03),
        ({"risk_free": "3%"}, "risk_free", 0.03),
        ({"latency": "2"}, "latency", 2),
        ({"latency": "250ms"}, "latency_ms", 250.0),
        ({"target_order": "market"}, "target_order", "market"),
        ({"borrow": "8%"}, "borrow", 0.08),
        ({"decide_by": "on_bar"}, "decide_by", "on_bar"),
        (
            {"tiers": ["BTCUSDT=1000:0.01:50,inf:0.1:5"]},
            "risk_tiers",
            {"BTCUSDT": (RiskTier(1000.0, 0.01, 50.0), RiskTier(float("inf"), 0.1, 5.0))},
        ),
        ({"max_positions": 3}, "max_positions", 3),
        ({"bars": 50}, "newest", 50),
    ],
)
def test_an_option_becomes_what_it_stands_for(csv: Path, options: dict[str, Any], field: str, value: Any) -> None:
    found = getattr(asked(csv, **options), field)
    assert found == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"csv": None}, "--portfolio"),
        ({"bars": 0}, "newest"),
        ({"rules": ["BTCUSDT=step:-1"]}, "0 or more"),
        ({"slippage": "impact=much"}, "must be a number"),
        ({"slippage": "guess=1"}, "no slippage model 'guess'"),
        ({"slippage": "table=1000"}, "VALUE:BPS"),
        ({"size": "qty=10%"}, "'qty=10%' is not"),
        ({"size": "equity=200%"}, "0 to 1"),
        ({"fill_rule": "tuch"}, "'touch'"),
        ({"margin": "corss"}, "'cross'"),
        ({"fees": ["BTCUSDT"]}, "names no fees"),
        ({"fees": ["BTCUSDT=0.1%"]}, "SYMBOL=maker:taker"),
        ({"stop_loss": "2"}, "2"),
        ({"detail": "1m"}, "must be shorter"),
        ({"rules": ["BTCUSDT=tik:1"]}, "'tick'"),
        ({"rules": ["BTCUSDT=tick:x"]}, "must be a number"),
        ({"rules": ["tick:1"]}, "names no rules"),
        ({"tiers": ["BTCUSDT=1000:0.01"]}, "LIMIT:RATE:LEVERAGE"),
        ({"decide_by": "bar"}, "'on_bar'"),
        ({"target_order": "maket"}, "'market'"),
        ({"latency": "soon"}, "250ms"),
        ({"latency": "-5ms"}, "latency_ms"),
        ({"latency": "-1"}, "latency"),
        ({"detail": "nowhere.csv"}, "there is no file nowhere.csv"),
    ],
)
def test_an_option_that_can_not_be_is_refused_in_a_sentence(csv: Path, options: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        asked(csv, **options)


def test_symbols_are_found_in_the_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "candles" / "bybit" / "linear"
    write_candle_file(folder / "BTCUSDT" / "1m.csv", wave())
    write_candle_file(folder / "ETHUSDT" / "1m.csv", wave())
    found = request_of(BASE | {"symbols": "btcusdt,ETHUSDT", "timeframe": "5m", "data_dir": tmp_path})
    assert [(s.symbol, Path(s.path).name) for s in found.sources] == [("BTCUSDT", "1m.csv"), ("ETHUSDT", "1m.csv")]
    for options, says in (({"symbols": "BTCUSD"}, "BTCUSDT"), ({"symbols": "BTCUSDT", "timeframe": "7m"}, "timeframe")):
        with pytest.raises(InvalidInput, match=says):
            request_of(BASE | options | {"data_dir": tmp_path})


def test_rules_of_an_exchange_round_what_is_bought(capsys: pytest.CaptureFixture[str], csv: Path) -> None:
    found = backtest(capsys, csv, "--no-checks", "--set", "fast=5", "slow=20", "--rules", "BTCUSDT=step:0.5,min:1")
    assert found["trades"]
    assert all(t["qty"] % 0.5 == 0.0 for t in found["trades"])


def test_a_folder_is_a_portfolio_with_funding_by_symbol(tmp_path: Path) -> None:
    folder = tmp_path / "5m"
    folder.mkdir()
    for symbol in ("BTCUSDT", "ETHUSDT"):
        write_candle_file(folder / f"{symbol}_1m.csv", wave())
    funding = tmp_path / "ETHUSDT_funding.csv"
    funding.write_text("timestamp,funding_rate\n1740800000000,0.0001\n", encoding="utf-8")
    found = request_of({**BASE, "portfolio": str(folder), "funding": [str(funding)]})
    assert [(s.symbol, s.funding_path) for s in found.sources] == [("BTCUSDT", None), ("ETHUSDT", str(funding))]
    with pytest.raises(InvalidInput, match="no file with mark prices"):
        request_of({**BASE, "portfolio": str(folder), "mark": [str(funding.rename(tmp_path / "SOLUSDT_mark_1h.csv"))]})
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InvalidInput, match="no candle file in"):
        request_of({**BASE, "portfolio": str(empty)})


@pytest.mark.parametrize("kind", ["funding", "mark", "detail"])
def test_a_file_of_another_symbol_is_not_taken_for_the_only_one(tmp_path: Path, csv: Path, kind: str) -> None:
    other, nameless = tmp_path / "ETHUSDT_rates.csv", tmp_path / "rates.csv"
    for path in (other, nameless):
        path.write_text("timestamp,funding_rate\n1740800000000,0.0001\n", encoding="utf-8")
    given = (lambda path: str(path)) if kind == "detail" else (lambda path: [str(path)])
    with pytest.raises(InvalidInput, match="called after one of BTCUSDT"):
        asked(csv, **{kind: given(other)})
    (source,) = asked(csv, **{kind: given(nameless)}).sources
    assert getattr(source, f"{kind}_path") == str(nameless)


def test_detail_is_the_file_itself_or_made_of_it(csv: Path) -> None:
    own = asked(csv, timeframe="1h", detail="1m")
    assert own.detail
    assert own.sources[0].detail is None
    made = asked(csv, timeframe="1h", detail="5m")
    assert not made.detail
    assert np.array_equal(np.diff(made.sources[0].detail.time), np.full(119, 300_000))


def test_options_change_the_result_and_the_result_tells_them(capsys: pytest.CaptureFixture[str], csv: Path) -> None:
    plain = backtest(capsys, csv, "--no-checks", "--set", "fast=5", "slow=20")
    levered = backtest(
        capsys, csv, "--no-checks", "--set", "fast=5", "slow=20", "--leverage", "3", "--stop-loss", "1%",
        "--slippage", "spread=4bps", "--portfolio", "--max-positions", "1",
    )  # fmt: skip
    assert levered["final_equity"] != plain["final_equity"]
    assert len(levered["trades"]) == len(plain["trades"])
    assert "leverage 3" in levered["notes"][0]
    assert levered["passport"]["settings"]["margin"] == {"leverage": 3.0, "mode": "isolated"}
    assert plain["honesty"] == []


def test_a_backtest_is_checked_unless_told_otherwise(capsys: pytest.CaptureFixture[str], csv: Path) -> None:
    found = backtest(capsys, csv)
    assert "trades" in {v["check"] for v in found["honesty"]}


def test_report_and_trades_are_written(capsys: pytest.CaptureFixture[str], csv: Path, tmp_path: Path) -> None:
    report, trades = tmp_path / "out" / "r.html", tmp_path / "t.csv"
    code, out, _ = outcome(
        capsys, "backtest", "--strategy", "sma_cross", "--csv", str(csv), "--no-checks", "--report", str(report),
        "--trades", str(trades), "--name", "My <run>",
    )  # fmt: skip
    assert code == 0
    assert "r.html" in out
    assert "My &lt;run&gt;" in report.read_text(encoding="utf-8")
    rows = list(csv_files.DictReader(trades.read_text(encoding="utf-8").splitlines()))
    assert rows[0]["symbol"] == "BTCUSDT"
    assert f"of {len(rows)} trades" in out


def test_kept_runs_are_listed_shown_compared_exported_made_again_and_deleted(
    capsys: pytest.CaptureFixture[str], csv: Path, tmp_path: Path, data_dir: Path
) -> None:
    place = ("--data-dir", str(data_dir))
    for fast in ("5", "7"):
        backtest(
            capsys, csv, "--no-checks", "--set", f"fast={fast}", "slow=20", "--keep", "--name", f"Fast {fast}", *place
        )
    runs = json.loads(outcome(capsys, "runs", "list", "--json", "-", *place)[1])
    assert [r["title"] for r in runs] == ["Fast 7", "Fast 5"]
    assert "Fast 7" in outcome(capsys, "runs", "list", *place)[1]
    shown = json.loads(outcome(capsys, "runs", "show", runs[1]["id"], "--json", "-", *place)[1])
    assert (shown["title"], shown["parameters"]["fast"]) == ("Fast 5", 5)

    both = json.loads(outcome(capsys, "compare", *(r["id"] for r in runs), "--json", "-", *place)[1])
    assert both["names"] == ["Fast 7", "Fast 5"]
    assert both["metrics"]["trades"]["values"][1] == len(shown["trades"])
    assert "Side by side" in outcome(capsys, "compare", *(r["id"] for r in runs), *place)[1]

    file = tmp_path / "fast.tbrun"
    assert outcome(capsys, "runs", "export", "last", str(file), *place)[0] == 0
    code, out, _ = outcome(capsys, "reproduce", str(file), *place)
    assert (code, "byte for byte" in out) == (0, True)

    changed = wave()
    changed.close[:] *= 1.01
    changed.high[:] *= 1.01
    write_candle_file(csv, changed)
    code, out, _ = outcome(capsys, "reproduce", "last", "--json", "-", *place)
    assert code == 1
    found = json.loads(out)
    assert not found["same"]
    assert found["differences"][0].startswith("The candles of BTCUSDT 1m are not the same")

    assert outcome(capsys, "runs", "delete", runs[0]["id"], *place)[0] == 0
    code, _, err = outcome(capsys, "runs", "show", runs[0]["id"], *place)
    assert (code, "there is no run" in err) == (2, True)
    for arguments, says in (
        (("reproduce", str(tmp_path / "nowhere" / "a")), "there is no file"),
        (("compare", "last"), "at least two runs"),
    ):
        code, _, err = outcome(capsys, *arguments, "--data-dir", str(tmp_path))
        assert (code, says in err, err.count("\n")) == (2, True, 1)


def test_moved_candles_are_named_to_make_a_run_again(
    capsys: pytest.CaptureFixture[str], csv: Path, tmp_path: Path, data_dir: Path
) -> None:
    place = ("--data-dir", str(data_dir))
    backtest(capsys, csv, "--no-checks", "--keep", *place)
    moved = tmp_path / "elsewhere" / "BTCUSDT.csv"
    moved.parent.mkdir()
    csv.rename(moved)
    code, _, err = outcome(capsys, "reproduce", "last", *place)
    assert (code, "there is no file" in err) == (1, True)
    assert outcome(capsys, "reproduce", "last", "--csv", str(moved), *place)[0] == 0
    other = moved.with_name("ETHUSDT.csv")
    other.write_bytes(moved.read_bytes())
    code, _, err = outcome(capsys, "reproduce", "last", "--csv", str(other), *place)
    assert (code, "called after one of BTCUSDT" in err) == (2, True)


def test_comparing_one_run_is_refused(capsys: pytest.CaptureFixture[str], csv: Path, data_dir: Path) -> None:
    backtest(capsys, csv, "--no-checks", "--keep", "--data-dir", str(data_dir))
    code, _, err = outcome(capsys, "compare", "last", "--data-dir", str(data_dir))
    assert (code, "at least two" in err) == (2, True)


def test_runs_are_compared_by_their_names_as_a_page_alone(
    capsys: pytest.CaptureFixture[str], csv: Path, data_dir: Path
) -> None:
    place = ("--data-dir", str(data_dir))
    for name, fast in (("quick", "5"), ("slow one", "9")):
        backtest(capsys, csv, "--no-checks", "--set", f"fast={fast}", "slow=20", "--keep", "--name", name, *place)
    code, out, _ = outcome(capsys, "compare", "quick", "slow one", "--json", "-", *place)
    assert (code, "slow one" in out) == (0, True)
    code, _, err = outcome(capsys, "compare", "quick", "slow one", "--report", "both.xlsx", *place)
    assert (code, "call it FILE.html, not both.xlsx" in err) == (2, True)


def test_a_file_that_is_no_run_is_refused(capsys: pytest.CaptureFixture[str], csv: Path) -> None:
    code, _, err = outcome(capsys, "reproduce", str(csv))
    assert (code, "no stored backtest" in err) == (2, True)


def test_a_report_that_can_not_be_written_is_said(capsys: pytest.CaptureFixture[str], csv: Path) -> None:
    code, _, err = outcome(
        capsys, "backtest", "--strategy", "sma_cross", "--csv", str(csv), "--no-checks", "--report", str(csv / "x.html")
    )
    assert code == 1
    assert "cannot write to" in err


def test_a_kind_of_report_that_there_is_not_is_refused_before_the_run(
    capsys: pytest.CaptureFixture[str], csv: Path
) -> None:
    code, out, err = outcome(
        capsys, "backtest", "--strategy", "sma_cross", "--csv", str(csv), "--no-checks", "--report", "x.docx"
    )
    assert (code, out) == (2, "")
    assert "there are: html" in err


def test_a_run_is_kept_though_its_report_can_not_be_written(
    capsys: pytest.CaptureFixture[str], csv: Path, data_dir: Path
) -> None:
    place = ("--data-dir", str(data_dir))
    asked = ("--strategy", "sma_cross", "--csv", str(csv), "--no-checks", "--keep", "--report", str(csv / "x.html"))
    assert outcome(capsys, "backtest", *asked, *place)[0] == 1
    assert len(json.loads(outcome(capsys, "runs", "list", "--json", "-", *place)[1])) == 1
