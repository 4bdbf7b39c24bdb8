"""The rules of the contracts as the exchange tells them, page by page."""

from __future__ import annotations

from urllib.parse import quote

from .asked import Asked, Refused
from .contracts import Contract
from .feed import Feed
from .ticks import padded, shortest

_STATUS = ("", "Trading", "PreLaunch", "Delivering", "Closed")


def instruments(feed: Feed, asked: Asked, now: int) -> dict[str, object]:
    """A page of contracts in the order of their numbers; the cursor names the last one told."""
    category = asked.category(required=True)
    listed = asked.symbols(category)
    if asked.has("symbol"):
        if category == "linear":
            asked.symbol()
        listed = [s for s in listed if s == asked.text("symbol")]
    if asked.has("baseCoin"):
        listed = [s for s in listed if feed.contracts[s].base == asked.text("baseCoin")]
    if asked.text("status") not in _STATUS:
        raise Refused("params error: status is invalid")
    if asked.text("status") not in ("", "Trading"):
        listed = []
    if asked.text("symbolType"):
        listed = []
    limit, after = asked.limit(500, 1000), asked.cursor("last")
    if after is not None:
        rules = feed.contracts.get(after)
        if rules is None:
            raise Refused("params error: cursor is invalid")
        listed = [s for s in listed if feed.contracts[s].number > rules.number]
    page = listed[:limit]
    cursor = quote(f"first={page[0]}&last={page[-1]}", safe="") if len(listed) > limit else ""
    return {"category": category, "list": [_told(feed.contracts[s]) for s in page], "nextPageCursor": cursor}


def _told(c: Contract) -> dict[str, object]:
    decimals = c.price_decimals + c.finer_ticks
    tick, step = padded(1, decimals), padded(1, c.size_decimals)
    # the largest order is worth a few minutes of trading
    most = max(1_000, int(c.daily_turnover / 100 / c.price * 10.0**c.size_decimals))
    largest, market = padded(most, c.size_decimals), padded(max(100, most // 5), c.size_decimals)
    return {
        "symbol": c.symbol,
        "symbolId": c.number,
        "contractType": "LinearPerpetual",
        "status": "Trading",
        "baseCoin": c.base,
        "quoteCoin": c.quote,
        "launchTime": str(c.launch),
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(max(0, decimals)),
        "leverageFilter": {"minLeverage": "1", "maxLeverage": c.max_leverage, "leverageStep": "0.01"},
        "priceFilter": {"minPrice": tick, "maxPrice": _highest(c), "tickSize": tick},
        "lotSizeFilter": {
            "maxOrderQty": largest,
            "minOrderQty": step,
            "qtyStep": step,
            "postOnlyMaxOrderQty": largest,
            "maxMktOrderQty": market,
            "minNotionalValue": "5",
        },
        "unifiedMarginTrade": True,
        "fundingInterval": c.funding_minutes,
        "settleCoin": c.quote,
        "copyTrading": "both",
        "upperFundingRate": "0.005",
        "lowerFundingRate": "-0.005",
        "isPreListing": False,
        "preListingInfo": None,
        "riskParameters": {"priceLimitRatioX": "0.01", "priceLimitRatioY": "0.02"},
        "symbolType": "",
        "forbidUplWithdrawal": False,
        "displayName": "",
    }


def _highest(c: Contract) -> str:
    """The highest price an order may have: some twenty times the usual one."""
    return padded(max(2, int(20 * c.price * 10.0**c.price_decimals)), c.price_decimals)


_TIERS = 5
_PAGE = 15


def risk_limits(feed: Feed, asked: Asked) -> dict[str, object]:
    """Risk tiers: the limit doubles and the leverage halves from tier to tier; 15 symbols a page."""
    category = asked.category(required=True)
    listed = [asked.symbol()] if asked.has("symbol") else asked.symbols(category)
    after = asked.cursor("last")
    if after is not None:
        if after not in feed.contracts:
            raise Refused("params error: cursor is invalid")
        listed = [s for s in listed if feed.contracts[s].number > feed.contracts[after].number]
    page = listed[:_PAGE]
    rows = [row for s in page for row in _tiers(feed.contracts[s])]
    cursor = quote(f"last={page[-1]}", safe="") if len(listed) > _PAGE else ""
    return {"category": category, "list": rows, "nextPageCursor": cursor}


def _tiers(c: Contract) -> list[dict[str, object]]:
    # whole numbers of 1e-8 so that the deduction is exact
    first = max(10_000, int(c.daily_turnover / 5_000 // 10_000 * 10_000))
    rows: list[dict[str, object]] = []
    deduction, limit, rate = 0, 0, 0
    for tier in range(_TIERS):
        leverage = float(c.max_leverage) / 2**tier
        margin = round(1e8 / leverage)
        deduction += limit * (margin // 2 - rate)
        rate, limit = margin // 2, first * 4**tier
        rows.append(
            {
                "id": c.number * 10 + tier,
                "symbol": c.symbol,
                "riskLimitValue": str(limit),
                "maintenanceMargin": shortest(rate, 8),
                "initialMargin": shortest(margin, 8),
                "isLowestRisk": int(tier == 0),
                "maxLeverage": f"{leverage:.2f}",
                "mmDeduction": shortest(deduction, 8) if tier else "",
            }
        )
    return rows
