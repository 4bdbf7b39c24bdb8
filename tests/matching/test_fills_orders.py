"""The examples of docs/fills.md for orders that wait, by the number of the rule."""

import numpy as np
import pytest

from shared_modules.backtester import BacktestRequest, BarSource, run_backtest
from shared_modules.core.bars import Bars
from shared_modules.core.timeframes import TIMEFRAMES

from .scripts import Script, play

FLAT = (100.0, 101.0, 99.0, 100.0)
DIP = (100.0, 101.0, 94.0, 99.0)


def test_f32_a_limit_waits_for_its_price_or_better():
    out = play(Script([FLAT, FLAT, DIP, FLAT], {0: "L"}, limit={0: 95.0}))
    assert out.fills[0] == (2, 1.0, 95.0)
    below = play(Script([FLAT, (93.0, 96.0, 92.0, 94.0), FLAT], {0: "L"}, limit={0: 95.0}))
    assert below.fills[0] == (1, 1.0, 93.0)
    gapped = play(Script([FLAT, FLAT, (93.0, 96.0, 92.0, 94.0), FLAT], {0: "L"}, limit={0: 95.0}))
    assert gapped.fills[0] == (2, 1.0, 93.0)
    short = play(Script([FLAT, FLAT, (100.0, 106.0, 99.0, 100.0), FLAT], {0: "S"}, limit={0: 105.0}))
    assert short.fills[0] == (2, -1.0, 105.0)
    assert play(Script([FLAT] * 4, {0: "L"}, limit={0: 95.0})).trades == []


def test_f32_the_first_open_takes_and_later_ones_make():
    def fee(rows):
        return play(Script(rows, {0: "L"}, limit={0: 101.0 if rows[1] == FLAT else 95.0}), fee=0.01, maker=0.001)

    assert fee([FLAT, FLAT, FLAT]).cash[0] == ("fee", pytest.approx(-1.0))
    assert fee([FLAT, (100.0, 101.0, 96.0, 97.0), (94.0, 96.0, 93.0, 95.0)]).cash[0] == ("fee", pytest.approx(-0.094))


def test_f33_a_newer_wish_replaces_what_waits_and_leaving_withdraws_it():
    rows = [FLAT, FLAT, DIP, (100.0, 101.0, 89.0, 95.0), FLAT]
    amended = play(Script(rows, {0: "L", 1: "L"}, limit={0: 95.0, 1: 90.0}))
    assert amended.fills[0] == (3, 1.0, 90.0)
    assert amended.outcomes == ["replaced by a newer wish", "filled"]
    for withdrawn in ("c", "l"):
        out = play(Script(rows, {0: "L", 1: withdrawn}, limit={0: 95.0}))
        assert (out.trades, out.outcomes) == ([], ["withdrawn"])
    assert play(Script(rows, {0: "L", 1: "s"}, limit={0: 95.0})).trades


@pytest.mark.parametrize(("row", "price"), [((100.0, 106.0, 99.0, 104.0), 105.0), ((107.0, 108.0, 99.0, 104.0), 107.0)])
def test_f34_a_stop_entry_fills_at_its_trigger_or_at_the_open_beyond(row, price):
    out = play(Script([FLAT, FLAT, row, FLAT], {0: "L"}, trigger={0: 105.0}), slippage_bps=10)
    assert out.fills[0] == (2, 1.0, pytest.approx(price * 1.001))
    assert play(Script([FLAT] * 4, {0: "L"}, trigger={0: 105.0})).trades == []


def test_f35_a_stop_limit_that_is_triggered_beyond_its_limit_rests_from_the_next_bar_on():
    rising = (100.0, 108.0, 99.0, 107.0)
    rows = [FLAT, rising, (107.0, 108.0, 102.0, 104.0), FLAT]
    out = play(Script(rows, {0: "L"}, trigger={0: 105.0}, limit={0: 103.0}))
    assert out.fills[0] == (2, 1.0, 103.0)
    met = play(Script(rows, {0: "L"}, trigger={0: 105.0}, limit={0: 106.0}))
    assert met.fills[0] == (1, 1.0, 105.0)
    opened = play(Script([FLAT, (107.0, 108.0, 102.0, 104.0), FLAT], {0: "L"}, trigger={0: 105.0}, limit={0: 103.0}))
    assert opened.fills[0] == (1, 1.0, 103.0)


def test_f36_slippage_stops_at_the_limit():
    out = play(Script([FLAT] * 3, {0: "L"}, limit={0: 100.05}), slippage_bps=10)
    assert out.fills[0][2] == 100.05


def test_f37_a_waiting_order_reserves_no_cash_and_is_sized_when_it_fills():
    waiting = Script([FLAT, FLAT, DIP, FLAT], {0: "L"}, limit={0: 95.0})
    taking = Script([FLAT] * 4, {0: "L"})
    out = play(waiting, taking, size="equity=1.0")
    assert [t["symbol"] for t in out.trades] == [1]
    assert sorted(out.outcomes) == ["filled", "not enough free cash"]


def test_f38_times_in_force_decide_at_the_first_open():
    def out(time_in_force, limit, volume=None, rule="touch"):
        script = Script([FLAT, FLAT, DIP, FLAT], {0: "L"}, limit={0: limit}, volume=volume)
        return play(script, time_in_force=time_in_force, fill_rule=rule)

    assert out("GTC", 95.0).outcomes == ["filled"]
    for once in ("IOC", "FOK"):
        assert (out(once, 95.0).trades, out(once, 95.0).outcomes) == ([], ["not filled at once"])
        assert out(once, 100.0).outcomes == ["filled"]
    thin = [10.0, 5.0, 10.0, 10.0]
    assert out("FOK", 100.0, thin, "volume=0.1").trades == []
    half = out("IOC", 100.0, thin, "volume=0.1")
    assert (half.fills[0], half.outcomes) == ((1, 0.5, 100.0), ["partly filled"])
    assert len(half.fills) == 2
    assert out("PostOnly", 100.0).outcomes == ["post-only would have filled at once"]
    assert out("PostOnly", 95.0).fills[0] == (2, 1.0, 95.0)


def test_f39_an_order_is_dropped_after_its_bars():
    script = Script([FLAT, FLAT, FLAT, DIP, FLAT], {0: "L"}, limit={0: 95.0})
    assert play(script, valid_bars=2).outcomes == ["expired unfilled"]
    assert play(script, valid_bars=3).outcomes == ["filled"]
    # counted from the bar in which it reaches the market
    assert play(script, valid_bars=1, latency=2).outcomes == ["filled"]
    assert play(script, valid_bars=1, latency=1).outcomes == ["expired unfilled"]


def test_f40_a_touch_fills_but_under_the_rule_through_the_price_must_go_beyond():
    touching = Script([FLAT, FLAT, (100.0, 101.0, 95.0, 99.0), FLAT], {0: "L"}, limit={0: 95.0})
    assert play(touching).trades
    assert play(touching, fill_rule="through").trades == []
    target = Script([FLAT, FLAT, (100.0, 105.0, 99.0, 100.0), FLAT], {0: "L"}, target={0: 105.0})
    assert play(target).reasons == ["take_profit"]
    assert play(target, fill_rule="through").reasons == ["end"]


def test_f41_an_order_gets_a_share_of_each_bars_volume_and_the_rest_waits():
    script = Script([FLAT] * 6, {0: "L", 3: "l"}, volume=[9.0, 4.0, 4.0, 40.0, 6.0, 9.0])
    out = play(script, fill_rule="volume=0.1")
    assert out.fills == [
        (1, 0.4, 100.0),
        (2, 0.4, 100.0),
        (3, pytest.approx(0.2), 100.0),
        (4, pytest.approx(-0.6), 100.0),
        (5, pytest.approx(-0.4), 100.0),
    ]
    assert len(out.trades) == 1
    assert (out.trades[0]["exits"], out.trades[0]["qty"]) == (2, pytest.approx(1.0))


def test_f42_a_bar_that_filled_a_limit_knows_its_stop_and_only_by_its_close_its_target():
    def out(row, **levels):
        return play(Script([FLAT, row, FLAT], {0: "L"}, limit={0: 95.0}, **levels))

    assert out((100.0, 101.0, 90.0, 99.0), stop={0: 92.0}).reasons == ["stop_loss"]
    unknown = out((100.0, 103.0, 94.0, 99.0), target={0: 102.0})
    assert (unknown.reasons, unknown.account["ambiguous"]) == (["end"], 1)
    certain = out((100.0, 103.0, 94.0, 102.5), target={0: 102.0})
    assert (certain.reasons, certain.account["ambiguous"]) == (["take_profit"], 0)


def test_f42_a_bar_that_filled_a_stop_entry_knows_its_target_and_fears_its_stop():
    def out(row, **levels):
        return play(Script([FLAT, row, FLAT], {0: "L"}, trigger={0: 105.0}, **levels))

    assert out((100.0, 112.0, 99.5, 108.0), target={0: 110.0}).reasons == ["take_profit"]
    feared = out((100.0, 106.0, 98.0, 105.5), stop={0: 99.0})
    assert (feared.reasons, feared.account["ambiguous"]) == (["stop_loss"], 1)
    certain = out((100.0, 106.0, 98.0, 98.5), stop={0: 99.0})
    assert (certain.reasons, certain.account["ambiguous"]) == (["stop_loss"], 0)


def test_f43_a_stop_ends_the_target_and_what_waits_to_be_added():
    rows = [FLAT, FLAT, (100.0, 101.0, 94.0, 96.0), (96.0, 120.0, 85.0, 100.0), FLAT]
    script = Script(rows, {0: "L", 1: "L"}, stop={0: 95.0, 1: 95.0}, target={0: 110.0}, limit={1: 90.0})
    out = play(script, max_entries=2)
    assert out.reasons == ["stop_loss"]
    assert out.outcomes == ["filled", "withdrawn"]


def test_f44_a_trailing_stop_follows_from_the_close_of_the_bar_on():
    rows = [FLAT, (100.0, 110.0, 99.0, 109.0), (109.0, 110.0, 104.5, 106.0), (106.0, 107.0, 104.0, 105.0), FLAT]
    out = play(Script(rows, {0: "L"}, trail={0: 5.0}))
    assert (out.reasons, out.fills[1]) == (["trailing_stop"], (2, -1.0, 105.0))
    # the bar went 12 below its high, but nobody knows whether before or after
    rows = [FLAT, (100.0, 110.0, 98.0, 109.0), (109.0, 110.0, 106.0, 109.0)]
    wide = play(Script(rows, {0: "L"}, trail={0: 5.0}))
    assert wide.reasons == ["end"]
    # the close is beyond: the price has certainly been there after the high
    back = play(Script([FLAT, (100.0, 110.0, 98.0, 103.0), FLAT], {0: "L"}, trail={0: 5.0}), slippage_bps=10)
    assert (back.reasons, back.fills[1][2]) == (["trailing_stop"], pytest.approx(105.0 * 0.999))
    short = play(Script([FLAT, (100.0, 101.0, 90.0, 97.0), FLAT], {0: "S"}), trailing=0.05)
    assert (short.reasons, short.fills[1][2]) == (["trailing_stop"], pytest.approx(94.5))


def test_f45_from_its_price_on_the_stop_is_the_entry_price():
    rows = [FLAT, (100.0, 106.0, 99.0, 105.0), (105.0, 106.0, 99.0, 100.5), FLAT]
    out = play(Script(rows, {0: "L"}, break_even={0: 105.0}, stop={0: 90.0}))
    assert (out.reasons, out.fills[1]) == (["break_even"], (2, -1.0, 100.0))
    assert play(Script(rows, {0: "L"}), break_even=0.05).reasons == ["break_even"]
    assert play(Script(rows, {0: "L"}), break_even=0.07).reasons == ["end"]


def test_f46_a_ladder_sells_its_shares_and_the_stop_holds_for_the_rest():
    rows = [FLAT, (100.0, 106.0, 99.0, 105.0), (105.0, 111.0, 104.0, 108.0), (108.0, 109.0, 94.0, 95.0)]
    script = Script(rows, {0: "L"}, ladder={0: (105.0, 110.0, 130.0)}, stop={0: 95.0})
    out = play(script, shares=(0.5, 0.25, 0.25))
    assert out.fills == [(1, 1.0, 100.0), (1, -0.5, 105.0), (2, -0.25, 110.0), (3, -0.25, 95.0)]
    assert out.trades[0]["pnl"] == pytest.approx(2.5 + 2.5 - 1.25)
    assert (out.trades[0]["exit_price"], out.reasons) == (pytest.approx(103.75), ["stop_loss"])
    whole = play(Script(rows, {0: "L"}, ladder={0: (105.0, 110.0)}), shares=(0.9, 0.1))
    assert (len(whole.trades), whole.reasons) == (1, ["take_profit"])


def test_f47_an_exit_can_wait_at_a_limit_or_leave_with_a_share():
    rows = [FLAT, FLAT, FLAT, (100.0, 104.0, 99.0, 103.0), FLAT]
    waiting = play(Script(rows, {0: "L", 1: "l"}, exit_limit={1: 103.0}))
    assert (waiting.fills[1], waiting.reasons) == ((3, -1.0, 103.0), ["signal"])
    share = play(Script([FLAT] * 5, {0: "L", 1: "l", 2: "l"}, exit_share={1: 0.25}))
    assert [f[:2] for f in share.fills] == [(1, 1.0), (2, -0.25), (3, -0.75)]


def test_f98_an_exit_can_wait_for_its_trigger_and_then_for_its_limit():
    held = {0: "L", 1: "l"}
    down = [FLAT, FLAT, FLAT, (100.0, 101.0, 95.0, 96.0), (98.0, 99.0, 97.0, 98.0)]
    stop = play(Script(down, held, exit_trigger={1: 97.0}), slippage_bps=100.0)
    assert (stop.fills[1], stop.reasons) == ((3, -1.0, pytest.approx(97.0 * 0.99)), ["signal"])
    bounded = play(Script(down, held, exit_trigger={1: 97.0}, exit_limit={1: 96.5}), slippage_bps=100.0)
    assert bounded.fills[1] == (3, -1.0, 96.5)
    rests = play(Script(down, held, exit_trigger={1: 97.0}, exit_limit={1: 97.5}))
    assert rests.fills[1] == (4, -1.0, 98.0)
    gap = [*down[:3], (95.0, 96.5, 94.0, 96.0), FLAT]
    assert play(Script(gap, held, exit_trigger={1: 97.0})).fills[1] == (3, -1.0, 95.0)
    assert play(Script(gap, held, exit_trigger={1: 97.0}, exit_limit={1: 96.0})).fills[1] == (3, -1.0, 96.0)
    taken = play(Script(gap, held, exit_trigger={1: 97.0}, exit_limit={1: 90.0}), slippage_bps=100.0)
    assert taken.fills[1] == (3, -1.0, pytest.approx(95.0 * 0.99))  # it takes at that open, so it slips
    nearer = play(Script(down, held, exit_trigger={1: 97.0}, stop={0: 98.0}))
    assert (nearer.fills[1], nearer.reasons) == ((3, -1.0, 98.0), ["stop_loss"])
    both = [*down[:3], (100.0, 106.0, 95.0, 96.0), FLAT]
    doubtful = play(Script(both, held, exit_trigger={1: 97.0}, exit_share={1: 0.5}, target={0: 105.0}))
    assert doubtful.fills[1:] == [(3, -0.5, 97.0), (4, -0.5, 100.0)]
    assert doubtful.account["ambiguous"] == 1


def test_f99_targets_can_be_market_orders():
    rows = [FLAT, (100.0, 105.0, 99.0, 104.0), FLAT]
    script = Script(rows, {0: "L"}, target={0: 105.0}, volume=[1.0] * 3)
    costs = {"fee": 0.001, "maker": 0.0, "slippage_bps": 100.0, "market_targets": True}
    for rule in ("touch", "through", "volume=0.9"):
        out = play(script, **costs, fill_rule=rule, size="qty=0.5")
        assert out.fills[1] == (1, -0.5, pytest.approx(105.0 * 0.99))
        assert out.cash[-1] == ("fee", pytest.approx(-0.5 * 105.0 * 0.99 * 0.001))
    gapped = play(Script([FLAT, FLAT, (107.0, 108.0, 106.0, 107.0)], {0: "L"}, target={0: 105.0}), market_targets=True)
    assert gapped.fills[1] == (2, -1.0, 107.0)


def test_f48_a_position_is_left_after_its_bars():
    out = play(Script([FLAT] * 6, {0: "L"}, max_bars={0: 2.0}))
    assert (out.reasons, out.trades[0]["bars"]) == (["time"], 2)
    assert play(Script([FLAT] * 6, {0: "L"}), max_bars=3).trades[0]["bars"] == 3


def test_f49_wishes_for_what_is_held_add_up_to_the_limit_of_entries():
    rows = [FLAT, FLAT, (110.0, 111.0, 109.0, 110.0), (120.0, 121.0, 119.0, 120.0), FLAT]
    script = Script(rows, {0: "L", 1: "L", 2: "L"}, stop={0: 90.0, 1: 100.0})
    out = play(script, max_entries=2)
    assert out.outcomes == ["filled", "filled", "position already held"]
    assert len(out.trades) == 1
    assert (out.trades[0]["qty"], out.trades[0]["entry_price"]) == (2.0, 105.0)
    assert (out.reasons, out.trades[0]["exit_price"]) == (["stop_loss"], 100.0)


def test_f58_each_wish_to_enter_has_one_outcome():
    out = play(Script([FLAT] * 5, {0: "LS", 1: "L", 2: "L", 4: "L"}))
    assert out.outcomes == ["wishes for both directions", "filled", "position already held", "position already held"]
    assert play(Script([FLAT] * 2, {1: "L"})).outcomes == ["no bar after the signal"]
    assert play(Script([FLAT] * 3, {0: "L"}, limit={0: 90.0})).outcomes == ["still waiting at the end"]
    assert play(Script([FLAT] * 3, {0: "L"}), size="risk=0.1").outcomes == ["no stop to measure the risk by"]


def test_f59_decisions_reach_the_market_late():
    out = play(Script([FLAT] * 3 + [(103.0, 104.0, 102.0, 103.0), FLAT], {0: "L"}), latency=2)
    assert out.fills[0] == (3, 1.0, 103.0)


def test_f106_with_shorter_bars_a_decision_fills_at_the_first_of_their_opens_after_its_latency():
    minutes = Bars.of(
        np.arange(8) * 900_000, np.arange(100.0, 108.0), np.full(8, 110.0), np.full(8, 90.0), np.full(8, 100.0)
    )
    source = BarSource("BTCUSDT", "1h", bars=minutes.resampled(TIMEFRAMES["1h"]), detail=minutes)
    for ms, price in ((0.0, 104.0), (250.0, 105.0), (900_000.0, 105.0), (900_001.0, 106.0)):
        result = run_backtest(BacktestRequest("buy_and_hold", {}, (source,), latency_ms=ms))
        assert result.trades[0].entry_price == price


def test_f60_no_more_positions_than_allowed():
    scripts = [Script([FLAT] * 3, {0: "L"}, strength={0: float(k)}) for k in range(3)]
    out = play(*scripts, max_positions=2)
    assert sorted(t["symbol"] for t in out.trades) == [1, 2]
    assert "as many positions as allowed" in out.outcomes
