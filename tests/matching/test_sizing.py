import pytest

from shared_modules.core.errors import InvalidInput, OutOfRange, UnknownName
from shared_modules.matching import Costs, Sizing


@pytest.mark.parametrize("text", ["equity=1", "notional=1000", "qty=0.01", "risk=0.01"])
def test_a_size_is_read_from_its_text(text):
    assert str(Sizing.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("equity", InvalidInput, "equity=NUMBER"),
        ("equity=much", InvalidInput, "equity=NUMBER"),
        ("equty=1", UnknownName, "'equity'"),
        ("equity=1.5", OutOfRange, "at most 1"),
        ("risk=0", OutOfRange, "above 0"),
        ("qty=-1", OutOfRange, "above 0"),
        ("qty=inf", OutOfRange, "above 0"),
        ("notional=nan", OutOfRange, "above 0"),
    ],
)
def test_a_size_that_can_not_be_is_told_with_what_can(text, error, says):
    with pytest.raises(error, match=says):
        Sizing.parse(text)


@pytest.mark.parametrize(("fee", "slippage"), [(-0.001, 0.0), (1.0, 0.0), (float("nan"), 0.0), (0.0, -1.0)])
def test_costs_below_nothing_are_refused(fee, slippage):
    with pytest.raises(OutOfRange):
        Costs(fee, slippage)
