import pickle

import pytest

from shared_modules.core import errors
from shared_modules.core.errors import Cancelled, Rejected, Throttled, TradeBotError, UnknownName, did_you_mean


def family(cls: type[TradeBotError]) -> list[type[TradeBotError]]:
    return [cls, *(c for child in cls.__subclasses__() if child.__module__ == errors.__name__ for c in family(child))]


TREE = family(TradeBotError)


@pytest.mark.parametrize("cls", TREE, ids=lambda c: c.__name__)
def test_an_error_survives_the_way_to_another_process(cls: type[TradeBotError]) -> None:
    back = pickle.loads(pickle.dumps(cls("a sentence", symbol="BTCUSDT", code=10001)))
    assert type(back) is cls
    assert str(back) == "a sentence"
    assert back.message == "a sentence"
    assert back.details == {"symbol": "BTCUSDT", "code": 10001}
    assert back.args == ("a sentence",)


def test_what_a_kind_of_error_adds_survives_too() -> None:
    error = Throttled("slow down", retry_after=2.5, limit=50)
    error.add_note("asked by the history fetcher")
    back = pickle.loads(pickle.dumps(error))
    assert back.retry_after == 2.5
    assert back.details == {"limit": 50}
    assert back.__notes__ == ["asked by the history fetcher"]


def test_every_error_of_the_tree_is_in_the_drawing_at_the_top() -> None:
    drawn = errors.__doc__ or ""
    assert [c.__name__ for c in TREE if f"{c.__name__} " not in f"{drawn} ".replace("\n", " ")] == []


def test_codes_are_unique_and_say_where_in_the_tree_they_stand() -> None:
    codes = {cls.code for cls in TREE}
    assert len(codes) == len(TREE)
    for cls in TREE:
        parent = cls.__mro__[1]
        if parent not in (Exception, TradeBotError):
            assert cls.code.split(".")[0] == parent.code.split(".")[0]


def test_a_cancel_is_no_error_of_ours() -> None:
    assert not issubclass(Cancelled, TradeBotError)


def test_who_may_ask_again_is_told_by_the_class() -> None:
    assert issubclass(Throttled, errors.Unreachable)
    assert not issubclass(Rejected, errors.Unreachable)


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("fats", ["fast", "slow"], "; did you mean 'fast'?"),
        ("btcusdt", ["BTCUSDT", "ETHUSDT", "SOLUSDT"], "; did you mean 'BTCUSDT'"),
        ("quux", ["fast", "slow"], "; there are: fast, slow"),
        ("x", [], "; there are none"),
        ("zz", [f"name{i:02}" for i in range(20)], " and 5 more"),
    ],
)
def test_a_wrong_name_is_answered_with_near_ones_or_with_what_there_is(name: str, known: list[str], said: str) -> None:
    assert said in did_you_mean(name, known)


def test_at_most_three_names_are_proposed() -> None:
    assert did_you_mean("aaaa", [f"aaaa{i}" for i in range(9)]).count("'") == 6


def test_names_that_differ_only_in_case_are_both_proposed() -> None:
    assert did_you_mean("1mm", ["1m", "1M"]) == "; did you mean '1m' or '1M'?"


def test_what_there_is_is_told_in_the_order_of_its_declaration() -> None:
    assert did_you_mean("x", ["1m", "15m", "1h"]) == "; there are: 1m, 15m, 1h"
    assert did_you_mean("x", {"beta", "alpha"}) == "; there are: alpha, beta"


def test_an_unknown_name_says_what_kind_of_thing_was_meant() -> None:
    error = UnknownName.of("strategy", "sma_cros", ["sma_cross", "rsi_reversal"])
    assert str(error) == "no strategy 'sma_cros'; did you mean 'sma_cross'?"
    assert error.details == {"kind": "strategy", "name": "sma_cros"}
