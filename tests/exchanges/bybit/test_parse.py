import json
import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.market import Category, InstrumentStatus
from shared_modules.exchanges.bybit import parse

SAMPLES = Path(__file__).parents[3].parent / "shared" / "reference" / "bybit-v5-samples"
recorded = pytest.mark.skipif(not SAMPLES.exists(), reason="the recorded samples are not here")


def sample(name):
    return json.loads((SAMPLES / f"rest_market_{name}.json").read_text())["result"]


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0.001, 1e6)), max_size=30))
def test_candle_rows_in_any_order_and_repeated_become_rising_bars(rows):
    wire = [[str(t * 60_000), *[repr(p)] * 4, "1", "2"] for t, p in rows]
    bars = parse.bars({"list": wire})
    last = {t * 60_000: p for t, p in rows}
    assert bars.time.tolist() == sorted(last)
    assert bars.close.tolist() == [last[t] for t in sorted(last)]


def test_candle_rows_with_holes_and_of_different_length_are_borne():
    rows = [["120000", "1", "2", "0.5", "1.5", "", "9", "unused"], ["60000", "1", "2", "0.5", "1.5"]]
    bars = parse.bars({"list": rows})
    assert bars.time.tolist() == [60_000, 120_000]
    assert math.isnan(bars.volume[1])
    assert (bars.volume[0], bars.turnover[1]) == (0.0, 9.0)


@pytest.mark.parametrize("nothing", ["", None])
def test_nothing_is_nan_zero_or_the_default(nothing):
    assert math.isnan(parse.number(nothing))
    assert parse.whole(nothing) == 0
    assert parse.exact(nothing, Decimal(7)) == 7


def test_what_is_no_list_is_told():
    with pytest.raises(TypeError):
        parse.rows({"list": {}})
    with pytest.raises(KeyError):
        parse.rows({})


@recorded
def test_recorded_candles_are_read():
    bars = parse.bars(sample("kline"))
    assert bars.time.tolist() == [1670601600000, 1670605200000, 1670608800000]
    assert bars.turnover[0] == 0.37288112
    marks = parse.bars(sample("mark_price_kline"))
    assert (marks.close.tolist(), marks.volume.tolist()) == ([17131.64], [0.0])


@recorded
@pytest.mark.parametrize(
    ("name", "category", "status"),
    [
        ("instruments_info_linear", Category.LINEAR, InstrumentStatus.TRADING),
        ("instruments_info_linear_prelaunch", Category.LINEAR, InstrumentStatus.PRELAUNCH),
        ("instruments_info_spot", Category.SPOT, InstrumentStatus.TRADING),
    ],
)
def test_recorded_instruments_are_read(name, category, status):
    found = parse.instruments(sample(name), "bybit", category)
    assert found
    assert {i.status for i in found} == {status}
    assert all(i.tick_size > 0 and i.qty_step > 0 and i.max_qty.is_finite() for i in found)


@recorded
@pytest.mark.parametrize("name", ["linear_observed", "inverse", "spot"])
def test_recorded_tickers_are_read(name):
    found = parse.tickers(sample(f"tickers_{name}"), 5)
    assert all(t.last > 0 and t.time == 5 for t in found)


@recorded
def test_recorded_books_trades_funding_and_open_interest_are_read():
    book = parse.order_book(sample("orderbook"))
    assert book.bids[0] == (65485.47, 47.081829)
    assert [t.id for t in parse.recent_trades(sample("recent_trade"))] == ["2100000000007764263"]
    assert parse.funding_rates(sample("funding_history"))[0].rate == 0.0001
    interest = parse.open_interest(sample("open_interest"))
    assert np.all(np.diff([o.time for o in interest]) > 0)
    assert parse.cursor(sample("open_interest")).startswith("lastid%3D")
    assert parse.server_time(sample("time"), 0) == pytest.approx(1688639403423.214)
