from decimal import Decimal

import pytest

from shared_modules.core.market import Category, Market, Side
from shared_modules.core.trading import Balance, Order, OrderStatus, OrderType, Position, Signal

BTC = Market("bybit", Category.LINEAR, "BTCUSDT")
D = Decimal


@pytest.mark.parametrize(("direction", "confidence"), [(2, 0.5), (1, 1.01), (1, -0.1), (0, float("nan"))])
def test_an_opinion_outside_its_bounds_is_refused(direction: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="not "):
        Signal(BTC, 0, "sma_cross", direction, confidence)


def test_an_order_that_nobody_knows_about_has_not_ended() -> None:
    ended = {s for s in OrderStatus if s.final}
    assert ended == {OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.DEACTIVATED}


def test_what_is_left_of_an_order_is_what_was_not_filled() -> None:
    order = Order(BTC, "link", Side.BUY, OrderType.LIMIT, D("1.5"), price=D(100), filled_qty=D("0.4"))
    assert order.remaining == D("1.1")


@pytest.mark.parametrize(("size", "mark", "profit"), [("2", "110", "20"), ("-2", "110", "-20"), ("2", None, None)])
def test_the_running_profit_follows_the_side_and_is_unknown_without_a_mark_price(
    size: str, mark: str | None, profit: str | None
) -> None:
    position = Position(BTC, D(size), D(100), None if mark is None else D(mark))
    assert position.unrealised_pnl == (None if profit is None else D(profit))


def test_equity_is_the_wallet_with_the_running_profit() -> None:
    assert Balance("USDT", D(1000), D(800), D("-25.5")).equity == D("974.5")
