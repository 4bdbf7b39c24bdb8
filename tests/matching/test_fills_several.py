"""The examples of docs/fills.md for several orders of a symbol, borrowing and single events, by rule."""

import math

import pytest

from shared_modules.core.errors import InvalidInput, OutOfRange, UnknownName
from shared_modules.core.market import Side
from shared_modules.core.trading import OrderStatus, TimeInForce
from shared_modules.matching import Costs, Fees, Margin, RiskTier, Sizing
from shared_modules.matching.stepper import StepBar, Stepper, wish
from shared_modules.matching.tickets import Ticket

from .scripts import MINUTE, Script, play

FLAT = (100.0, 101.0, 99.0, 100.0)
TIERS = (RiskTier(500.0, 0.01, 50.0), RiskTier(math.inf, 0.05, 10.0))
BUY, SELL = Side.BUY, Side.SELL


def test_f66_cross_margin_gives_up_its_upper_tiers_before_the_account():
    falling = Script([FLAT, FLAT, (100.0, 101.0, 92.0, 95.0), FLAT], {0: "L"})
    tiers = (RiskTier(500.0, 0.01, 50.0), RiskTier(math.inf, 0.2, 10.0))
    out = play(falling, cash=175.0, size="qty=8", margin=Margin(10.0, "cross"), tiers=tiers)
    # 800 quote coin are in the upper tier: equity meets 0.2 of the value less the deduction of 95 and the fee of 0
    level = (800.0 - 175.0 - 95.0) / (8 * 0.8)
    assert level == pytest.approx(82.8125)
    deeper = Script([FLAT, FLAT, (100.0, 101.0, 82.0, 95.0), FLAT], {0: "L"})
    out = play(deeper, cash=175.0, size="qty=8", margin=Margin(10.0, "cross"), tiers=tiers)
    assert out.fills[1] == (2, pytest.approx(500.0 / level - 8.0), pytest.approx(level))
    assert (len(out.trades), out.reasons) == (1, ["end"])
    ruin = Script([FLAT, FLAT, (100.0, 101.0, 60.0, 61.0), FLAT], {0: "L"})
    gone = play(ruin, cash=175.0, size="qty=8", margin=Margin(10.0, "cross"), tiers=tiers)
    assert (gone.reasons, gone.trades[0]["exits"]) == (["liquidation"], 2)
    assert gone.equity[-1] == pytest.approx(0.0, abs=1e-9)


def test_f68_borrowing_is_paid_by_shorts_and_by_what_exceeds_the_margin():
    def paid(letter, **options):
        script = Script([FLAT] * 4, {0: letter}, funding=[(2 * MINUTE, 0.0, 110.0)], borrow=[0.001])
        return play(script, **options).cash[1:-2]

    assert paid("S") == [("borrow", pytest.approx(-0.11))]
    assert paid("L") == []
    assert paid("L", margin=Margin(4.0), tiers=TIERS) == [("borrow", pytest.approx(-0.075))]


GRID = {"grid": {0: (99.0, 98.0, 90.0)}, "grid_targets": {0: (100.0, 99.0, 91.0)}}
SWING = [FLAT, (100.0, 100.5, 97.5, 98.0), (98.0, 99.5, 97.6, 99.0), (99.0, 103.0, 98.5, 102.0), FLAT]


def test_f92_a_grid_waits_at_each_of_its_prices_with_its_share():
    out = play(Script(SWING, {0: "L"}, grid=GRID["grid"]), grid_shares=(0.5, 0.25, 0.25))
    assert out.fills[:2] == [(1, 0.5, 99.0), (1, 0.25, 98.0)]
    assert out.outcomes == ["partly filled"]
    deep = [*SWING[:2], (98.0, 99.0, 89.0, 90.0), FLAT]
    whole = play(Script(deep, {0: "L"}, grid=GRID["grid"]), grid_shares=(0.5, 0.25, 0.25))
    assert (whole.outcomes, whole.trades[0]["qty"], whole.trades[0]["entry_price"]) == (["filled"], 1.0, 96.5)
    gapped = play(Script([FLAT, (95.0, 96.0, 94.0, 95.0), FLAT], {0: "L"}, grid=GRID["grid"]), grid_shares=(0.4,) * 3)
    assert [f[2] for f in gapped.fills[:2]] == [95.0, 95.0]


def test_f92_a_grid_short_sells_above_and_each_price_may_be_refused():
    rows = [FLAT, (100.0, 103.0, 99.5, 102.0), FLAT]
    out = play(Script(rows, {0: "S"}, grid={0: (101.0, 102.5)}), grid_shares=(0.5, 0.5))
    assert out.fills[:2] == [(1, -0.5, 101.0), (1, -0.5, 102.5)]
    poor = play(Script(SWING, {0: "L"}, grid=GRID["grid"]), grid_shares=(0.5, 0.25, 0.25), cash=60.0)
    assert (len(poor.trades), poor.account["refused"], poor.outcomes) == (1, 1, ["partly filled"])
    none = play(Script(SWING, {0: "L"}, grid=GRID["grid"]), grid_shares=(0.5, 0.25, 0.25), cash=6.0)
    assert none.outcomes == ["not enough free cash"]


def test_f93_what_a_price_bought_is_sold_at_its_target_and_may_wait_again():
    rows = [*SWING, (100.0, 100.5, 98.5, 100.0), FLAT]
    once = play(Script(rows, {0: "L"}, **GRID), grid_shares=(0.5, 0.25, 0.25))
    assert once.fills == [(1, 0.5, 99.0), (1, 0.25, 98.0), (2, -0.25, 99.0), (3, -0.5, 100.0)]
    again = play(Script(rows, {0: "L"}, **GRID), grid_shares=(0.5, 0.25, 0.25), grid_repeat=True)
    assert again.fills[4:6] == [(4, 0.5, 99.0), (4, -0.5, 100.0)]


def test_f93_a_time_in_force_is_that_of_the_entry_not_of_the_sale():
    rows = [FLAT, (98.5, 99.0, 98.0, 98.5), (98.5, 100.5, 98.0, 100.0), (100.0, 101.0, 99.5, 100.0), FLAT]
    script = Script(rows, {0: "L"}, grid={0: (99.0,)}, grid_targets={0: (100.0,)}, volume=[9.0, 9.0, 3.0, 9.0, 9.0])
    out = play(script, grid_shares=(0.5,), time_in_force="FOK", fill_rule="volume=0.1")
    assert [f[:2] for f in out.fills] == [(1, 0.5), (2, pytest.approx(-0.3)), (3, pytest.approx(-0.2))]


def test_f94_leaving_withdraws_what_waits_and_a_stop_ends_the_targets_too():
    deep = [*SWING[:2], FLAT, (100.0, 101.0, 89.0, 95.0), FLAT]
    for letter in ("l", "c"):
        out = play(Script(deep, {0: "L", 1: letter}, grid=GRID["grid"]), grid_shares=(0.5, 0.25, 0.25))
        assert all(price > 95.0 for _, _, price in out.fills)
    stopped = play(Script(deep, {0: "L"}, **GRID, stop={0: 97.7}), grid_shares=(0.5, 0.25, 0.25))
    assert [f[:2] for f in stopped.fills] == [(1, 0.5), (1, 0.25), (1, -0.75)]
    assert stopped.reasons == ["stop_loss"]
    targeted = play(Script(deep, {0: "L"}, **GRID), grid_shares=(0.5, 0.25, 0.25))
    assert targeted.fills[-2][:2] == (3, 0.25)
    newer = Script(deep, {0: "L", 2: "L"}, grid={0: (90.0,), 2: (91.0,)})
    assert play(newer, grid_shares=(0.5,)).fills[0] == (3, 0.5, 91.0)
    assert play(newer, grid_shares=(0.5,)).outcomes == ["replaced by a newer wish", "filled"]


def test_f96_entries_fill_by_their_distance_and_none_beyond_the_stop():
    wide = [FLAT, (100.0, 100.5, 85.0, 86.0), FLAT]
    out = play(Script(wide, {0: "L"}, grid=GRID["grid"], stop={0: 92.0}), grid_shares=(0.5, 0.25, 0.25))
    assert out.fills == [(1, 0.5, 99.0), (1, 0.25, 98.0), (1, -0.75, 92.0)]
    # the price passes the nearer first, in whichever order they were asked for
    turned = play(Script(wide, {0: "L"}, grid={0: (95.0, 99.0)}, stop={0: 92.0}), grid_shares=(0.25, 0.5))
    assert turned.fills[:2] == [(1, 0.5, 99.0), (1, 0.25, 95.0)]


def test_f96_what_the_range_bought_is_sold_in_it_by_its_close_alone():
    def out(close, **options):
        rows = [FLAT, (100.0, 101.0, 98.5, close), (99.0, 99.2, 98.9, 99.0), FLAT]
        return play(Script(rows, {0: "L"}, **GRID), grid_shares=(0.5, 0.25, 0.25), **options)

    assert [f[:2] for f in out(100.5).fills] == [(1, 0.5), (1, -0.5)]
    assert (out(100.5).account["ambiguous"], out(99.5).account["ambiguous"]) == (0, 1)
    assert out(99.5).fills[1][0] == 3
    assert out(99.5, favourable=True).fills[1][0] == 1


def stepper(cash=1000.0, fee=0.0, **options):
    return Stepper(["BTCUSDT"], cash, Costs(fee), Sizing("qty", 1.0), **options)


def trades(market, *prices, start=10, qty=math.inf):
    for k, price in enumerate(prices):
        market.on_trade("BTCUSDT", start + k, price, qty)


def ticket(side, qty, **more):
    return Ticket("BTCUSDT", side, qty, **more)


def test_f95_an_order_against_the_position_reduces_it_first_then_opens_the_other_side():
    market = stepper()
    market.place(ticket(BUY, 1.0), 0)
    trades(market, 100.0)
    number = market.place(ticket(SELL, 3.0, limit=104.0), 20)
    trades(market, 103.0, 105.0, start=30)
    assert market.position("BTCUSDT") == (-2.0, 104.0)
    assert market.order(number).status is OrderStatus.FILLED
    assert market.equity == pytest.approx(1000.0 + 4.0 - 2.0)


def test_f95_a_reduce_only_order_opens_nothing_and_ends_with_the_position():
    market = stepper()
    refused = market.place(ticket(SELL, 1.0, reduce_only=True), 0)
    assert market.order(refused).outcome == "nothing to reduce"
    market.place(ticket(BUY, 1.0), 1)
    trades(market, 100.0)
    first = market.place(ticket(SELL, 5.0, limit=105.0, reduce_only=True), 20)
    second = market.place(ticket(SELL, 0.5, trigger=95.0, reduce_only=True), 20)
    trades(market, 101.0, 94.0, 106.0, start=30)
    assert market.position("BTCUSDT")[0] == 0.0
    assert (market.order(second).average, market.order(first).filled) == (94.0, 0.5)
    assert market.order(first).status is OrderStatus.CANCELLED


def test_f97_the_first_of_a_group_to_fill_cancels_the_others():
    market = stepper()
    up = market.place(ticket(BUY, 1.0, trigger=105.0, group=7), 0)
    down = market.place(ticket(SELL, 1.0, trigger=95.0, group=7), 0)
    trades(market, 100.0, 106.0, 90.0)
    assert (market.order(up).status, market.order(down).status) == (OrderStatus.FILLED, OrderStatus.CANCELLED)
    assert market.position("BTCUSDT") == (1.0, 106.0)


def test_f100_a_trade_fills_what_its_price_meets_and_stops_get_the_first_price_beyond():
    market = stepper()
    market.place(ticket(BUY, 1.0, stop=95.0, target=110.0), 0)
    trades(market, 100.0, 97.0, 93.0)
    assert market.rows().fills["price"].tolist() == [100.0, 93.0]
    market.place(ticket(BUY, 1.0, limit=92.0), 20)
    trades(market, 93.0, 92.0, start=30)
    assert market.rows().fills["price"][-1] == 92.0
    market.set_levels("BTCUSDT", trail=5.0)
    trades(market, 100.0, 96.0, 94.0, start=40)
    assert market.rows().fills["price"][-1] == 94.0


def test_f100_under_the_volume_rule_each_trade_gives_its_share():
    from shared_modules.matching import FillRule

    market = stepper(fill_rule=FillRule("volume", 0.5))
    number = market.place(ticket(BUY, 1.0), 0)
    trades(market, 100.0, 100.0, qty=0.8)
    assert (market.order(number).filled, market.order(number).status) == (0.8, OrderStatus.PARTIALLY_FILLED)


def test_f101_market_orders_walk_the_book_and_use_it_up():
    market = stepper()
    market.on_book("BTCUSDT", 1, [(99.0, 1.0), (98.0, 1.0)], [(100.0, 1.0), (102.0, 1.0)])
    first, second = (market.place(ticket(BUY, qty), 2) for qty in (1.5, 1.0))
    assert market.order(first).average == pytest.approx(151.0 / 1.5)
    assert market.order(second).average == pytest.approx(102.0)
    within = market.place(ticket(SELL, 3.0, limit=98.5, time_in_force=TimeInForce.IOC), 3)
    assert (market.order(within).filled, market.order(within).status) == (1.0, OrderStatus.CANCELLED)
    resting = market.place(ticket(SELL, 1.5, limit=103.0), 4)
    market.on_book("BTCUSDT", 5, [(104.0, 1.0)], [(105.0, 1.0)])
    assert market.order(resting).average == 103.0


def test_f101_a_book_triggers_nothing():
    market = stepper()
    market.place(ticket(BUY, 1.0, stop=95.0), 0)
    trades(market, 100.0)
    market.on_book("BTCUSDT", 20, [(90.0, 5.0)], [(101.0, 5.0)])
    assert market.position("BTCUSDT")[0] == 1.0
    trades(market, 94.0, start=30)
    assert market.rows().fills["price"][-1] == 90.0


def test_f102_the_mark_price_alone_liquidates_once_it_is_known():
    def after(*events):
        market = Stepper(["BTCUSDT"], 100.0, Costs(0.0), Sizing("equity", 1.0), margin=Margin(10.0))
        market.place(ticket(BUY, 10.0), 0)
        trades(market, 100.0)
        for k, (kind, price) in enumerate(events):
            getattr(market, kind)("BTCUSDT", 20 + k, price)
        return market

    assert after(("on_trade", 90.0)).position("BTCUSDT")[0] == 0.0
    spared = after(("on_mark", 99.0), ("on_trade", 90.0))
    assert spared.position("BTCUSDT")[0] == 10.0
    gone = after(("on_mark", 99.0), ("on_trade", 95.0), ("on_mark", 90.0))
    assert (gone.position("BTCUSDT")[0], gone.equity) == (0.0, pytest.approx(0.0, abs=1e-9))


def test_f103_requests_arrive_late_and_before_the_events_of_their_time():
    market = stepper(latency_ms=10)
    number = market.place(ticket(BUY, 1.0), 0)
    trades(market, 100.0, start=9)
    assert market.order(number).status is OrderStatus.PENDING
    trades(market, 101.0, start=10)
    assert market.order(number).average == 101.0
    waiting = market.place(ticket(BUY, 1.0, limit=95.0), 11)
    trades(market, 100.0, start=25)
    market.amend(waiting, 26, limit=97.0, qty=0.5)
    trades(market, 96.0, 96.0, start=35)
    assert (market.order(waiting).average, market.order(waiting).filled) == (96.0, 0.5)
    dropped = market.place(ticket(BUY, 1.0, limit=90.0), 40)
    market.cancel(dropped, 45)
    trades(market, 100.0, 80.0, start=54)
    assert market.order(dropped).outcome == "withdrawn"
    assert [u.number for u in market.updates()][-1] == dropped


def test_f103_a_quantity_amended_below_what_is_filled_ends_the_order():
    market = stepper()
    number = market.place(ticket(BUY, 1.0, limit=95.0), 0)
    market.on_book("BTCUSDT", 1, [(94.0, 1.0)], [(94.5, 0.4)])
    market.amend(number, 2, qty=0.4)
    assert (market.order(number).status, market.order(number).filled) == (OrderStatus.CANCELLED, 0.4)


@pytest.mark.parametrize(
    ("make", "outcome"),
    [
        (lambda m: [ticket(BUY, 11.0)], "not enough free cash"),
        (lambda m: m.set_instrument("BTCUSDT", 0.1, 0.5, 0.0) or [ticket(BUY, 0.05)], "below one quantity step"),
        (lambda m: m.set_instrument("BTCUSDT", 0.1, 0.5, 0.0) or [ticket(BUY, 0.4)], "below the smallest quantity"),
        (lambda m: m.set_instrument("BTCUSDT", 0.1, 0.1, 50.0) or [ticket(BUY, 0.4)], "below the smallest notional"),
        (lambda m: m.set_instrument("BTCUSDT", 0.1, 0.1, 0.0, 2.0) or [ticket(BUY, 3.0)], "above the largest quantity"),
        (lambda m: [ticket(BUY, 0.01, limit=50.0)] * 16 + [ticket(BUY, 1.0)], "as many open orders as allowed"),
        (lambda m: [ticket(BUY, 1.0, limit=101.0, time_in_force=TimeInForce.POST_ONLY)],
         "post-only would have filled at once"),
    ],
)  # fmt: skip
def test_f104_a_placed_order_is_refused_by_the_rule_that_stands_against_it(make, outcome):
    market = stepper()
    numbers = [market.place(asked, 0) for asked in make(market)]
    trades(market, 100.0)
    report = market.order(numbers[-1])
    assert (report.outcome, report.status) == (outcome, OrderStatus.REJECTED)
    assert market.equity == 1000.0


def test_f104_leverage_and_positions_have_their_limits_too():
    market = Stepper(["A", "B"], 1000.0, Costs(0.0), Sizing("qty", 1.0), margin=Margin(20.0), max_positions=1)
    market.set_tiers("A", TIERS)
    over = market.place(Ticket("A", BUY, 6.0), 0)
    market.on_trade("A", 1, 100.0)
    assert market.order(over).outcome == "leverage above the risk tier's"
    for symbol in ("A", "B"):
        number = market.place(Ticket(symbol, BUY, 1.0), 2)
        market.on_trade(symbol, 3, 100.0)
    assert market.order(number).outcome == "as many positions as allowed"


def test_a_stepper_refuses_what_no_market_could_have():
    market = stepper()
    with pytest.raises(OutOfRange, match="qty of an order must be above 0"):
        ticket(BUY, 0.0)
    with pytest.raises(InvalidInput, match="post-only order needs a limit"):
        ticket(BUY, 1.0, time_in_force=TimeInForce.POST_ONLY)
    with pytest.raises(UnknownName, match="BTCUSDT"):
        market.on_trade("BTCUSD", 1, 100.0)
    with pytest.raises(InvalidInput, match="must be above 0"):
        market.on_trade("BTCUSDT", 1, math.nan)
    with pytest.raises(InvalidInput, match="crossed"):
        market.on_book("BTCUSDT", 1, [(101.0, 1.0)], [(100.0, 1.0)])
    market.on_trade("BTCUSDT", 5, 100.0)
    with pytest.raises(InvalidInput, match="order of time"):
        market.on_trade("BTCUSDT", 4, 100.0)
    with pytest.raises(InvalidInput, match="no order with the number 3"):
        market.cancel(3, 6)
    with pytest.raises(InvalidInput, match="no position"):
        market.set_levels("BTCUSDT", stop=90.0)
    market.set_fees("BTCUSDT", Fees(0.0, 0.001))
    market.on_bar("BTCUSDT", 10, StepBar(*FLAT, wish=wish(enter_long=True, ladder=(110.0,))))
    market.on_bar("BTCUSDT", 20, StepBar(*FLAT))
    market.finish(30, {"BTCUSDT": 100.0})
    assert market.cash == pytest.approx(999.8)
    assert market.outcomes("BTCUSDT") == ((0, "filled"),)
