"""A result as bytes and back, and what its passport says."""

import dataclasses
import pickle
import struct

import msgspec
import numpy as np
import pytest

from shared_modules.backtester import (
    BacktestRequest,
    BarSource,
    Fees,
    Margin,
    RiskTier,
    Slippage,
    archive,
    run_backtest,
)
from shared_modules.backtester.archive import _MAGIC, pack, summary_of, unpack, without_candles
from shared_modules.backtester.honesty.verdict import Verdict
from shared_modules.backtester.passport import engine_code
from shared_modules.backtester.reproduction import rebuilt, reproduce
from shared_modules.core.candle_files import write_candle_file
from shared_modules.core.errors import DataFormatError, InvalidInput
from tests.backtester.results import nothing, portfolio, request
from tests.strategies.markets import random_bars

ARRAYS = ("time", "equity", "drawdown", "equity_best", "equity_worst", "held_time", "held", "market_time",
          "market")  # fmt: skip


def head_of(data):
    size = struct.unpack_from("<q", data, len(_MAGIC))[0]
    start = len(_MAGIC) + 8
    return msgspec.msgpack.decode(data[start : start + size]), data[start + size :]


def with_head(head, rest):
    text = msgspec.msgpack.encode(head)
    return _MAGIC + struct.pack("<q", len(text)) + text + rest


@pytest.mark.parametrize("make", [portfolio, nothing])
def test_a_kept_result_comes_back_whole(make):
    result = make()
    back = unpack(pack(result))
    assert back.trades == result.trades
    for name in ARRAYS:
        assert getattr(back, name).tobytes() == getattr(result, name).tobytes(), name
        assert getattr(back, name).dtype == getattr(result, name).dtype, name
    assert list(back.cash_ledger) == list(result.cash_ledger)
    assert list(back.outcomes) == list(result.outcomes)
    for name in ("symbols", "timeframe", "parameters", "bars", "costs", "final_equity", "ambiguous_bars", "notes"):
        assert getattr(back, name) == getattr(result, name), name
    assert back.metrics == pytest.approx(result.metrics, nan_ok=True)
    assert back.passport == result.passport
    assert back.passport.id == result.passport.id


def test_buying_and_holding_is_known_at_the_closes_and_not_of_results_kept_before_it_was(monkeypatch):
    result = run_backtest(request(n=600))
    grown = [s.bars.close / s.bars.open[0] for s in result.request.sources]
    assert result.market_time.tolist() == result.close_time.tolist()
    assert result.market == pytest.approx(result.request.cash * np.mean(grown, axis=0))
    monkeypatch.setattr(archive, "_LATER_CURVES", ())
    before = unpack(pack(result))
    assert (len(before.market), len(before.held)) == (0, len(result.held))


def test_every_setting_of_a_request_survives():
    tier = RiskTier(float("inf"), 0.01, 50.0)
    asked = request(
        fees={"BTCUSDT": Fees(0.0001, 0.0005)}, slippage=Slippage("table", table=((1e3, 1.0), (1e5, 9.0))), latency=1,
        trailing_stop=0.02, max_positions=1, margin=Margin(3.0, "cross"), risk_tiers={"ETHUSDT": (tier,)}, n=600,
        risk_free=0.02, start=1_700_006_400_000 + 3_000_000,
    )  # fmt: skip
    back = unpack(pack(run_backtest(asked))).request
    for field in dataclasses.fields(BacktestRequest):
        if field.name != "sources":
            assert getattr(back, field.name) == getattr(asked, field.name), field.name
    assert [(s.symbol, s.timeframe, len(s.bars)) for s in back.sources] == [("BTCUSDT", "5m", 0), ("ETHUSDT", "5m", 0)]


def test_exits_in_parts_survive():
    bars = random_bars(2000, 3, spread=0.01)
    asked = BacktestRequest("trend_following", {}, (BarSource("A", "5m", bars=bars),), max_entries=3)
    result = run_backtest(asked)
    assert unpack(pack(result)).trades == result.trades


def test_verdicts_survive():
    said = (Verdict("trades", "bad", "Too few.", ("one", "two")), Verdict("gaps", "good", "None."))
    assert unpack(pack(dataclasses.replace(portfolio(), honesty=said))).honesty == said


def test_candles_are_not_kept():
    assert len(pack(portfolio())) < 24_000 * 7 * 8 / 3
    assert all(len(s.bars) == 0 for s in without_candles(portfolio()).request.sources)


def test_words_that_moved_keep_their_meaning():
    data = pack(portfolio())
    head, rest = head_of(data)
    # a later version lists another outcome first
    words = head["words"]
    for name, place in (("outcomes", 0), ("cash", 1)):
        words[name] = [*words[name][1:], words[name][0]] if place == 0 else words[name]
    moved = unpack(with_head(head, rest))
    renamed = dict(zip(dict.fromkeys(head_of(data)[0]["words"]["outcomes"]), words["outcomes"], strict=True))
    assert [o.outcome.value for o in moved.outcomes] == [renamed[o.outcome.value] for o in portfolio().outcomes]


def test_a_result_of_an_older_version_takes_the_defaults_of_newer_settings():
    head, rest = head_of(pack(portfolio()))
    del head["request"]["risk_free"]
    head["request"]["gone_since"] = 1
    assert unpack(with_head(head, rest)).request.risk_free == 0.0


@pytest.mark.parametrize("harm", [lambda d: d[:-50], lambda d: d[: len(d) // 3], lambda d: b"x" + d, lambda d: b""])
def test_what_is_damaged_is_said(harm):
    with pytest.raises(DataFormatError, match=r"damaged|no stored backtest"):
        unpack(harm(pack(portfolio())))


def test_the_summary_is_plain_and_short():
    found = summary_of(nothing())
    assert found["metrics"]["win_rate"] is None
    assert found["symbols"] == ["BTCUSDT", "ETHUSDT"]
    assert msgspec.json.decode(msgspec.json.encode(found)) == found


# -- passport and reproduction ----------------------------------------------------------------------------------------


def test_the_same_inputs_have_the_same_passport_and_others_another():
    again = run_backtest(request())
    assert again.passport == portfolio().passport
    assert again.passport.id == portfolio().passport.id
    others = (run_backtest(request(fee=0.001)), portfolio(2), run_backtest(request(parameters={"side": "long"})))
    assert len({r.passport.id for r in (again, *others)}) == 4


def test_the_passport_tells_data_code_fees_and_versions():
    p = portfolio().passport
    assert [(d.symbol, d.kind, d.rows) for d in p.data] == [
        ("BTCUSDT", "candles", 12_000),
        ("ETHUSDT", "candles", 12_000),
    ]
    assert len(p.strategy_code) == len(p.engine_code) == len(p.outcome) == 64
    assert p.engine_code == engine_code()
    assert p.fees == {"taker": 0.00055, "maker": 0.00055}
    assert p.versions["numpy"] == np.__version__
    assert p.seed is None


def test_the_passport_travels_with_the_result():
    back = pickle.loads(pickle.dumps(without_candles(portfolio())))
    assert back.passport == portfolio().passport


def test_a_file_and_its_bars_have_the_same_print(tmp_path):
    bars = random_bars(500, 4)
    path = tmp_path / "ETHUSDT_5m.csv"
    write_candle_file(path, bars)
    of_file = run_backtest(BacktestRequest("sma_cross", {}, (BarSource(path=str(path)),)))
    of_bars = run_backtest(BacktestRequest("sma_cross", {}, (BarSource("ETHUSDT", "5m", bars=bars),)))
    assert of_file.passport == of_bars.passport


def again(seed=1):
    return tuple(s for s in request(seed).sources)


def test_a_result_is_made_again_byte_for_byte():
    found = reproduce(unpack(pack(portfolio())), again())
    assert found.same
    assert found.differences == ()


def test_what_changed_in_the_data_is_named():
    sources = list(again())
    changed = sources[1].bars.copy()
    changed.close[6_000:] *= 1.002
    changed.high[6_000:] *= 1.002
    sources[1] = rebuilt(sources[1], changed)
    found = reproduce(unpack(pack(portfolio())), sources)
    assert not found.same
    assert found.differences[0] == "The candles of ETHUSDT 5m are not the same: the same times with other values."
    assert any("is the first that differs" in text for text in found.differences)
    assert any(text.startswith("The equity differs by up to") for text in found.differences)


def test_missing_rows_are_counted():
    sources = list(again())
    sources[0] = rebuilt(sources[0], sources[0].bars[100:])
    found = reproduce(unpack(pack(portfolio())), sources)
    assert any("12,000 rows then, 11,900 now, another span of time" in text for text in found.differences)


def test_a_library_of_another_version_is_named_though_nothing_changed():
    kept = unpack(pack(portfolio()))
    then = dataclasses.replace(kept.passport, versions={**kept.passport.versions, "numpy": "1.0"}, strategy_code="x")
    found = reproduce(dataclasses.replace(kept, kept_passport=then), again())
    assert found.same
    assert found.differences == (
        "The code of the strategy 'sma_cross' has changed.",
        f"numpy was version 1.0 and is {np.__version__}.",
    )


def test_without_the_candles_it_is_said_that_they_are_needed():
    with pytest.raises(InvalidInput, match="BTCUSDT 5m are not kept"):
        reproduce(unpack(pack(portfolio())))


def test_a_result_from_files_is_made_again_from_them(tmp_path):
    path = tmp_path / "ETHUSDT_5m.csv"
    write_candle_file(path, random_bars(900, 4))
    kept = unpack(pack(run_backtest(BacktestRequest("sma_cross", {}, (BarSource(path=str(path)),)))))
    assert reproduce(kept).same
    write_candle_file(path, random_bars(901, 4))
    assert "901 now" in reproduce(kept).differences[0]
