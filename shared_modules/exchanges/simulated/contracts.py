"""The rules of the markets: names, ticks, steps, limits, plausible for their price."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared_modules.core.errors import InvalidInput
from shared_modules.core.timeframes import DAY

from .noise import unit

EPOCH = 1_577_836_800_000  # 2020-01-01, before which no synthetic market exists
_NEWEST_LAUNCH = 2_000  # days after the epoch

# base price in USDT, turnover a day in millions of USDT, deviation of a day's return
_KNOWN: dict[str, tuple[float, float, float]] = {
    "BTC": (96_000, 9_000, 0.024), "ETH": (3_300, 5_000, 0.033), "SOL": (175, 2_400, 0.042),
    "XRP": (2.2, 1_500, 0.042), "DOGE": (0.21, 900, 0.048), "BNB": (650, 420, 0.027), "ADA": (0.72, 380, 0.045),
    "AVAX": (27, 260, 0.047), "LINK": (17, 240, 0.046), "SUI": (3.1, 520, 0.055), "LTC": (98, 190, 0.037),
    "DOT": (5.4, 140, 0.044), "TRX": (0.26, 150, 0.028), "BCH": (440, 130, 0.04), "NEAR": (3.4, 130, 0.052),
    "APT": (6.8, 110, 0.052), "ARB": (0.48, 140, 0.054), "OP": (1.1, 120, 0.055), "INJ": (14, 90, 0.056),
    "ATOM": (5.2, 70, 0.043), "FIL": (3.6, 80, 0.048), "ETC": (22, 75, 0.042), "XLM": (0.29, 95, 0.046),
    "HBAR": (0.19, 120, 0.05), "UNI": (8.2, 95, 0.048), "AAVE": (210, 120, 0.048), "WIF": (0.95, 160, 0.075),
    "1000PEPE": (0.0112, 420, 0.068), "1000BONK": (0.0201, 130, 0.07), "1000SHIB": (0.0146, 95, 0.047),
    "TIA": (3.2, 110, 0.062), "SEI": (0.27, 90, 0.06), "ORDI": (11, 70, 0.066), "LDO": (1.1, 65, 0.057),
    "JUP": (0.56, 60, 0.06), "WLD": (1.15, 120, 0.064), "ENA": (0.41, 140, 0.068), "RUNE": (1.7, 55, 0.058),
    "TON": (3.2, 75, 0.04), "KAS": (0.09, 45, 0.052), "MKR": (1_650, 40, 0.045), "CRV": (0.62, 85, 0.06),
    "GALA": (0.018, 60, 0.056), "SAND": (0.31, 40, 0.05), "AXS": (3.1, 30, 0.049), "ALGO": (0.21, 45, 0.048),
    "ICP": (5.6, 40, 0.05), "FET": (0.68, 70, 0.062), "RENDER": (4.1, 60, 0.06), "STX": (0.75, 35, 0.058),
    "IMX": (0.62, 35, 0.058), "GRT": (0.11, 30, 0.054), "PENDLE": (3.9, 45, 0.064), "DYDX": (0.66, 35, 0.058),
    "ZEC": (52, 60, 0.058), "EOS": (0.62, 35, 0.045), "VET": (0.027, 30, 0.047), "1000FLOKI": (0.098, 60, 0.064),
    "PYTH": (0.16, 30, 0.06), "BLUR": (0.12, 25, 0.062), "GMX": (15, 12, 0.05), "COMP": (46, 20, 0.047),
    "SNX": (0.74, 18, 0.052), "ENS": (18, 35, 0.055), "JTO": (2.1, 30, 0.062), "MANTA": (0.24, 15, 0.06),
}  # fmt: skip
_FIRST = ("ka", "lo", "mi", "ne", "or", "py", "qu", "ra", "so", "ta", "ul", "ve", "xa", "yo", "ze", "bri", "cor",
          "dra", "fen", "gal", "hex", "ion")  # fmt: skip
_LAST = ("ba", "chi", "da", "fi", "go", "lix", "ma", "nos", "px", "ro", "sum", "tor", "va", "wen", "zil")
_NAME = re.compile(r"[A-Z0-9]{1,20}USDT")


@dataclass(frozen=True, slots=True)
class Contract:
    """A USDT perpetual; prices are counted in 10^-price_decimals, sizes in 10^-size_decimals.

    ``turnover_decimals``: of the whole numbers in which turnover is counted. ``finer_ticks``: decimals that the tick
    which is told has beyond those.
    """

    symbol: str
    base: str
    price_decimals: int
    size_decimals: int
    turnover_decimals: int
    price: float
    daily_turnover: float
    volatility: float
    launch: int
    funding_minutes: int
    max_leverage: str
    number: int
    quote: str = "USDT"
    finer_ticks: int = 0

    @property
    def spread(self) -> int:
        """Usual distance of the best prices in ticks."""
        return 1 if self.daily_turnover > 3e8 else 2


def names(count: int) -> list[str]:
    """``count`` different symbols, the familiar ones first."""
    found = [f"{base}USDT" for base in _KNOWN][:count]
    for made in _made():
        if len(found) == count:
            break
        found.append(f"{made}USDT")
    return found


def _made() -> Iterator[str]:
    """Base coins that look like coins."""
    for last in _LAST:
        for first in _FIRST:
            yield (first + last).upper()
    for middle in _FIRST:
        for last in _LAST:
            for first in _FIRST:
                yield (first + middle + last).upper()


def contract(symbol: str, number: int, seed: int) -> Contract:
    """The rules of ``symbol``: a function of its name and the ``seed``; raises `InvalidInput` for a bad name."""
    if not _NAME.fullmatch(symbol):
        raise InvalidInput(f"'{symbol}' cannot be a symbol here: capital letters and digits ending in USDT are wanted")
    base = symbol.removesuffix("USDT")
    price, millions, volatility = _KNOWN.get(base) or _drawn(base, seed)
    decimals = _price_decimals(price)
    sizes = _size_decimals(price, millions * 1e6)
    days = 0 if base in ("BTC", "ETH") else int(unit(seed, base, "launch") ** 0.8 * _NEWEST_LAUNCH)
    majors = {"BTC": "100.00", "ETH": "100.00"}
    return Contract(
        symbol, base, decimals, sizes, decimals + sizes, price, millions * 1e6, volatility,
        EPOCH + days * DAY,
        480 if millions > 100 else 240,
        majors.get(base, "75.00" if millions > 200 else "50.00" if millions > 40 else "25.00"),
        number,
    )  # fmt: skip


def _drawn(base: str, seed: int) -> tuple[float, float, float]:
    price = 10 ** (-2.6 + 4.2 * unit(seed, base, "price"))
    turnover = 10 ** (0.4 + 1.3 * unit(seed, base, "turnover"))
    return price, turnover, 0.045 + 0.035 * unit(seed, base, "volatility")


def _price_decimals(price: float) -> int:
    """Ticks of about a hundredth of a percent or finer, as exchanges choose them."""
    return min(8, max(1, 4 - math.floor(math.log10(price))))


def _size_decimals(price: float, turnover: float) -> int:
    """Steps so small that a day has many millions of them, yet whole coins for cheap ones."""
    step = max(min(2 + price / 1000, turnover / 4e6), 0.02)
    return -math.floor(math.log10(step / price))
