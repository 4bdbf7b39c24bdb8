"""The examples of docs/fills.md for costs, margin, ambiguity, sizes and trades, by the number of the rule."""

import math

import pytest

from shared_modules.matching import Margin, RiskTier, Slippage
from shared_modules.matching.margin import tier_rows

from .scripts import MINUTE, Script, play

FLAT = (100.0, 101.0, 99.0, 100.0)
TIERS = (RiskTier(500.0, 0.01, 50.0), RiskTier(math.inf, 0.05, 10.0))


def test_f50_resting_orders_pay_the_maker_fee():
    rows = [FLAT, FLAT, (100.0, 105.0, 99.0, 104.0)]
    out = play(Script(rows, {0: "L"}, target={0: 105.0}), fee=0.01, maker=0.002)
    assert out.trades[0]["fees"] == pytest.approx(1.0 + 0.21)
    stopped = play(Script([FLAT, FLAT, (100.0, 100.0, 94.0, 95.0)], {0: "L"}, stop={0: 95.0}), fee=0.01, maker=0.002)
    assert stopped.trades[0]["fees"] == pytest.approx(1.0 + 0.95)


def test_f51_half_of_the_spread_is_paid():
    out = play(Script([FLAT] * 4, {0: "L", 1: "l"}), slippage=Slippage("spread", 20.0))
    assert [f[2] for f in out.fills] == pytest.approx([100.1, 99.9])


def test_f52_impact_grows_with_the_root_of_the_size():
    def price(qty):
        script = Script([FLAT] * 4, {0: "L"}, impact=[0.001] * 4)
        return play(script, slippage=Slippage("impact", 0.5), size=f"qty={qty}").fills[0][2]

    assert price(4.0) == pytest.approx(100.0 * (1 + 0.5 * 0.001 * 2.0))
    assert price(1.0) == pytest.approx(100.0 * (1 + 0.5 * 0.001))


def test_f53_a_table_gives_slippage_by_notional():
    def price(notional):
        table = Slippage("table", table=((150.0, 10.0), (300.0, 20.0)))
        return play(Script([FLAT] * 4, {0: "L"}), slippage=table, size=f"notional={notional}").fills[0][2]

    assert [price(n) for n in (100, 250, 900)] == pytest.approx([100.1, 100.2, 100.2])


def test_f54_every_change_of_cash_is_a_row():
    rows = [FLAT, FLAT, (110.0, 111.0, 109.0, 110.0), FLAT]
    out = play(Script(rows, {0: "L", 1: "l"}, funding=[(2 * MINUTE, 0.001, 110.0)]), fee=0.001)
    assert out.cash == [
        ("fee", pytest.approx(-0.1)),
        ("funding", pytest.approx(-0.11)),
        ("realised", pytest.approx(10.0)),
        ("fee", pytest.approx(-0.11)),
    ]
    assert out.equity[-1] == pytest.approx(1000.0 + sum(amount for _, amount in out.cash), abs=1e-9)


@pytest.mark.parametrize(("wish", "paid"), [("L", -0.2), ("S", 0.2)])
def test_f55_funding_is_paid_by_who_holds_at_its_time(wish, paid):
    leaving = {0: wish, 2: wish.lower()}
    out = play(Script([FLAT] * 6, leaving, funding=[(k * MINUTE, 0.001, 100.0) for k in range(1, 6)]))
    # not at the open of the entry, but at that of the exit
    assert out.trades[0]["funding"] == pytest.approx(paid)
    assert out.trades[0]["pnl"] == pytest.approx(paid)


def test_f56_funding_beyond_free_cash_comes_out_of_the_margin():
    script = Script([FLAT] * 4, {0: "L"}, funding=[(2 * MINUTE, 0.03, 100.0)])
    margin = Margin(10.0)
    assert play(script, cash=100.0, size="equity=1.0", margin=margin, tiers=TIERS[1:]).reasons == ["end"]
    moved = play(Script([FLAT] * 2 + [(100.0, 100.0, 97.5, 99.0)] * 2, {0: "L"}, funding=[(2 * MINUTE, 0.03, 100.0)]),
                 cash=100.0, size="equity=1.0", margin=margin, tiers=TIERS[1:])  # fmt: skip
    assert moved.reasons == ["liquidation"]
    ruin = play(Script([FLAT] * 4, {0: "L"}, funding=[(2 * MINUTE, 0.9, 100.0)]), cash=100.0, size="equity=1.0",
                margin=margin, tiers=TIERS[1:])  # fmt: skip
    assert ruin.equity[-1] == pytest.approx(0.0, abs=1e-9)


def test_f57_prices_follow_the_tick_and_quantities_the_maximum():
    script = Script([FLAT, FLAT, (100.0, 101.0, 90.0, 95.0), FLAT], {0: "L"}, limit={0: 95.07})
    assert play(script, instrument=(0.0, 0.0, 0.0, 0.0, 0.1)).fills[0][2] == 95.0
    many = Script([FLAT] * 3, {0: "L"})
    assert play(many, instrument=(0.0, 0.0, 0.0, 2.0, 0.0), size="equity=1.0").fills[0][1] == 2.0
    assert play(many, instrument=(0.0, 0.0, 0.0, 2.0, 0.0), size="qty=3").outcomes == ["above the largest quantity"]


@pytest.mark.parametrize(("wish", "sign"), [("L", 1), ("S", -1)])
def test_f61_margin_is_notional_over_leverage_and_the_fee_to_close(wish, sign):
    out = play(Script([FLAT] * 3, {0: wish}), size="equity=1.0", fee=0.001, margin=Margin(5.0), tiers=TIERS[1:])
    unit = 100.0 * (1 / 5 + 0.001 * (1 - sign / 5) + 0.001)
    assert abs(out.fills[0][1]) == pytest.approx(1000.0 / unit)


def test_f62_open_profit_is_free_cash_in_cross_margin_only():
    up = Script([FLAT, FLAT, (200.0, 201.0, 199.0, 200.0), (200.0, 201.0, 199.0, 200.0)], {0: "L"})
    more = Script([FLAT] * 4, {2: "L"})

    def traded(mode):
        out = play(up, more, cash=100.0, size="qty=4", margin=Margin(4.0, mode), tiers=TIERS)
        return len(out.trades)

    assert (traded("isolated"), traded("cross")) == (1, 2)


def test_f63_leverage_above_the_tiers_is_refused():
    script = Script([FLAT] * 3, {0: "L"})
    assert play(script, size="qty=4", margin=Margin(20.0), tiers=TIERS).outcomes == ["filled"]
    assert play(script, size="qty=6", margin=Margin(20.0), tiers=TIERS).outcomes == ["leverage above the risk tier's"]


def test_f64_maintenance_is_continuous_where_a_tier_ends():
    rows = tier_rows(TIERS)
    value = 500.0
    assert value * rows[0, 1] - rows[0, 2] == pytest.approx(value * rows[1, 1] - rows[1, 2]) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("wish", "level", "row"),
    [("L", (400.0 * 0.9) / (4 * 0.99), (100.0, 101.0, 90.0, 100.0)),
     ("S", (400.0 * 1.1) / (4 * 1.01), (100.0, 110.0, 99.0, 100.0))],
)  # fmt: skip
def test_f65_an_isolated_position_is_taken_over_at_its_liquidation_price(wish, level, row):
    def out(reach):
        high, low = (row[1], reach) if wish == "L" else (reach, row[2])
        script = Script([FLAT, FLAT, (100.0, high, low, 100.0), FLAT], {0: wish})
        return play(script, size="qty=4", margin=Margin(10.0), tiers=TIERS)

    beyond, before = (level - 1e-6, level + 1e-6) if wish == "L" else (level + 1e-6, level - 1e-6)
    assert out(before).reasons == ["end"]
    gone = out(beyond)
    assert gone.reasons == ["liquidation"]
    # the margin of 40 is lost, whatever the liquidation price leaves of it
    assert gone.equity[-1] == pytest.approx(960.0)


def test_f65_the_mark_price_decides_where_there_is_one():
    script = Script([FLAT, FLAT, (100.0, 101.0, 85.0, 100.0), FLAT], {0: "L"}, mark=[(101.0, 99.0)] * 4)
    assert play(script, size="qty=4", margin=Margin(10.0), tiers=TIERS).reasons == ["end"]
    gap = Script([FLAT, FLAT, (50.0, 51.0, 49.0, 50.0), FLAT], {0: "L"}, stop={0: 95.0})
    out = play(gap, size="qty=4", margin=Margin(10.0), tiers=TIERS)
    assert (out.reasons, out.equity[-1]) == (["liquidation"], pytest.approx(960.0))


def test_f66_in_cross_margin_the_whole_account_stands_and_falls():
    falling = Script([FLAT, FLAT, (100.0, 101.0, 80.0, 85.0), (85.0, 86.0, 40.0, 50.0), FLAT], {0: "L"})
    other = Script([FLAT] * 5, {0: "L"})
    out = play(falling, other, cash=200.0, size="qty=4", margin=Margin(10.0, "cross"), tiers=TIERS)
    assert out.reasons == ["liquidation", "liquidation"]
    # alone the isolated one would be gone a bar earlier
    assert {t["exit_time"] for t in out.trades} == {3 * MINUTE}
    # the other closes at its mark, the fallen one where nothing is left
    assert [t["exit_price"] for t in out.trades] == pytest.approx([100.0, 50.0])
    assert out.equity[-1] == pytest.approx(0.0, abs=1e-9)
    spared = Script([FLAT, FLAT, (100.0, 101.0, 80.0, 85.0), (85.0, 86.0, 53.6, 60.0), FLAT], {0: "L"})
    assert (
        play(spared, other, cash=200.0, size="qty=4", margin=Margin(10.0, "cross"), tiers=TIERS).reasons == ["end"] * 2
    )
    level = (400.0 - 200.0 + 4.0) / (4 * 0.99)
    assert 51.5 < level < 53.6


@pytest.mark.parametrize("mode", ["isolated", "cross"])
@pytest.mark.parametrize("wish", ["L", "S"])
def test_f67_a_crash_leaves_no_account_below_zero(mode, wish):
    crash = (10.0, 11.0, 9.0, 10.0) if wish == "L" else (900.0, 950.0, 850.0, 900.0)
    out = play(Script([FLAT, FLAT, crash, crash], {0: wish}), size="equity=1.0", fee=0.001, margin=Margin(10.0, mode),
               tiers=TIERS[1:])  # fmt: skip
    assert out.reasons == ["liquidation"]
    assert out.equity[-1] == pytest.approx(0.0, abs=1e-9)


def test_f70_shorter_bars_decide_what_came_first():
    wide = (100.0, 106.0, 94.0, 105.0)
    up_first = [(100.0, 106.0, 100.0, 105.0), (105.0, 105.0, 94.0, 105.0)]
    script = Script([FLAT, FLAT, wide], {0: "L"}, stop={0: 95.0}, target={0: 105.5}, detail={2: up_first})
    out = play(script)
    assert (out.reasons, out.account["ambiguous"]) == (["take_profit"], 0)
    down_first = [(100.0, 100.0, 94.0, 95.0), (95.0, 106.0, 95.0, 105.0)]
    script.detail = {2: down_first}
    assert play(script).reasons == ["stop_loss"]


def test_f71_the_favourable_run_takes_the_better_of_what_is_ambiguous():
    script = Script([FLAT, FLAT, (100.0, 106.0, 94.0, 105.0)], {0: "L"}, stop={0: 95.0}, target={0: 105.0})
    assert play(script).reasons == ["stop_loss"]
    assert play(script, favourable=True).reasons == ["take_profit"]


def test_f80_an_average_true_range_costs_its_share():
    out = play(Script([FLAT] * 3, {0: "L"}, unit={0: 4.0}), size="atr=0.01")
    assert out.fills[0][1] == pytest.approx(2.5)
    assert play(Script([FLAT] * 3, {0: "L"}), size="atr=0.01").outcomes == ["no volatility known yet"]


def test_f81_a_volatility_is_aimed_at():
    out = play(Script([FLAT] * 3, {0: "L"}, unit={0: 100.0 * 0.8}), size="volatility=0.2")
    assert out.fills[0][1] * 100.0 * 0.8 == pytest.approx(1000.0 * 0.2)


def test_f82_confidence_scales_the_size():
    assert play(Script([FLAT] * 3, {0: "L"}, confidence={0: 0.25})).fills[0][1] == 0.25


def test_f83_kelly_follows_the_runs_own_trades():
    up, down = (110.0, 111.0, 109.0, 110.0), (95.0, 96.0, 94.0, 95.0)
    rows, wishes = [], {}
    for k in range(24):
        wishes |= {len(rows): "L", len(rows) + 1: "l"}
        rows += [FLAT, FLAT, down if k % 4 == 0 else up]
    out = play(Script([*rows, FLAT], wishes), size="kelly=0.9")
    sizes = [t["qty"] * t["entry_price"] for t in out.trades]
    assert sizes[0] == pytest.approx(90.0)
    won, lost = 0.1, 0.05
    before = out.equity[3 * 20 - 1]
    # 15 of the first 20 trades won
    assert sizes[20] / before == pytest.approx(0.75 - 0.25 / (won / lost))
    losing = [FLAT, FLAT, down] * 24
    none = play(Script(losing, {i: "L" if i % 3 == 0 else "l" for i in range(72) if i % 3 < 2}), size="kelly=0.9")
    assert len(none.trades) == 20
    assert set(none.outcomes[20:]) == {"Kelly's share is nothing"}


def test_f90_the_extremes_of_an_entry_bar_count_only_after_the_entry():
    out = play(Script([FLAT, (100.0, 120.0, 94.0, 96.0), FLAT], {0: "L"}, limit={0: 95.0}))
    assert out.trades[0]["mfe"] == pytest.approx(101.0 / 95.0 - 1.0)
    assert out.trades[0]["mae"] == pytest.approx(94.0 / 95.0 - 1.0)


def test_f91_a_round_trip_ends_flat_and_lists_its_exits():
    out = play(Script([FLAT, FLAT, (110.0, 111.0, 109.0, 110.0), FLAT, FLAT], {0: "L", 1: "l", 2: "l"},
                      exit_share={1: 0.5}), fee=0.01)  # fmt: skip
    trade = out.trades[0]
    assert (trade["exits"], trade["exit_price"], trade["qty"]) == (2, 105.0, 1.0)
    assert trade["fees"] == pytest.approx(1.0 + 0.55 + 0.5)
    assert trade["pnl"] == pytest.approx(5.0 - 2.05)
