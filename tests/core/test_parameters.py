import math
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.errors import InvalidInput, OutOfRange, UnknownName
from shared_modules.core.parameters import build, declared, param, values_of


class Mood(StrEnum):
    CALM = "calm"
    WILD = "wild"


@dataclass(frozen=True)
class Base:
    kind: ClassVar[str] = "base"
    period: int = param(14, "Length of the average", low=2, high=500, step=1, unit="bars")
    undeclared: int = 3


@dataclass(frozen=True)
class Child(Base):
    level: float = param(0.5, "Share of the range", low=0.0, high=1.0)
    loose: float = param(1.0, "Any number at all")
    both: bool = param(True, "Whether shorts are traded")
    side: str = param("long", "Side traded", choices=("long", "short"))
    mood: Mood = param(Mood.CALM, "Temper")  # noqa: RUF009 - a field, as any other
    seed: int = param(7, "Seed", low=0)
    period: int = param(20, "Length, redeclared", low=3, high=100)


def problem(**values: object) -> str:
    with pytest.raises(InvalidInput) as caught:
        build(Child, values)
    return str(caught.value)


@dataclass(frozen=True)
class Stops:
    stop: float = param(0.02, "Stop", low=0.0, high=0.9, percent=True, zero="none")


@given(st.integers(0, 90_000))
def test_a_share_may_be_written_in_per_cent(n: int) -> None:
    assert build(Stops, {"stop": f"{n / 1000} %"}).stop == n / 100_000
    assert build(Stops, {"stop": n / 100_000}).stop == n / 100_000


@pytest.mark.parametrize("written", ["91%", "-1 %", "nan%", "%", "two %"])
def test_a_share_that_cannot_be_is_refused(written: str) -> None:
    with pytest.raises(InvalidInput):
        build(Stops, {"stop": written})


def test_a_refused_share_is_told_its_range_in_per_cent() -> None:
    with pytest.raises(OutOfRange, match="0 % to 90 %"):
        build(Stops, {"stop": 2})
    stop = declared(Stops)[0]
    assert (stop.shown(0.0), stop.shown(0.025)) == ("none", "2.5 %")


def test_parameters_come_in_the_order_of_their_declaration_bases_first() -> None:
    assert [p.name for p in declared(Child)] == ["period", "level", "loose", "both", "side", "mood", "seed"]
    assert [p.name for p in declared(Base)] == ["period"]


def test_a_child_may_declare_a_parameter_anew() -> None:
    period = declared(Child)[0]
    assert (period.default, period.low, period.high, period.help) == (20, 3, 100, "Length, redeclared")
    assert declared(Base)[0].default == 14


def test_a_declaration_says_everything_a_form_needs() -> None:
    period = declared(Base)[0]
    assert (period.type, period.step, period.unit, period.title) == (int, 1, "bars", "Period")
    assert declared(Child)[5].type is Mood


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("period", "3 to 100"),
        ("seed", "at least 0"),
        ("loose", "a number"),
        ("both", "yes or no"),
        ("side", "one of long, short"),
        ("mood", "one of calm, wild"),
    ],
)
def test_what_is_allowed_is_said_in_words(name: str, words: str) -> None:
    assert {p.name: p for p in declared(Child)}[name].allowed == words


def test_nothing_given_means_the_defaults() -> None:
    assert build(Child, {}) == Child()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("period", "50", 50),
        ("period", "5e1", 50),
        ("period", 50.0, 50),
        ("level", "0.25", 0.25),
        ("level", 1, 1.0),
        ("both", "No", False),
        ("both", " on ", True),
        ("both", 0, False),
        ("side", "short", "short"),
        ("mood", "wild", Mood.WILD),
    ],
)
def test_text_becomes_the_declared_type(name: str, text: object, value: object) -> None:
    parsed = getattr(build(Child, {name: text}), name)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"period": 2}, "'period' must be 3 to 100, not 2"),
        ({"period": "101"}, "'period' must be 3 to 100, not 101"),
        ({"period": "2.5"}, "'period' must be a whole number, not '2.5'"),
        ({"period": 2.5}, "'period' must be a whole number, not 2.5"),
        ({"period": "many"}, "'period' must be a whole number, not 'many'"),
        ({"period": "nan"}, "'period' must be a whole number, not 'nan'"),
        ({"period": math.inf}, "'period' must be a whole number, not inf"),
        ({"period": None}, "'period' must be a whole number, not None"),
        ({"level": "half"}, "'level' must be a number, not 'half'"),
        ({"level": "nan"}, "'level' must be 0 to 1, not nan"),
        ({"loose": "inf"}, "'loose' must be a number, not inf"),
        ({"seed": -1}, "'seed' must be at least 0, not -1"),
        ({"both": "perhaps"}, "'both' must be yes or no, not 'perhaps'"),
        ({"side": "sideways"}, "'side' must be one of long, short, not 'sideways'"),
        ({"mood": "angry"}, "'mood' must be one of calm, wild, not 'angry'"),
        ({"perod": 3}, "no parameter 'perod'; did you mean 'period'?"),
        ({"undeclared": 3}, "no parameter 'undeclared'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(values: dict[str, object], said: str) -> None:
    assert problem(**values).startswith(said)


def test_the_kind_of_refusal_is_told_by_the_class() -> None:
    with pytest.raises(OutOfRange) as caught:
        build(Child, {"period": 1})
    assert caught.value.details == {"parameter": "period"}
    with pytest.raises(UnknownName):
        build(Child, {"x": 1})


@given(st.integers(0, 2**70))
def test_a_whole_number_keeps_all_its_digits(seed: int) -> None:
    assert build(Child, {"seed": seed}).seed == seed
    assert build(Child, {"seed": str(seed)}).seed == seed


@given(st.integers(3, 100), st.floats(0, 1), st.booleans(), st.sampled_from(Mood), st.sampled_from(["long", "short"]))
def test_values_written_down_as_text_build_the_same_again(
    period: int, level: float, both: bool, mood: Mood, side: str
) -> None:
    child = Child(period=period, level=level, both=both, mood=mood, side=side)
    texts = {name: str(value) for name, value in values_of(child).items()}
    assert build(Child, texts) == child


def test_values_are_those_of_the_declared_parameters_alone() -> None:
    assert values_of(Base(period=9)) == {"period": 9}
