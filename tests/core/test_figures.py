import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.figures import MOST_DIGITS, digits_for, plain


@pytest.mark.parametrize(
    ("value", "figures", "shown"),
    [(114_001.87, 8, "114,001.87"), (113_850.0, 8, "113,850"), (0.35123, 8, "0.35123"), (0.00001234, 8, "0.00001234"),
     (123_456_789.4, 6, "123,456,789"), (28_606.123, 6, "28,606.1"), (-0.5, 6, "-0.5"), (0.0, 6, "0"),
     (float("inf"), 6, "inf")],
)  # fmt: skip
def test_a_price_is_written_with_its_figures_and_never_with_an_exponent(value, figures, shown):
    assert plain(value, figures) == shown


@pytest.mark.parametrize(
    ("value", "least", "digits"), [(97_479.6, 2, 2), (217.04, 2, 2), (0.35123, 2, 5), (0.00001234, 2, 9), (0.0, 2, 2)]
)
def test_a_column_of_prices_has_five_figures_of_the_smallest(value, least, digits):
    assert digits_for(value, least=least) == digits


@given(st.floats(1e-7, 1e15))
def test_what_is_written_is_the_value_to_its_figures(value):
    assert float(plain(value, 6).replace(",", "")) == pytest.approx(value, rel=5.1e-6)
    assert digits_for(value) <= MOST_DIGITS
    assert math.isfinite(float(plain(value, 6).replace(",", "")))
