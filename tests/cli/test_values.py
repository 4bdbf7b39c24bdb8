"""Texts of the command line become values, or a sentence that says what would do."""

from pathlib import Path

import pytest

from shared_modules.cli import values
from shared_modules.core.errors import InvalidInput
from shared_modules.core.spelled import fraction


def test_names_are_upper_case_and_trimmed() -> None:
    assert values.names(" btcusdt, ETHUSDT ,") == ("BTCUSDT", "ETHUSDT")
    assert values.names(None) is None
    with pytest.raises(InvalidInput, match="names no symbol"):
        values.names(" , ")


def test_a_number_of_symbols_and_a_list_of_names_are_told_apart() -> None:
    assert values.symbols_or_number("50") == 50
    assert values.symbols_or_number("btcusdt") == ("BTCUSDT",)
    with pytest.raises(InvalidInput, match="at least 1"):
        values.symbols_or_number("0")


def test_retention_is_a_number_or_unlimited() -> None:
    assert values.retention("200") == 200
    assert values.retention("Unlimited") is None
    for text in ("0", "-3", "many"):
        with pytest.raises(InvalidInput, match="retention"):
            values.retention(text)


def test_parameters_may_be_given_one_by_one_or_with_commas() -> None:
    assert values.assignments(["fast=20", "slow=50,side=both"]) == {"fast": "20", "slow": "50", "side": "both"}
    for text in ("fast", "=3", "fast="):
        with pytest.raises(InvalidInput, match="name=value"):
            values.assignments([text])


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2025-03-01", 1740787200000),
        ("2025-03-01T12:00", 1740830400000),
        ("2025-03-01T12:00+01:00", 1740826800000),
        ("1740787200000", 1740787200000),
    ],
)
def test_a_moment_is_utc_unless_it_says_otherwise(text: str, ms: int) -> None:
    assert values.moment(text) == ms


def test_a_wrong_moment_says_how_to_write_one() -> None:
    with pytest.raises(InvalidInput, match="2025-03-01"):
        values.moment("yesterday")


def test_files_may_be_listed_with_commas_or_wildcards(tmp_path: Path) -> None:
    one, two = tmp_path / "a.csv", tmp_path / "b.csv"
    for file in (one, two):
        file.touch()
    assert values.paths([f"{one},{two}"]) == (str(one), str(two))
    assert values.paths([str(tmp_path / "*.csv")]) == (str(one), str(two))
    with pytest.raises(InvalidInput, match=r"there is no file .*c\.csv"):
        values.paths([str(tmp_path / "c.csv")])


def test_a_file_with_a_comma_in_its_name_is_one_file(tmp_path: Path) -> None:
    odd = tmp_path / "a,b.csv"
    odd.touch()
    assert values.paths([str(odd)]) == (str(odd),)


@pytest.mark.parametrize("number", [0.0, -1.0, float("nan"), float("inf")])
def test_what_must_be_above_zero_is_refused_otherwise(number: float) -> None:
    with pytest.raises(InvalidInput, match="the speed must be above 0"):
        values.positive(number, "the speed")


@pytest.mark.parametrize("text", ["0.0002", "0.02%", "2bps", "2 BPS"])
def test_a_fraction_may_be_written_in_percent_or_basis_points(text: str) -> None:
    assert fraction(text, "the slippage") == pytest.approx(0.0002)


@pytest.mark.parametrize("text", ["2", "-0.1", "nan", "much", "%"])
def test_a_cost_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="2bps"):
        fraction(text, "the slippage")
