import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shared_modules.backtester import BacktestRequest, BarSource, Sizing, run_backtest
from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import write_candle_file
from shared_modules.core.errors import Cancelled, DataSourceError, InvalidInput, OutOfRange, UnknownName
from shared_modules.core.progress import Progress
from shared_modules.core.timeframes import TIMEFRAMES
from tests.strategies.markets import START, bars_of, random_bars

M5, H1 = TIMEFRAMES["5m"], TIMEFRAMES["1h"]
KEYS = ("symbol", "side", "qty", "entry_time", "entry_price", "exit_time", "exit_price", "fees", "pnl", "exit_reason")


def request(bars=None, strategy="sma_cross", parameters=None, **options):
    bars = random_bars(3000, 1) if bars is None else bars
    given = bars if isinstance(bars, dict) else {"BTCUSDT": bars}
    sources = tuple(BarSource(symbol, "5m", bars=b) for symbol, b in given.items())
    return BacktestRequest(strategy, parameters or {}, sources, **options)


def trades(result):
    return result.to_json()["trades"]


def test_the_result_has_everything_it_promises_as_finite_json():
    found = json.loads(json.dumps(run_backtest(request()).to_json(), allow_nan=False))
    assert {"bars", "trades", "final_equity", "metrics", "costs", "seconds"} <= set(found)
    assert found["bars"] == 3000
    assert len(found["trades"]) > 10
    assert all(set(KEYS) <= set(t) for t in found["trades"])
    assert {t["side"] for t in found["trades"]} == {"long"}
    assert found["final_equity"] == pytest.approx(10_000 + sum(t["pnl"] for t in found["trades"]), rel=1e-9)
    assert found["costs"]["fees"] == pytest.approx(sum(t["fees"] for t in found["trades"]), rel=1e-9)


def test_the_same_request_gives_the_same_bytes_twice():
    first, second = run_backtest(request()), run_backtest(request())
    assert trades(first) == trades(second)
    assert first.equity.tobytes() == second.equity.tobytes()


def test_request_and_result_travel_between_processes():
    result = run_backtest(pickle.loads(pickle.dumps(request())))
    back = pickle.loads(pickle.dumps(result))
    assert back.trades == result.trades
    assert back.equity.tobytes() == result.equity.tobytes()


@pytest.mark.parametrize("name", ["sma_cross", "rsi_reversal", "stoch_rsi_mtf", "template", "buy_and_hold"])
def test_more_data_does_not_change_earlier_trades(name):
    bars = random_bars(4000, 2)
    whole = trades(run_backtest(request(bars, name)))
    early = [t for t in trades(run_backtest(request(bars[:2500], name))) if t["exit_reason"] != "end"]
    assert early == whole[: len(early)]


def test_a_source_is_resampled_to_the_asked_timeframe_without_its_partial_ends():
    bars = random_bars(500, 3)[5:-7]
    resampled = run_backtest(request(bars, "buy_and_hold", timeframe="1h"))
    assert resampled.timeframe == "1h"
    assert resampled.time[0] == START + H1.ms
    assert resampled.bars == 40
    hours = bars[7:].resampled(H1)[:40]
    source = BarSource("BTCUSDT", "1h", bars=hours)
    assert trades(resampled) == trades(run_backtest(BacktestRequest("buy_and_hold", {}, (source,))))


def test_bars_can_not_be_split_into_shorter_ones():
    with pytest.raises(InvalidInput, match="can't be split into 1m"):
        run_backtest(request(timeframe="1m"))


def test_bars_before_the_start_warm_up_but_are_not_traded():
    bars = random_bars(3000, 4)
    start = int(bars.time[1000])
    late = run_backtest(request(bars, start=start))
    assert late.bars == 2000
    assert late.time[0] == start
    assert all(t["entry_time"] > start for t in trades(late))
    whole = [(t["entry_time"], t["entry_price"]) for t in trades(run_backtest(request(bars)))]
    entered = [(t["entry_time"], t["entry_price"]) for t in trades(late)]
    # the averages are known at the first traded bar, so that no crossing is missed
    assert entered == [e for e in whole if e[0] > start]


def test_bars_from_the_end_on_are_not_seen():
    bars = random_bars(3000, 5)
    end = int(bars.time[2000])
    cut = run_backtest(request(bars, end=end))
    assert trades(cut) == trades(run_backtest(request(bars[:2000])))


def test_a_size_that_lets_one_position_take_all_the_cash_is_told_with_one_that_does_not():
    sources = tuple(BarSource(symbol, "5m", bars=random_bars(2_000, n)) for n, symbol in enumerate("ABC"))
    for size, most, told in ((1.0, 0, "equity=0.333"), (1.0, 2, "equity=0.5"), (0.5, 2, ""), (0.3, 0, "")):
        options = {"size": Sizing("equity", size), "max_positions": most}
        notes = run_backtest(BacktestRequest("sma_cross", {}, sources, **options)).notes
        assert [note for note in notes if "at once; " in note] == (
            [f"A size of equity={size:g} leaves no cash for {most or 3} positions at once; {told} would."]
            if told
            else []
        )


def test_several_symbols_share_the_cash():
    markets = {name: random_bars(1500, i) for i, name in enumerate(("ETHUSDT", "BTCUSDT", "SOLUSDT"))}
    result = run_backtest(request(markets, size=Sizing("equity", 0.5)))
    assert result.symbols == ("BTCUSDT", "ETHUSDT", "SOLUSDT")
    assert {t["symbol"] for t in trades(result)} == set(result.symbols)
    assert result.final_equity == pytest.approx(10_000 + sum(t["pnl"] for t in trades(result)), rel=1e-9)
    assert result.bars == 4500
    assert len(result.time) == 1500


def test_the_order_of_the_sources_does_not_matter():
    markets = {name: random_bars(800, i) for i, name in enumerate(("A", "B", "C"))}
    backwards = dict(reversed(markets.items()))
    assert trades(run_backtest(request(markets))) == trades(run_backtest(request(backwards)))


def test_a_file_is_read_with_its_symbol_and_timeframe(tmp_path):
    bars = random_bars(600, 6)
    path = tmp_path / "ETHUSDT_5m.csv.gz"
    write_candle_file(path, bars)
    result = run_backtest(BacktestRequest("sma_cross", {}, (BarSource(path=str(path)),)))
    assert (result.symbols, result.timeframe) == (("ETHUSDT",), "5m")
    assert trades(result) == trades(run_backtest(request({"ETHUSDT": bars})))


def test_progress_rises_to_the_end_and_a_stop_is_obeyed():
    shares = []
    run_backtest(request(random_bars(120_000, 7)), Progress(lambda r: shares.append(r.share), every=0.0))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len({s for s in shares if 0.6 < s < 1.0}) >= 2
    progress = Progress(lambda r: progress.cancel() if r.share > 0.7 else None, every=0.0)
    with pytest.raises(Cancelled):
        run_backtest(request(random_bars(120_000, 7)), progress)


def test_the_notes_tell_the_rules_few_trades_and_gaps():
    bars = random_bars(400, 8)
    holed = Bars.of(*(np.delete(getattr(bars, n), slice(100, 110)) for n in ("time", "open", "high", "low", "close")))
    result = run_backtest(request(holed, "buy_and_hold", fee=0.001))
    text = "\n".join(result.notes)
    assert "fee 0.1 % a side, slippage 0 bps, size 100 % of equity." in text
    assert "10 bars missing in 1 gap; 1 trade held across one" in text
    assert "Only 1 trade" in text


def test_ambiguous_bars_are_counted_on_the_result():
    bars = random_bars(3000, 9, spread=0.02)
    result = run_backtest(request(bars, parameters={"stop_loss": 0.005, "take_profit": 0.005}))
    assert result.ambiguous_bars > 0
    assert any("more than one order could have come first" in note for note in result.notes)


def test_risk_sizing_needs_a_stop():
    with pytest.raises(InvalidInput, match="needs a stop"):
        run_backtest(request(size=Sizing("risk", 0.01)))
    assert run_backtest(request(size=Sizing("risk", 0.01), stop_loss=0.02)).trades


def test_the_stop_of_the_run_holds_for_a_strategy_without_one():
    result = run_backtest(request(stop_loss=0.005))
    stopped = [t for t in trades(result) if t["exit_reason"] == "stop_loss"]
    assert stopped
    assert all(t["exit_price"] <= t["entry_price"] * 0.995 * (1 + 1e-12) for t in stopped)


def test_a_market_without_a_signal_gives_an_empty_but_whole_result():
    result = run_backtest(request(bars_of([100.0] * 60)))
    assert result.trades == ()
    assert result.final_equity == 10_000
    assert json.dumps(result.to_json(), allow_nan=False)


def test_one_bar_is_enough():
    assert run_backtest(request(random_bars(1))).bars == 1


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"strategy": "sma_cros"}, UnknownName, "'sma_cross'"),
        ({"parameters": {"fats": 3}}, UnknownName, "'fast'"),
        ({"parameters": {"fast": 0}}, OutOfRange, "1 to 999"),
        ({"parameters": {"fast": "many"}}, InvalidInput, "whole number"),
        ({"fee": -0.1}, OutOfRange, "fee"),
        ({"cash": 0}, OutOfRange, "cash"),
        ({"stop_loss": 1.5}, OutOfRange, "stop_loss"),
        ({"timeframe": "7m"}, UnknownName, "timeframe"),
        ({"start": 10, "end": 5}, InvalidInput, "after its start"),
        ({"start": 10**14}, DataSourceError, "no 5m bars"),
        ({"strategy": "stoch_rsi_mtf", "timeframe": "1h"}, InvalidInput, "must be longer"),
    ],
)
def test_a_request_that_can_not_be_run_says_why(options, error, says):
    with pytest.raises(error, match=says):
        run_backtest(request(**options))


def test_sources_that_do_not_fit_together_are_refused():
    bars = random_bars(50)
    with pytest.raises(InvalidInput, match="either bars or a file"):
        BarSource("A", "5m")
    with pytest.raises(InvalidInput, match="two sources"):
        run_backtest(BacktestRequest("sma_cross", {}, (BarSource("A", "5m", bars=bars),) * 2))
    mixed = (BarSource("A", "5m", bars=bars), BarSource("B", "1h", bars=random_bars(50, frame=H1)))
    with pytest.raises(InvalidInput, match="different timeframes"):
        run_backtest(BacktestRequest("sma_cross", {}, mixed))
    with pytest.raises(DataSourceError, match="above 0"):
        run_backtest(request(bars_of([1.0, 0.0, 1.0])))


BROKEN = '''
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from shared_modules.strategies import Signals, Strategy, register

@register
@dataclass(frozen=True)
class Broken(Strategy):
    """Break."""
    name: ClassVar[str] = "broken"
    title: ClassVar[str] = "Broken"

    def signals(self, view):
        n = len(view.bars)
        {body}
'''


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return 1 / 0", "line 16: ZeroDivisionError"),
        ("return None", "must return Signals"),
        ("return Signals.none(n - 1)", "array of 10 bool"),
        ("return Signals(*[np.zeros(n)] * 4)", "array of 10 bool"),
        ("return Signals(*[np.ones(n, bool)] * 4, stop=np.full(n, np.inf))", "infinite"),
    ],
)
def test_a_strategy_that_breaks_is_named_with_its_mistake(tmp_path, body, says):
    (tmp_path / "broken.py").write_text(BROKEN.replace("{body}", body), encoding="utf-8")
    with pytest.raises(InvalidInput, match=says):
        run_backtest(request(random_bars(10), "broken", strategy_folder=str(tmp_path)))


@pytest.mark.parametrize(
    ("what", "gives", "says"),
    [
        ("timeframes", "('1h',)", "tuple of what timeframe"),
        ("timeframes", "[]", "tuple of what timeframe"),
        ("warmup", "'20'", "'warmup' as '20'"),
        ("warmup", "-3", "0 or more"),
        ("warmup", "1 // 0", "line 20: ZeroDivisionError"),
        ("max_entries", "0", "1 or more"),
    ],
)
def test_what_a_strategy_says_wrongly_of_itself_is_one_sentence(tmp_path, what, gives, says):
    more = f"\n    @property\n    def {what}(self):\n        return {gives}\n"
    (tmp_path / "broken.py").write_text(BROKEN.replace("{body}", "return Signals.none(n)") + more, encoding="utf-8")
    with pytest.raises(InvalidInput, match=says):
        run_backtest(request(random_bars(10), "broken", strategy_folder=str(tmp_path)))


def test_describing_a_backtest_does_not_load_the_compiler_or_ta_lib():
    code = (
        "import sys\n"
        "import shared_modules.backtester\n"
        "from shared_modules.indicators import catalogue\n"
        "from shared_modules.strategies import strategies\n"
        "strategies(), catalogue()\n"
        "sys.exit(', '.join({'numba', 'talib', 'pandas'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
