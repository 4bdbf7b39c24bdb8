"""Entries that TA-Lib has not, against two packages that other people wrote.

Where a package counts in another unit, its line is brought to ours, and the reason stands beside it.
"""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from shared_modules.indicators import indicator

from .markets import random_bars

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # both lag behind pandas' renamings
    import pandas_ta_classic as pta
    import ta

BARS = random_bars(700, 11)  # one an hour
FRAME = BARS.to_frame()
S, H, L, C, V = (FRAME[name] for name in ("open", "high", "low", "close", "volume"))  # S for start
BANDS = ta.volatility.BollingerBands
RETURNS = np.log(C).diff()


def population_skew(values: pd.Series, n: int) -> pd.Series:
    """From the sample's skewness to the population's, which ours is."""
    return pta.skew(values, length=n) * (n - 2) / np.sqrt(n * (n - 1))


def population_kurtosis(values: pd.Series, n: int) -> pd.Series:
    return (pta.kurtosis(values, length=n) * (n - 2) * (n - 3) / (n - 1) - 6) / (n + 1)


THEIRS: dict[tuple[str, str], Callable[[], pd.Series]] = {
    ("sma", "sma"): lambda: pta.sma(C, length=20, talib=False),
    ("volume_sma", "volume_sma"): lambda: pta.sma(V, length=20, talib=False),
    # the package counts the offset from the newest bar, Legoux from the oldest
    ("alma", "alma"): lambda: pta.alma(C, length=20, sigma=6.0, distribution_offset=0.15),
    ("mcginley", "mcginley"): lambda: pta.mcgd(C, length=14, c=0.6),
    ("choppiness", "choppiness"): lambda: pta.chop(H, L, C, length=14, atr_length=1),
    ("chandelier", "long"): lambda: pta.ce(H, L, C, length=22)["CE_L_22_3.0"],
    ("chandelier", "short"): lambda: pta.ce(H, L, C, length=22)["CE_S_22_3.0"],
    ("ichimoku", "conversion"): lambda: pta.ichimoku(H, L, C)[0]["ITS_9"],
    ("ichimoku", "base"): lambda: pta.ichimoku(H, L, C)[0]["IKS_26"],
    ("ichimoku", "span_a"): lambda: pta.ichimoku(H, L, C)[0]["ISA_9"],
    ("ichimoku", "span_b"): lambda: pta.ichimoku(H, L, C)[0]["ISB_26"],
    ("disparity", "disparity"): lambda: 100.0 * pta.bias(C, length=20),
    ("kst", "kst"): lambda: ta.trend.KSTIndicator(C).kst(),
    ("kst", "signal"): lambda: ta.trend.KSTIndicator(C).kst_sig(),
    ("rvgi", "rvgi"): lambda: pta.rvgi(S, H, L, C, length=10, swma_length=4)["RVGI_10_4"],
    ("rvgi", "signal"): lambda: pta.rvgi(S, H, L, C, length=10, swma_length=4)["RVGIs_10_4"],
    ("psychological_line", "psychological_line"): lambda: pta.psl(C, length=12),
    # theirs starts from another first value, which is forgotten by then
    ("fisher", "fisher"): lambda: pta.fisher(H, L, length=10).iloc[:, 0].mask(np.arange(len(C)) < 200),
    ("ulcer", "ulcer"): lambda: ta.volatility.UlcerIndex(C, 14).ulcer_index(),
    ("bollinger_width", "bollinger_width"): lambda: BANDS(C, 20, 2).bollinger_wband(),
    ("bollinger_place", "bollinger_place"): lambda: BANDS(C, 20, 2).bollinger_pband(),
    ("historical_volatility", "historical_volatility"): lambda: pta.hvol(C, length=30, annualization=365 * 24),
    # the package's deviation is that of a sample
    ("zscore", "zscore"): lambda: pta.zscore(C, length=20) * np.sqrt(20 / 19),
    ("volume_zscore", "volume_zscore"): lambda: pta.zscore(V, length=50) * np.sqrt(50 / 49),
    ("skewness", "skewness"): lambda: population_skew(RETURNS, 50),
    ("kurtosis", "kurtosis"): lambda: population_kurtosis(RETURNS, 50),
    ("log_return", "log_return"): lambda: 100.0 * pta.log_return(C, length=1),
    ("vwap_session", "vwap"): lambda: pta.vwap(H, L, C, V),
    ("vwap_rolling", "vwap"): lambda: ta.volume.VolumeWeightedAveragePrice(
        H, L, C, V, 50
    ).volume_weighted_average_price(),
    # of entries that TA-Lib has, those most used
    ("bollinger", "upper"): lambda: BANDS(C, 20, 2).bollinger_hband(),
    ("donchian", "upper"): lambda: ta.volatility.DonchianChannel(H, L, C, 20).donchian_channel_hband(),
    ("stochastic", "k"): lambda: ta.momentum.StochasticOscillator(H, L, C, 14, 3).stoch_signal(),
    ("obv", "obv"): lambda: ta.volume.OnBalanceVolumeIndicator(C, V).on_balance_volume(),
}


@pytest.mark.parametrize(("name", "line"), THEIRS, ids=[f"{name}-{line}" for name, line in THEIRS])
@pytest.mark.filterwarnings("ignore")
def test_it_is_what_others_compute(name: str, line: str) -> None:
    ours, theirs = indicator(name).compute(BARS)[line], np.asarray(THEIRS[name, line](), np.float64)
    both = ~(np.isnan(ours) | np.isnan(theirs))
    assert both.sum() > 400
    assert_allclose(ours[both], theirs[both], rtol=1e-9, atol=1e-9)
