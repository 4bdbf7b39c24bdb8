"""Deciding bar by bar trades as deciding over all bars at once."""

import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

from shared_modules.backtester import BacktestRequest, BarSource, run_backtest
from shared_modules.backtester.honesty import run_checked
from shared_modules.core.bars import Bars
from shared_modules.core.candle_files import read_candle_file
from shared_modules.core.errors import Cancelled, InvalidInput, UnknownName
from shared_modules.core.parameters import declared
from shared_modules.core.progress import Progress, ProgressReport
from shared_modules.indicators import Line, entry
from shared_modules.strategies import Strategy, strategies, strategy
from tests.strategies.markets import START, random_bars

REAL = Path(__file__).parents[3] / "shared" / "data" / "binance_spot" / "BTCUSDT_1m.csv.gz"
NAMES = sorted(strategies(Path("nowhere")))


def both_sides(name: str) -> dict[str, object]:
    return {"side": "both"} if "side" in {p.name for p in declared(strategy(name))} else {}


def presets(name: str) -> list[dict[str, object]]:
    return [dict(p) for p in getattr(strategy(name), "presets", {}).values()]


def run(bars: Bars, name: str, values: dict[str, object], **options):
    sources = (BarSource("BTCUSDT", "5m", bars=bars),)
    return run_backtest(BacktestRequest(name, values, sources, **options))


def same(bars: Bars, name: str, *further: dict[str, object], **options) -> int:
    count = 0
    for values in (both_sides(name), *further):
        whole = run(bars, name, values, **options)
        stepped = run(bars, name, values, decide_by="on_bar", **options)
        assert stepped.trades == whole.trades, (name, values)
        assert stepped.equity.tobytes() == whole.equity.tobytes()
        assert [*stepped.outcomes] == [*whole.outcomes]
        count += len(whole.trades)
    return count


@pytest.fixture(params=[True, False], ids=["foreseen", "followed"])
def lines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are computed ahead, and in the second turn follow bar by bar, as they do live."""
    if not request.param:
        monkeypatch.setattr(entry, "line_of", lambda follower: Line(follower.start, len(follower.outputs)))


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize("name", NAMES)
def test_bar_by_bar_gives_the_trades_of_all_bars_at_once(name: str) -> None:
    assert same(random_bars(2500, 3), name, *presets(name))
    assert strategy(name).stepper is not Strategy.stepper


@pytest.mark.parametrize("name", NAMES)
def test_so_it_does_where_prices_stand_still_and_repeat(name: str) -> None:
    rng = np.random.default_rng(5)
    close = 100 + np.cumsum(rng.integers(-1, 2, 2000) * (rng.random(2000) < 0.4)) * 0.5
    close = np.maximum(close, 1.0)
    open_ = np.r_[100.0, close[:-1]]
    high, low = np.maximum(open_, close), np.minimum(open_, close)
    volume = rng.integers(0, 3, 2000).astype(np.float64)
    same(Bars.of(START + np.arange(2000) * 300_000, open_, high, low, close, volume), name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(not REAL.exists(), reason="needs the real candles")
def test_so_it_does_on_real_candles(name: str) -> None:
    assert same(read_candle_file(REAL).bars[: 12 * 1440], name, timeframe="5m")


def test_so_it_does_in_a_portfolio_after_a_warm_up() -> None:
    sources = tuple(BarSource(symbol, "5m", bars=random_bars(3000, seed)) for symbol, seed in (("A", 1), ("B", 2)))
    options = {"sources": sources, "start": START + 1000 * 300_000, "end": START + 2800 * 300_000}
    whole = run_backtest(BacktestRequest("momentum", {"side": "both"}, **options))
    stepped = run_backtest(BacktestRequest("momentum", {"side": "both"}, decide_by="on_bar", **options))
    assert whole.trades
    assert stepped.trades == whole.trades


def written(folder: Path, name: str, body: str) -> Path:
    text = HEAD + textwrap.indent(textwrap.dedent(body), "    ")
    (folder / f"{name}.py").write_text(text.replace("NAME", name), encoding="utf-8")
    return folder


HEAD = """
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from shared_modules.core.parameters import param
from shared_modules.core.trading import TimeInForce
from shared_modules.indicators import crossed_above, crossed_below, sma
from shared_modules.strategies import Decision, Signals, Stepper, Strategy, register

class Steps(Stepper):
    def __init__(self, decide):
        self.decide, self.bars = decide, []

    def on_bar(self, bar):
        self.bars.append(bar)
        return self.decide(self.bars)

@register
@dataclass(frozen=True)
class Mine(Strategy):
    \"\"\"Mine.\"\"\"
    name: ClassVar[str] = "NAME"
    title: ClassVar[str] = "Mine"

"""
CROSS = """
def signals(self, view):
    close = view.bars.close
    fast, slow, no = sma(close, 5), sma(close, 20), np.zeros(len(close), np.bool_)
    return Signals(crossed_above(fast, slow), crossed_below(fast, slow), no, no)
"""


def stepping(folder: Path, name: str, decide: str, n: int = 300, **options):
    body = f"""
    def signals(self, view):
        return Signals.none(len(view.bars))

    def stepper(self, symbol, timeframe):
        return Steps(self.decide)

    def decide(self, bars):
        {decide}
    """
    return run(
        random_bars(n, 1), name, {}, decide_by="on_bar", strategy_folder=str(written(folder, name, body)), **options
    )


def test_a_strategy_without_a_stepper_is_asked_with_all_bars_so_far(tmp_path: Path) -> None:
    folder = str(written(tmp_path, "plain_cross", CROSS))
    whole = run(random_bars(600, 1), "plain_cross", {}, strategy_folder=folder)
    stepped = run(random_bars(600, 1), "plain_cross", {}, strategy_folder=folder, decide_by="on_bar")
    assert whole.trades
    assert stepped.trades == whole.trades


def test_an_on_bar_of_the_users_own_decides(tmp_path: Path) -> None:
    body = (
        CROSS
        + """
def on_bar(self, view):
    return Decision(True, False, False, False) if len(view.bars) == 10 else None
"""
    )
    found = run(random_bars(50, 1), "own", {}, strategy_folder=str(written(tmp_path, "own", body)), decide_by="on_bar")
    assert [t.entry_time for t in found.trades] == [START + 10 * 300_000]


COUNTING = """
def stepper(self, symbol, timeframe):
    return Steps(lambda bars: Decision(len(bars) % 7 == 0, len(bars) % 7 == 3, False, False))
"""
LOOKING = """
def on_bar(self, view):
    return Decision(len(view.bars) % 7 == 0, len(view.bars) % 7 == 3, False, False)
"""


@pytest.mark.parametrize(("name", "body"), [("counting", COUNTING), ("looking", LOOKING)])
def test_a_stepper_or_an_on_bar_alone_is_a_strategy(tmp_path: Path, name: str, body: str) -> None:
    folder, bars = str(written(tmp_path, name, body)), random_bars(300, 1)
    whole = run(bars, name, {}, strategy_folder=folder)
    assert [(t.entry_time, t.exit_time) for t in whole.trades[:2]] == [
        (START + 7 * 300_000, START + 10 * 300_000), (START + 14 * 300_000, START + 17 * 300_000)
    ]  # fmt: skip
    assert run(bars, name, {}, strategy_folder=folder, decide_by="on_bar").trades == whole.trades
    request = BacktestRequest(name, {}, (BarSource("A", "5m", bars=bars),), strategy_folder=folder)
    verdicts = {v.check: v.level for v in run_checked(request).honesty}
    assert (verdicts["look-ahead"], verdicts["bar by bar"]) == ("good", "good")


def test_a_class_that_decides_nothing_is_refused(tmp_path: Path) -> None:
    folder = str(written(tmp_path, "empty", "limit = 3"))
    with pytest.raises(InvalidInput, match="needs a method 'signals', 'stepper' or 'on_bar'"):
        run(random_bars(50, 1), "empty", {}, strategy_folder=folder)


def test_a_method_with_other_arguments_is_told_with_its_file(tmp_path: Path) -> None:
    folder = str(written(tmp_path, "noself", "def signals(view):\n    return Signals.none(3)"))
    with pytest.raises(InvalidInput, match=r"'noself' failed in noself.py: TypeError: .*takes 1 positional argument"):
        run(random_bars(50, 1), "noself", {}, strategy_folder=folder)


def test_a_confidence_beyond_one_is_refused_where_something_is_entered(tmp_path: Path) -> None:
    body = CROSS.replace("no, no)", "no, no, confidence=np.full(len(close), 3.0))")
    with pytest.raises(InvalidInput, match="'confidence' that is not between 0 and 1"):
        run(random_bars(300, 1), "sure", {}, strategy_folder=str(written(tmp_path, "sure", body)))


def test_a_default_beyond_its_own_range_is_refused(tmp_path: Path) -> None:
    body = "n: int = param(1, 'N', low=2, high=5)\n" + CROSS
    with pytest.raises(InvalidInput, match="a default that it does not allow: 'n' must be 2 to 5, not 1"):
        run(random_bars(50, 1), "early", {}, strategy_folder=str(written(tmp_path, "early", body)))


def test_a_name_that_is_taken_is_told_without_a_line(tmp_path: Path) -> None:
    folder = written(tmp_path, "sma_cross", CROSS)
    (folder / "sma_cross.py").rename(folder / "twice.py")
    with pytest.raises(InvalidInput, match=r"twice.py can't be used: the name 'sma_cross' is taken"):
        strategy("twice", folder)


def test_one_number_for_all_bars_is_refused_with_what_to_write(tmp_path: Path) -> None:
    body = CROSS.replace("no, no)", "no, no, max_bars=6)")
    with pytest.raises(InvalidInput, match=r"'max_bars' as int.*one value for all bars is np.full\(50, 6.0\)"):
        run(random_bars(50, 1), "six", {}, strategy_folder=str(written(tmp_path, "six", body)))


def test_a_stepper_may_use_every_kind_of_wish(tmp_path: Path) -> None:
    found = stepping(
        tmp_path, "ladder",
        "return Decision(len(bars) % 50 == 1, False, False, False, limit=bars[-1].close * 0.999, trail=1.0, "
        "ladder=(bars[-1].close * 1.002, bars[-1].close * 1.004), ladder_shares=(0.5, 0.5), valid_bars=5, "
        "time_in_force=TimeInForce.GTC, cancel=len(bars) % 50 == 40)",
    )  # fmt: skip
    assert found.trades
    assert any(len(t.exits) > 1 for t in found.trades)


def test_orders_on_other_terms_in_one_run_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="must be the same in all decisions"):
        stepping(tmp_path, "terms", "return Decision(True, False, False, False, valid_bars=len(bars))")


def test_a_stepper_that_fails_tells_its_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"'fails' failed in fails.py, line \d+: ZeroDivisionError"):
        stepping(tmp_path, "fails", "return 1 / (len(bars) - 100)")


def test_what_is_no_decision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="a Decision or None at each bar, not 'buy'"):
        stepping(tmp_path, "text", "return 'buy'")
    body = (
        CROSS
        + """
def stepper(self, symbol, timeframe):
    return self
"""
    )
    folder = str(written(tmp_path, "none", body))
    with pytest.raises(InvalidInput, match="'none' must make a Stepper, not Mine"):
        run(random_bars(50, 1), "none", {}, strategy_folder=folder, decide_by="on_bar")
    with pytest.raises(InvalidInput, match="'stop' that is infinite or not above 0"):
        stepping(tmp_path, "below", "return Decision(True, False, False, False, stop=-1.0)")


def test_a_long_run_can_be_watched_and_stopped() -> None:
    seen: list[float] = []
    stop = threading.Event()

    def watch(report: ProgressReport) -> None:
        seen.append(report.share)
        if "bar 8,192" in report.text:
            stop.set()

    progress = Progress(watch, stop, every=0.0)
    with pytest.raises(Cancelled):
        run_backtest(
            BacktestRequest("sma_cross", {}, (BarSource("A", "5m", bars=random_bars(30_000, 1)),), decide_by="on_bar"),
            progress,
        )
    assert seen == sorted(seen)


def test_an_unknown_way_to_decide_is_told() -> None:
    with pytest.raises(UnknownName, match="'on_bar'"):
        run(random_bars(50, 1), "sma_cross", {}, decide_by="onbar")
