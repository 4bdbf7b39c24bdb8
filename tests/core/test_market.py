from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.market import Category, Instrument, InstrumentStatus, Market, Series, decimals
from shared_modules.core.timeframes import timeframe

D = Decimal
BTC = Instrument(
    Market("bybit", Category.LINEAR, "BTCUSDT"), "BTC", "USDT", "USDT", "LinearPerpetual", InstrumentStatus.TRADING,
    tick_size=D("0.10"), qty_step=D("0.001"), min_qty=D("0.001"), max_qty=D("1190"), max_market_qty=D("500"),
    min_notional=D("5"), min_price=D("0.10"), max_price=D("1999999.80"), min_leverage=D("1"), max_leverage=D("100"),
    leverage_step=D("0.01"), funding_interval_minutes=480, launch_time=1_584_230_400_000,
)  # fmt: skip

steps = st.sampled_from([D(s) for s in ("1000", "10", "1", "0.5", "0.25", "0.10", "0.05", "0.001", "0.0000001")])
values = st.decimals(0, 1_000_000, places=9, allow_nan=False)


@given(values, steps)
def test_a_rounded_price_is_on_the_grid_and_at_most_half_a_tick_away(price: Decimal, tick: Decimal) -> None:
    rounded = replace(BTC, tick_size=tick).round_price(price)
    assert rounded % tick == 0
    assert abs(rounded - price) <= tick / 2


@given(values, steps)
def test_the_side_of_rounding_can_be_chosen(price: Decimal, tick: Decimal) -> None:
    instrument = replace(BTC, tick_size=tick)
    assert instrument.round_price(price, ROUND_DOWN) <= price <= instrument.round_price(price, ROUND_UP)


@given(values, steps)
def test_a_rounded_quantity_is_on_the_grid_and_never_more(qty: Decimal, step: Decimal) -> None:
    rounded = replace(BTC, qty_step=step).round_qty(qty)
    assert rounded % step == 0
    assert qty - step < rounded <= qty


@given(values, steps)
def test_rounding_twice_changes_nothing(value: Decimal, step: Decimal) -> None:
    instrument = replace(BTC, tick_size=step, qty_step=step)
    assert instrument.round_qty(instrument.round_qty(value)) == instrument.round_qty(value)
    assert instrument.round_price(instrument.round_price(value)) == instrument.round_price(value)


def test_a_rounded_price_is_written_with_the_digits_of_the_tick() -> None:
    assert str(BTC.round_price(D("65000.149"))) == "65000.10"
    assert str(BTC.round_qty(D("0.0019"))) == "0.001"


@given(st.integers(1, 500_000), st.integers(1, 19_999_998))
def test_an_order_on_both_grids_and_within_all_limits_is_not_refused(lots: int, ticks: int) -> None:
    qty, price = lots * BTC.qty_step, ticks * BTC.tick_size
    refusal = BTC.refusal(qty, price, market_order=True)
    assert (refusal is None) == (qty * price >= BTC.min_notional)


@pytest.mark.parametrize(
    ("qty", "price", "market_order", "said"),
    [
        ("0.0015", "65000", False, "quantity 0.0015 is not a multiple of the step 0.001"),
        ("0", "65000", False, "quantity 0 is below the minimum 0.001"),
        ("-1", "65000", False, "quantity -1 is below the minimum 0.001"),
        ("1190.001", "65000", False, "quantity 1190.001 is above the maximum 1190"),
        ("600", "65000", True, "quantity 600 is above the maximum 500"),
        ("1", "65000.05", False, "price 65000.05 is not a multiple of the tick 0.10"),
        ("1", "0", False, "price 0 is outside 0.10 to 1999999.80"),
        ("1", "2000000", False, "price 2000000 is outside 0.10 to 1999999.80"),
        ("0.001", "4000", False, "value 4.000 USDT is below the minimum 5 USDT"),
        ("NaN", "65000", False, "quantity NaN at price 65000 is not a number"),
        ("1", "Infinity", False, "quantity 1 at price Infinity is not a number"),
        ("1E+40", "65000", False, "quantity 1E+40 is above the maximum 1190"),
        ("1", "1E+40", False, "price 1E+40 is outside 0.10 to 1999999.80"),
    ],
)
def test_a_refusal_is_a_sentence_with_the_limit(qty: str, price: str, market_order: bool, said: str) -> None:
    assert BTC.refusal(D(qty), D(price), market_order) == said


@pytest.mark.parametrize(
    ("step", "digits"), [("0.10", 1), ("0.001", 3), ("1", 0), ("1000", 0), ("1E+3", 0), ("1E-8", 8), ("0.50", 1)]
)
def test_a_step_needs_no_more_digits_than_it_has(step: str, digits: int) -> None:
    assert decimals(D(step)) == digits


def test_an_instrument_names_its_symbol_and_digits() -> None:
    assert (BTC.symbol, BTC.price_decimals, BTC.qty_decimals) == ("BTCUSDT", 1, 3)


def test_markets_and_series_are_keys_that_read_well() -> None:
    series = Series(BTC.market, timeframe("1M"))
    assert {series: 1}[Series(Market("bybit", Category.LINEAR, "BTCUSDT"), timeframe("1M"))] == 1
    assert series != Series(BTC.market, timeframe("1m"))
    assert (str(BTC.market), str(series)) == ("bybit:linear:BTCUSDT", "BTCUSDT 1M")
