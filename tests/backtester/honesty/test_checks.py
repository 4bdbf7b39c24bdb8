import json
import pickle
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shared_modules.backtester.run as run_module
from shared_modules.backtester import BacktestRequest, BarSource, Fees, run_backtest
from shared_modules.backtester.data import load
from shared_modules.backtester.honesty import LEVELS, Verdict, check_result, questions, run_checked
from shared_modules.backtester.honesty import checked as checked_module
from shared_modules.backtester.honesty.chance import _draws, against_chance
from shared_modules.backtester.honesty.ground import Ground
from shared_modules.backtester.honesty.made_up import made_up_bars
from shared_modules.backtester.honesty.questions import Market, check_indicator, check_strategy, strategy_of
from shared_modules.backtester.honesty.twoforms import two_forms
from shared_modules.backtester.honesty.verdict import worst
from shared_modules.backtester.honesty.warmup import needed_history, warm_up
from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import write_candle_file
from shared_modules.core.errors import Cancelled, InvalidInput
from shared_modules.core.market import Side
from shared_modules.core.parameters import param
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import TIMEFRAMES
from shared_modules.core.trading import ExitReason
from shared_modules.indicators import catalogue, ema, sma
from shared_modules.strategies.base import Decision, Signals, Strategy
from shared_modules.strategies.stepper import Stepper
from tests.strategies.markets import START, random_bars

M5 = TIMEFRAMES["5m"]


def request(bars=None, strategy="sma_cross", parameters=None, **options):
    bars = random_bars(3000, 1) if bars is None else bars
    given_ = bars if isinstance(bars, dict) else {"BTCUSDT": bars}
    sources = tuple(BarSource(symbol, "5m", bars=b) for symbol, b in given_.items())
    return BacktestRequest(strategy, parameters or {}, sources, **options)


def verdicts(asked, result=None):
    result = run_backtest(asked) if result is None else result
    return {v.check: v for v in check_result(asked, result)}


def test_a_checked_run_is_the_same_run_with_a_verdict_of_each_check():
    asked = request()
    plain, checked = run_backtest(asked), run_checked(asked)
    assert checked.trades == plain.trades
    assert checked.equity.tobytes() == plain.equity.tobytes()
    assert [v.check for v in checked.honesty] == [name for name, _ in checked_module.CHECKS]
    assert all(v.level in LEVELS and v.text.endswith(".") for v in checked.honesty)
    assert plain.honesty == ()


def test_verdicts_travel_between_processes_and_into_json():
    found = run_checked(request()).honesty
    assert pickle.loads(pickle.dumps(found)) == found
    assert json.loads(json.dumps(found[0].to_json()))["check"] == "look-ahead"


def test_the_same_run_has_the_same_verdicts_twice():
    assert run_checked(request()).honesty == run_checked(request()).honesty


def test_a_check_that_breaks_is_unknown_and_leaves_the_others(monkeypatch):
    def broken(about, progress):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(checked_module, "CHECKS", (("volume", broken), *checked_module.CHECKS[-1:]))
    first, last = run_checked(request()).honesty
    assert (first.level, "by nothing" in first.text, last.level) == ("unknown", True, "good")


def test_checks_report_their_progress_and_stop_when_told_to():
    reports = []
    run_checked(request(), Progress(reports.append, every=0.0))
    shares = [r.share for r in reports]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert any("look-ahead" in r.text for r in reports)
    progress = Progress(lambda r: progress.cancel() if "warm-up" in r.text else None, every=0.0)
    with pytest.raises(Cancelled):
        run_checked(request(), progress)


def test_the_worst_of_verdicts_is_the_most_serious():
    some = tuple(Verdict("a", level, "b.") for level in ("good", "unknown", "warning"))
    assert worst(some) == "warning"
    assert worst(()) == "unknown"


# trades


def changed(result, **of_trades):
    return replace(result, trades=tuple(replace(t, **of_trades) for t in result.trades))


def with_profits(result, *profits):
    return replace(result, trades=tuple(replace(t, pnl=p) for t, p in zip(result.trades, profits, strict=False)))


def test_few_trades_are_a_warning_and_hardly_any_are_bad():
    asked = request()
    result = run_backtest(asked)
    assert len(result.trades) >= 30
    levels = [verdicts(asked, replace(result, trades=result.trades[:n]))["trades"].level for n in (30, 29, 9)]
    assert levels == ["good", "warning", "bad"]


def test_a_profit_that_one_trade_made_is_bad_and_says_what_is_left_without_it():
    asked = request()
    result = with_profits(run_backtest(asked), 1000.0, -50.0, -60.0, 20.0)
    found = verdicts(asked, result)["single trades"]
    assert (found.level, "1,000.00 of 910.00" in found.text) == ("bad", True)
    assert "Without it: -90.00." in found.details


def test_a_profit_of_many_like_trades_is_good():
    asked = request()
    found = verdicts(asked, with_profits(run_backtest(asked), *[10.0] * 30))["single trades"]
    assert found.level == "good"
    assert found.text == "The best trade made 3% of the profit, the best five 17%."


def test_a_result_that_the_end_of_the_data_made_is_a_warning():
    asked = request()
    result = with_profits(run_backtest(asked), *[-1.0] * 29, 50.0)
    ended = replace(result, trades=(*result.trades[:-1], replace(result.trades[-1], exit_reason=ExitReason.END)))
    found = verdicts(asked, ended)["open at the end"]
    assert (found.level, found.details[0]) == ("warning", "Without them: -29.00.")


# the account


def test_costs_are_told_as_a_share_of_the_profit_before_them():
    asked = request()
    result = replace(run_backtest(asked), costs={"fees": 30.0, "slippage": 10.0, "total": 40.0})
    for profit, level in ((160.0, "good"), (30.0, "warning"), (-20.0, "bad"), (-50.0, "warning")):
        assert verdicts(asked, with_profits(result, profit))["costs"].level == level
    assert "Costs took 20% of the profit before costs: 40.00 of 200.00." in (
        verdicts(asked, with_profits(result, 160.0))["costs"].text
    )


def test_a_run_without_costs_is_a_warning():
    assert verdicts(request(fee=0.0))["costs"].level == "warning"


def test_a_band_that_holds_profit_and_loss_is_bad():
    asked = request()
    result = run_backtest(asked)
    band = {"equity_best": result.equity, "equity_worst": result.equity - 1e6, "ambiguous_bars": 5}
    assert verdicts(asked, result)["ambiguous bars"].level == "good"
    found = verdicts(asked, replace(result, **band))["ambiguous bars"]
    assert (found.level, "1,000,000.00" in found.text) == ("bad", True)


def test_an_equity_that_is_no_number_is_bad():
    asked = request()
    result = run_backtest(asked)
    equity = result.equity.copy()
    equity[7] = np.nan
    assert verdicts(asked, replace(result, equity=equity))["figures"].level == "bad"


def test_parameters_at_the_end_of_their_range_are_named_and_defaults_are_not():
    assert verdicts(request(parameters={"fast": 1}))["parameters"].details == ("'fast' is 1, and may be 1 to 999.",)
    assert verdicts(request())["parameters"].level == "good"


# the candles


def with_volume(bars, volume):
    return Bars.of(bars.time, bars.open, bars.high, bars.low, bars.close, np.full(len(bars), volume))


def test_fills_larger_than_the_volume_of_their_bar_are_bad():
    bars = random_bars(3000, 1)
    levels = [verdicts(request(with_volume(bars, v)))["volume"].level for v in (1e6, 200.0, 10.0, 0.0)]
    assert levels == ["good", "warning", "bad", "unknown"]


def test_trades_across_a_gap_are_counted():
    bars = random_bars(3000, 1)
    trade = run_backtest(request(bars)).trades[3]
    inside = (bars.time > trade.entry_time + M5.ms) & (bars.time < trade.exit_time - M5.ms)
    assert inside.any()
    holed = Bars(*(getattr(bars, n)[~inside] for n in ("time", "open", "high", "low", "close", "volume", "turnover")))
    asked = request(holed)
    found = verdicts(asked, replace(run_backtest(asked), trades=(trade,)))["gaps"]
    assert f"{int(inside.sum()):,} bar" in found.text
    assert found.level == "bad"
    assert verdicts(request(bars))["gaps"].level == "good"


def test_a_gap_of_which_the_exchange_said_why_is_no_objection():
    bars = random_bars(3000, 1)
    trade = run_backtest(request(bars)).trades[3]
    inside = (bars.time > trade.entry_time + M5.ms) & (bars.time < trade.exit_time - M5.ms)
    holed = Bars(*(getattr(bars, n)[~inside] for n in ("time", "open", "high", "low", "close", "volume", "turnover")))
    span = (int(bars.time[inside][0]), int(bars.time[inside][-1]) + M5.ms)
    for known, level in (((*span, "no trades"), "good"), ((span[0] + M5.ms, span[1], "no trades"), "bad")):
        asked = request(holed)
        asked = replace(asked, sources=(replace(asked.sources[0], absent=(known,)),))
        found = verdicts(asked, replace(run_backtest(asked), trades=(trade,)))["gaps"]
        assert found.level == level
        assert any("no trades" in text for text in found.details) == (level == "good")


def test_the_holes_of_a_stored_file_are_looked_up_beside_it(tmp_path):
    bars = random_bars(3000, 1)
    gone = np.arange(1000, 1040)
    names = ("time", "open", "high", "low", "close", "volume", "turnover")
    holed = Bars(*(np.delete(getattr(bars, n), gone) for n in names))
    file = tmp_path / "BTCUSDT" / "5m.csv"
    write_candle_file(file, holed)
    entry = {"kind": "absent", "id": "1", "at": 0, "source": "rest", "reason": "exchange outage",
             "spans": [[int(bars.time[1000]), int(bars.time[1040])]]}  # fmt: skip
    file.with_suffix(".provenance.jsonl").write_text(json.dumps(entry) + "\n", encoding="utf-8")
    asked = BacktestRequest("buy_and_hold", {}, (BarSource(path=str(file)),))
    found = verdicts(asked)["gaps"]
    assert found.level == "good"
    assert any("exchange outage" in text for text in found.details)


def test_a_portfolio_of_survivors_is_told_so():
    asked = request({"AAAUSDT": random_bars(3000, 1), "BBBUSDT": random_bars(3000, 2)})
    found = verdicts(asked)["length"]
    assert found.level == "warning"
    assert "delisted" in found.details[0]


# chance


def prophet(bars, trades, side=Side.BUY):
    """A result whose trades hold the bars that moved most in their favour."""
    asked = request(bars, "buy_and_hold")
    result = run_backtest(asked)
    sign = 1.0 if side is Side.BUY else -1.0
    moves = sign * (bars.open[2:-1:2] / bars.open[:-3:2] - 1.0)
    rows = np.sort(np.argsort(moves)[-trades:]) * 2
    one = result.trades[0]
    made = tuple(
        replace(one, side=side, entry_time=int(bars.time[r]), entry_price=float(bars.open[r]), bars=2,
                exit_time=int(bars.time[r + 2]), exit_price=float(bars.open[r + 2]))
        for r in rows
    )  # fmt: skip
    return asked, replace(result, trades=made)


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_entries_that_know_the_market_beat_all_random_ones(side):
    asked, result = prophet(random_bars(3000, 3), 60, side)
    found = verdicts(asked, result)["random entries"]
    assert found.level == "good"
    assert "beat 100% of 1,000 draws" in found.text


def test_random_entries_are_spread_evenly_among_random_entries():
    bars = random_bars(3000, 4)
    asked, result = prophet(bars, 60)
    data, _ = load(asked, Progress())
    ranks = []
    for seed in range(40):
        rows = np.sort(np.random.default_rng(seed).choice(np.arange(0, 2990, 2), 60, replace=False))
        chosen = tuple(
            replace(t, entry_price=float(bars.open[r]), exit_price=float(bars.open[r + 2]))
            for t, r in zip(result.trades, rows, strict=True)
        )
        ranks.append(against_chance(replace(result, trades=chosen), data, seed=seed).rank)
    assert 0.35 < np.mean(ranks) < 0.65
    assert np.mean(np.array(ranks) > 0.95) < 0.15


def test_few_trades_and_trades_that_fill_all_the_time_are_unknown():
    assert verdicts(request(strategy="buy_and_hold"))["random entries"].level == "unknown"
    asked, result = prophet(random_bars(300, 3), 12)
    filled = changed(result, bars=100)
    assert verdicts(asked, filled)["random entries"].level == "unknown"


@given(st.integers(10, 60), st.integers(0, 1000))
def test_every_draw_keeps_the_trades_within_the_data_and_apart(trades, seed):
    rng = np.random.default_rng(seed)
    held = rng.integers(1, 9, trades).astype(np.int64)
    # on a path that doubles at every bar the return tells exactly how long each trade was held
    path = 2.0 ** np.arange(int(held.sum()) + 1 + int(rng.integers(0, 50)))
    sums = _draws(path, held, 20, rng)
    assert sums == pytest.approx(np.full(20, float((2.0**held - 1.0).sum())))


def test_every_arrangement_of_two_trades_comes_as_often_as_it_should():
    # a long over one row and a short over two in four rows: one row is free, before, between or after them
    path, draws = np.array([1.0, 2.0, 8.0, 64.0, 1024.0]), 20_000
    sums = _draws(path, np.array([1, -2]), draws, np.random.default_rng(5))
    moved = lambda a, b: path[b] / path[a] - 1.0  # noqa: E731
    long_first = [moved(0, 1) - moved(1, 3), moved(0, 1) - moved(2, 4), moved(1, 2) - moved(2, 4)]
    short_first = [moved(2, 3) - moved(0, 2), moved(3, 4) - moved(0, 2), moved(3, 4) - moved(1, 3)]
    found, often = np.unique(sums.round(9), return_counts=True)
    expected = dict(zip(np.round(long_first + short_first, 9), 2 * [1 / 8, 1 / 4, 1 / 8], strict=True))
    assert dict(zip(found, often / draws, strict=True)) == pytest.approx(expected, abs=0.012)


# warm-up


@dataclass(frozen=True)
class Averages(Strategy):
    name: ClassVar[str] = "averages"
    title: ClassVar[str] = "Averages"
    kind: str = "window"
    declared: int = 0

    @property
    def warmup(self):
        return self.declared

    def signals(self, view):
        close = view.bars.close
        line = {"window": lambda: sma(close, 100), "recursive": lambda: ema(close, 60),
                "all": lambda: np.cumsum(close) / np.arange(1, len(close) + 1)}[self.kind]()  # fmt: skip
        up = close > line
        never = np.zeros(len(close), np.bool_)
        return Signals(up, ~up, never, never)


def ground(bars=None):
    return Ground("TEST", random_bars(4000, 2) if bars is None else bars, M5, M5)


def test_the_history_a_window_needs_is_found():
    found = needed_history(Averages("window", 20), ground(), Progress())
    assert 99 <= found.bars <= 150
    assert found.column
    assert START < found.at <= START + 4000 * M5.ms


def test_a_declared_warm_up_that_is_enough_is_good():
    assert warm_up(Averages("window", 100), [ground()], Progress()).level == "good"
    assert warm_up(Averages("recursive", 1500), [ground()], Progress()).level == "good"


def test_a_recursion_that_needs_more_than_declared_is_a_warning_with_the_number():
    found = warm_up(Averages("recursive", 60), [ground()], Progress())
    assert found.level == "warning"
    assert "declares a warm-up of 60" in found.text


def test_wishes_that_depend_on_the_first_bar_are_a_warning():
    found = warm_up(Averages("all"), [ground()], Progress())
    assert found.level == "warning"
    assert "where the data begin" in found.text


@dataclass(frozen=True)
class Anchored(Strategy):
    """Enters at every tenth bar from the first traded one on."""

    name: ClassVar[str] = "anchored"
    title: ClassVar[str] = "Anchored"

    def signals(self, view):
        n = len(view.bars)
        up = (np.arange(n) - view.first) % 10 == 0
        never = np.zeros(n, np.bool_)
        return Signals(up & (np.arange(n) >= view.first), never, never, never)


def test_what_begins_at_the_first_traded_bar_needs_no_history():
    assert warm_up(Anchored(), [ground()], Progress()).level == "good"


def test_too_few_bars_are_unknown():
    assert warm_up(Averages(), [ground(random_bars(200, 1))], Progress()).level == "unknown"


# two forms


class Hasty(Stepper):
    """Enters one bar later than its strategy's `signals`."""

    def __init__(self, late):
        self.last, self.late, self.was = None, late, False

    def on_bar(self, bar):
        up = self.last is not None and bar.close > self.last
        self.last = bar.close
        now, self.was = (self.was if self.late else up), up
        return Decision(now, not now, False, False)


@dataclass(frozen=True)
class Stepping(Strategy):
    name: ClassVar[str] = "stepping"
    title: ClassVar[str] = "Stepping"
    late: bool = param(False, "Whether the two forms disagree")

    def stepper(self, symbol, timeframe):
        return Hasty(self.late)

    def signals(self, view):
        close = view.bars.close
        up = np.r_[False, close[1:] > close[:-1]]
        never = np.zeros(len(close), np.bool_)
        return Signals(up, ~up, never, never)


@pytest.mark.parametrize(("late", "level"), [(False, "good"), (True, "bad")])
def test_a_strategy_whose_two_forms_trade_differently_is_bad(late, level, monkeypatch):
    monkeypatch.setattr(run_module, "strategy_called", lambda name, folder: Stepping)
    asked = request(strategy="stepping", parameters={"late": late}, fees={"BTCUSDT": Fees(0.001, 0.001)})
    data, _ = load(asked, Progress())
    found = two_forms(asked, Stepping(late), data[0], Progress())
    assert found.level == level
    assert "Bar by bar it" in found.text
    assert ("a long of" in found.text) == late


def test_a_run_that_was_asked_bar_by_bar_could_not_look_ahead():
    found = verdicts(request(decide_by="on_bar"))["look-ahead"]
    assert (found.level, "bar by bar" in found.text) == ("good", True)


# little to go by


def test_where_there_is_nothing_to_try_the_verdict_is_unknown_and_never_good():
    one = verdicts(request(random_bars(1, 1)))
    assert {one[name].level for name in ("look-ahead", "warm-up", "bar by bar", "random entries")} == {"unknown"}
    flat = random_bars(400, 1)
    still = Bars.of(flat.time, *[np.full(400, 100.0)] * 4, flat.volume)
    silent = verdicts(request(still))
    assert {silent[name].level for name in ("look-ahead", "bar by bar", "random entries")} == {"unknown"}
    assert "wished for nothing" in silent["look-ahead"].text


# without a backtest


def test_every_indicator_that_is_said_to_need_no_later_bar_needs_none():
    market = Market("TEST", random_bars(700, 6), M5)
    levels = {name: check_indicator(name, {}, market).level for name in list(catalogue())[::9]}
    assert set(levels.values()) == {"good"}


def test_an_indicator_that_needs_later_bars_is_good_where_its_entry_says_so_and_bad_where_not(monkeypatch):
    lagging = catalogue()["ichimoku_lagging"]
    assert check_indicator("ichimoku_lagging", {}).level == "good"
    monkeypatch.setattr(questions, "indicator", lambda name: replace(lagging, causal=True))
    assert check_indicator("ichimoku_lagging", {}).level == "bad"


def test_a_strategy_is_checked_on_a_made_up_market_that_is_the_same_each_time():
    assert check_strategy(strategy_of("sma_cross"), {}) == check_strategy(strategy_of("sma_cross"), {})
    bars = made_up_bars(500, M5, 3)
    assert bars.equals(made_up_bars(500, M5, 3))
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()


def test_a_strategy_that_fails_or_gives_what_can_not_be_is_refused_with_a_sentence():
    class Failing(Averages):
        def signals(self, view):
            raise ValueError("no idea")

    class Wrong(Averages):
        def signals(self, view):
            return Signals(*[np.zeros(3, np.bool_)] * 4)

    with pytest.raises(InvalidInput, match=r"test_checks.py, line \d+: ValueError: no idea"):
        check_strategy(Failing, {})
    with pytest.raises(InvalidInput, match="must be an array of 6000 bool"):
        check_strategy(Wrong, {})


def test_a_strategy_with_longer_timeframes_is_refused_on_bars_as_long():
    market = Market("TEST", random_bars(700, 6), TIMEFRAMES["1h"])
    with pytest.raises(InvalidInput, match="so it can't be asked on 1h bars"):
        check_strategy(strategy_of("stoch_rsi_mtf"), {}, [market])
