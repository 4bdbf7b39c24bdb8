"""The examples of docs/fills.md, by the number of the rule."""

import re
from pathlib import Path

import pytest

from .scripts import MINUTE, Script, play

FLAT = (100.0, 101.0, 99.0, 100.0)


def test_every_rule_of_the_document_has_an_example():
    document = (Path(__file__).parents[2] / "docs" / "fills.md").read_text(encoding="utf-8")
    rules = set(re.findall(r"\*\*F(\d+) ", document))
    files = Path(__file__).parent.glob("test_*.py")
    examples = {n for file in files for n in re.findall(r"def test_f(\d+)_", file.read_text(encoding="utf-8"))}
    assert rules == examples


def test_f1_nothing_fills_in_the_bar_of_the_decision():
    out = play(Script([FLAT, (103.0, 104.0, 102.0, 103.0), FLAT], {0: "L"}))
    assert out.trades[0]["entry_time"] == MINUTE


def test_f2_a_market_order_fills_at_the_next_open():
    out = play(Script([FLAT, (103.0, 104.0, 102.0, 103.5), (105.0, 106.0, 104.0, 105.0), FLAT], {0: "L", 1: "l"}))
    assert (out.trades[0]["entry_price"], out.trades[0]["exit_price"]) == (103.0, 105.0)
    assert out.reasons == ["signal"]


def test_f3_a_decision_at_the_last_bar_fills_nowhere():
    assert play(Script([FLAT, FLAT], {1: "L"})).trades == []


def test_f4_a_fill_carries_the_open_time_of_its_bar():
    out = play(Script([FLAT, FLAT, (100.0, 100.0, 90.0, 95.0)], {0: "L"}, stop={0: 95.0}))
    assert out.trades[0]["exit_time"] == 2 * MINUTE
    out = play(Script([FLAT, FLAT, FLAT], {0: "L"}))
    assert (out.reasons, out.trades[0]["exit_time"]) == (["end"], 2 * MINUTE)


def test_f5_a_position_stopped_within_a_bar_can_be_entered_again_at_the_next_open():
    rows = [FLAT, (100.0, 101.0, 90.0, 92.0), (92.0, 93.0, 91.0, 92.0), FLAT]
    out = play(Script(rows, {0: "L", 1: "L"}, stop={0: 95.0}))
    assert [(t["entry_time"], t["reason"]) for t in out.trades] == [(MINUTE, "stop_loss"), (2 * MINUTE, "end")]


def test_f6_the_cash_of_an_exit_pays_an_entry_of_another_symbol_at_the_same_open():
    entering = Script([FLAT] * 4, {1: "L"})
    leaving = Script([FLAT] * 4, {0: "L", 1: "l"})
    # the symbol that enters has the lower slot, so only the order of the rule can pay for it
    out = play(entering, leaving, cash=100.0)
    assert [t["symbol"] for t in out.trades] == [1, 0]
    assert out.account["refused"] == 0


def test_f7_the_strongest_entry_is_served_first_then_the_first_symbol():
    def first(*strengths):
        scripts = [Script([FLAT] * 3, {0: "L"}, strength={} if s is None else {0: s}) for s in strengths]
        return [t["symbol"] for t in play(*scripts, cash=100.0).trades]

    assert first(1.0, 3.0, 2.0) == [1]
    assert first(2.0, 2.0, 1.0) == [0]
    assert first(None, 0.5) == [1]


def test_f8_a_wish_to_enter_what_is_held_changes_nothing():
    out = play(Script([FLAT] * 5, {0: "L", 1: "L", 2: "L"}))
    assert len(out.trades) == 1
    assert out.trades[0]["qty"] == 1.0


@pytest.mark.parametrize(("wish", "reason"), [("S", "reverse"), ("Sl", "signal")])
def test_f9_an_opposite_entry_leaves_and_enters_at_the_same_open(wish, reason):
    out = play(Script([FLAT] * 4, {0: "L", 1: wish}))
    assert out.reasons == [reason, "end"]
    assert out.trades[0]["exit_time"] == out.trades[1]["entry_time"] == 2 * MINUTE
    assert [t["qty"] for t in out.trades] == [1.0, -1.0]


def test_f10_wishes_for_both_directions_cancel_each_other():
    assert play(Script([FLAT] * 3, {0: "LS"})).trades == []
    assert play(Script([FLAT] * 4, {0: "L", 1: "LS"})).reasons == ["end"]


def test_f11_a_position_open_at_the_end_is_closed_at_the_last_close():
    out = play(Script([FLAT, FLAT, (100.0, 111.0, 100.0, 110.0)], {0: "L"}), fee=0.01)
    assert out.reasons == ["end"]
    assert out.trades[0]["exit_price"] == 110.0
    assert out.equity[-1] == pytest.approx(1000.0 + 10.0 - 1.0 - 1.1)


def test_f12_a_stop_is_active_in_the_bar_of_its_entry():
    out = play(Script([FLAT, (100.0, 101.0, 94.0, 100.0), FLAT], {0: "L"}, stop={0: 95.0}))
    assert out.trades[0]["exit_time"] == MINUTE
    assert out.reasons == ["stop_loss"]


@pytest.mark.parametrize(("wish", "stop", "fill"), [("L", 95.0, 94.905), ("S", 105.0, 105.105)])
def test_f13_a_touched_stop_fills_at_its_price_with_slippage(wish, stop, fill):
    rows = [FLAT, FLAT, (100.0, 105.0, 95.0, 100.0)]
    out = play(Script(rows, {0: wish}, stop={0: stop}), slippage_bps=10)
    assert out.trades[0]["exit_price"] == pytest.approx(fill)


@pytest.mark.parametrize(("wish", "stop", "row"), [("L", 95.0, (90.0, 99.0, 89.0, 98.0)), ("S", 105.0, (110.0, 111.0, 99.0, 100.0))])  # fmt: skip  # noqa: E501
def test_f14_a_gap_through_the_stop_fills_at_the_open(wish, stop, row):
    out = play(Script([FLAT, FLAT, row], {0: wish}, stop={0: stop}))
    assert out.reasons == ["stop_loss"]
    assert out.trades[0]["exit_price"] == row[0]


@pytest.mark.parametrize(("wish", "target"), [("L", 105.0), ("S", 95.0)])
def test_f15_a_touched_target_fills_at_its_price_without_slippage(wish, target):
    rows = [FLAT, FLAT, (100.0, 105.0, 95.0, 100.0)]
    out = play(Script(rows, {0: wish}, target={0: target}), slippage_bps=10)
    assert out.reasons == ["take_profit"]
    assert out.trades[0]["exit_price"] == target


@pytest.mark.parametrize(("wish", "target", "row"), [("L", 105.0, (110.0, 111.0, 99.0, 100.0)), ("S", 95.0, (90.0, 99.0, 89.0, 98.0))])  # fmt: skip  # noqa: E501
def test_f16_a_gap_through_the_target_fills_at_the_better_open(wish, target, row):
    out = play(Script([FLAT, FLAT, row], {0: wish}, target={0: target}), slippage_bps=10)
    assert out.reasons == ["take_profit"]
    assert out.trades[0]["exit_price"] == row[0]


@pytest.mark.parametrize(("wish", "stop", "target"), [("L", 95.0, 105.0), ("S", 105.0, 95.0)])
def test_f17_stop_and_target_in_one_bar_fill_the_stop_and_are_counted(wish, stop, target):
    wide = (100.0, 106.0, 94.0, 105.0)
    out = play(Script([FLAT, FLAT, wide], {0: wish}, stop={0: stop}, target={0: target}))
    assert out.reasons == ["stop_loss"]
    assert out.trades[0]["exit_price"] == stop
    assert out.account["ambiguous"] == 1


def test_f17_a_bar_that_reaches_only_one_of_them_is_not_ambiguous():
    out = play(Script([FLAT, FLAT, (100.0, 106.0, 96.0, 105.0)], {0: "L"}, stop={0: 95.0}, target={0: 105.0}))
    assert out.reasons == ["take_profit"]
    assert out.account["ambiguous"] == 0


def test_f18_an_entry_that_fills_beyond_its_stop_leaves_at_the_same_open():
    out = play(Script([FLAT, (90.0, 99.0, 89.0, 98.0), FLAT], {0: "L"}, stop={0: 95.0}), fee=0.01)
    assert out.reasons == ["stop_loss"]
    assert (out.trades[0]["entry_price"], out.trades[0]["exit_price"]) == (90.0, 90.0)
    assert out.trades[0]["pnl"] == pytest.approx(-1.8)


@pytest.mark.parametrize(("own", "run", "exit_"), [(97.0, 0.05, 97.0), (93.0, 0.05, 95.0)])
def test_f19_the_nearer_of_two_stops_holds(own, run, exit_):
    out = play(Script([FLAT, FLAT, (100.0, 100.0, 92.0, 93.0)], {0: "L"}, stop={0: own}), stop_loss=run)
    assert out.trades[0]["exit_price"] == pytest.approx(exit_)


def test_f19_the_nearer_of_two_targets_holds_for_a_short():
    out = play(Script([FLAT, FLAT, (100.0, 100.0, 90.0, 93.0)], {0: "S"}, target={0: 92.0}), take_profit=0.05)
    assert out.trades[0]["exit_price"] == pytest.approx(95.0)


def test_f20_a_decided_exit_goes_before_a_gapped_stop():
    out = play(Script([FLAT, FLAT, (90.0, 91.0, 89.0, 90.0)], {0: "L", 1: "l"}, stop={0: 95.0}))
    assert out.reasons == ["signal"]
    assert out.trades[0]["exit_price"] == 90.0


def test_f21_both_sides_pay_the_fee_on_their_notional():
    out = play(Script([FLAT, FLAT, (110.0, 111.0, 109.0, 110.0), FLAT], {0: "L", 1: "l"}), fee=0.001)
    assert out.trades[0]["fees"] == pytest.approx(0.1 + 0.11)
    assert out.trades[0]["pnl"] == pytest.approx(10.0 - 0.21)


def test_f22_slippage_moves_market_fills_against_you_and_is_told():
    out = play(Script([FLAT] * 4, {0: "L", 1: "l"}), slippage_bps=10)
    assert (out.trades[0]["entry_price"], out.trades[0]["exit_price"]) == pytest.approx((100.1, 99.9))
    assert out.account["slippage"] == pytest.approx(0.2)
    short = play(Script([FLAT] * 4, {0: "S", 1: "s"}), slippage_bps=10)
    assert (short.trades[0]["entry_price"], short.trades[0]["exit_price"]) == pytest.approx((99.9, 100.1))


def test_f23_the_last_equity_is_the_cash_plus_all_profits():
    rows = [FLAT, (100.0, 104.0, 99.0, 103.0), (103.0, 108.0, 101.0, 107.0), (107.0, 109.0, 98.0, 99.0)] * 3
    out = play(Script(rows, {0: "L", 2: "Sl", 5: "L", 7: "l"}), fee=0.001, slippage_bps=5)
    assert len(out.trades) == 3
    assert out.equity[-1] == pytest.approx(1000.0 + sum(t["pnl"] for t in out.trades), rel=1e-12)


def test_f24_cash_held_as_margin_can_not_be_spent_again():
    out = play(Script([FLAT] * 4, {0: "L"}), Script([FLAT] * 4, {1: "S"}), cash=150.0)
    assert [t["symbol"] for t in out.trades] == [0]
    assert out.account["refused"] == 1


def test_f25_equity_marks_positions_to_the_newest_close_of_each_symbol():
    a = Script([FLAT, FLAT, (100.0, 111.0, 100.0, 110.0), FLAT], {0: "L"})
    b = Script([FLAT, (100.0, 120.0, 100.0, 120.0), FLAT], {0: "L"}, times=[0, MINUTE, 3 * MINUTE])
    assert play(a, b).equity.tolist() == [1000.0, 1020.0, 1030.0, 1000.0]


@pytest.mark.parametrize("wish", ["L", "S"])
def test_f26_an_equity_share_pays_notional_and_entry_fee(wish):
    out = play(Script([FLAT] * 3, {0: wish}), size="equity=1.0", fee=0.01)
    assert abs(out.trades[0]["qty"]) == pytest.approx(1000.0 / (100.0 * 1.01))
    half = play(Script([FLAT] * 3, {0: wish}), size="equity=0.5", fee=0.01)
    assert abs(half.trades[0]["qty"]) == pytest.approx(500.0 / (100.0 * 1.01))


def test_f27_a_size_in_figures_is_bought_whole_or_not_at_all():
    assert play(Script([FLAT] * 3, {0: "L"}), size="notional=250").trades[0]["qty"] == 2.5
    assert play(Script([FLAT] * 3, {0: "L"}), size="qty=0.25").trades[0]["qty"] == 0.25
    out = play(Script([FLAT] * 3, {0: "L"}), size="notional=1000", fee=0.001)
    assert (out.trades, out.account["refused"]) == ([], 1)


def test_f28_a_risk_loses_its_share_of_the_equity_at_the_stop():
    falling = [FLAT, FLAT, (100.0, 100.0, 80.0, 85.0)]
    out = play(Script(falling, {0: "L"}, stop={0: 95.0}), size="risk=0.02")
    assert out.trades[0]["qty"] == pytest.approx(20.0 / 5.0)
    assert out.equity[-1] == pytest.approx(980.0)
    assert play(Script(falling, {0: "L"}), size="risk=0.02").account["refused"] == 1


def test_f29_a_share_that_free_cash_can_not_pay_is_cut_down_to_it():
    out = play(Script([FLAT] * 4, {0: "L"}), Script([FLAT] * 4, {0: "L"}), size="equity=0.7")
    assert [t["qty"] for t in out.trades] == pytest.approx([7.0, 3.0])
    assert out.account["cut"] == 1
    near = play(Script([FLAT] * 3, {0: "L"}, stop={0: 99.5}), size="risk=0.02")
    assert near.trades[0]["qty"] == pytest.approx(10.0)


def test_f30_quantities_follow_the_step_and_the_smallest_sizes():
    def qty(step, least, notional, size):
        out = play(Script([FLAT] * 3, {0: "L"}), size=size, instrument=(step, least, notional))
        return [t["qty"] for t in out.trades]

    assert qty(0.1, 0.1, 5.0, "qty=0.3") == [0.3]
    assert qty(0.1, 0.1, 5.0, "qty=0.39999") == [0.3]
    assert qty(0.25, 0.0, 0.0, "notional=99") == [0.75]
    assert qty(10.0, 0.0, 0.0, "qty=9") == []
    assert qty(0.001, 0.5, 0.0, "qty=0.4") == []
    assert qty(0.001, 0.001, 50.0, "qty=0.4") == []


def test_f31_a_short_loses_no_more_than_its_margin():
    rising = [FLAT, FLAT, (150.0, 260.0, 150.0, 250.0), (250.0, 260.0, 240.0, 250.0)]
    out = play(Script(rising, {0: "S"}), size="equity=1.0", fee=0.01)
    assert out.reasons == ["liquidation"]
    assert out.trades[0]["exit_price"] == pytest.approx(200.0 / 1.01)
    assert out.equity[-1] == pytest.approx(0.0, abs=1e-9)
    gapped = play(Script([FLAT, FLAT, (500.0, 600.0, 400.0, 500.0)], {0: "S"}), size="equity=1.0", fee=0.01)
    assert gapped.equity[-1] == pytest.approx(0.0, abs=1e-9)
    stopped = play(Script(rising, {0: "S"}, stop={0: 160.0}), size="equity=1.0")
    assert stopped.reasons == ["stop_loss"]
