from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.parameters import param
from shared_modules.core.settings import Settings
from tradebot_gui.forms.param_form import ParamForm
from tradebot_gui.forms.settings_form import SettingsForm

pytestmark = pytest.mark.usefixtures("qapp")


@dataclass(frozen=True)
class Knobs:
    fast: int = param(20, "Fast average", low=2, high=500, unit="bars")
    share: float = param(0.25, "Share of equity", low=0.0, high=1.0, step=0.001)
    side: str = param("both", "Sides traded", choices=("long", "short", "both"))
    trail: bool = param(False, "Trail the stop")


@given(st.builds(Knobs, st.integers(2, 500), st.integers(0, 1000).map(lambda n: n / 1000),
                 st.sampled_from(["long", "short", "both"]), st.booleans()))  # fmt: skip
def test_a_form_gives_back_what_was_put_in(knobs: Knobs) -> None:
    form = ParamForm(Knobs)
    assert form.set_values(vars(knobs)) == []
    back = form.value()
    assert (back.fast, back.side, back.trail) == (knobs.fast, knobs.side, knobs.trail)
    assert back.share == pytest.approx(knobs.share)


def test_a_new_form_has_the_defaults_and_reset_goes_back_to_them() -> None:
    form = ParamForm(Knobs)
    assert form.value() == Knobs()
    form.fields["fast"].set(99)
    form.reset()
    assert form.value() == Knobs()


@dataclass(frozen=True)
class Shares:
    stop: float = param(0.0, "Stop", low=0.0, high=0.9, step=0.005, percent=True, zero="none")
    hold: int = param(5, "Bars held", low=0, high=100, unit="bars", zero="never")


@given(st.integers(0, 90_000))
def test_a_share_is_shown_in_per_cent_and_given_back_as_it_was(n: int) -> None:
    form = ParamForm(Shares)
    form.set_values({"stop": n / 100_000})
    box = form.fields["stop"].widget
    assert form.value().stop == n / 100_000
    assert box.text() == (f"{n / 1000:g} %" if n else "none")


def test_a_nought_that_means_something_else_says_so() -> None:
    form = ParamForm(Shares)
    assert form.fields["stop"].widget.text() == "none"
    form.fields["hold"].set(0)
    assert (form.fields["hold"].widget.text(), form.value().hold) == ("never", 0)
    assert "0 % to 90 %" in form.fields["stop"].widget.toolTip()
    assert "Default: none" in form.fields["stop"].widget.toolTip()


def test_a_field_cannot_leave_its_range() -> None:
    form = ParamForm(Knobs)
    form.fields["fast"].widget.setValue(9_999)
    assert form.value().fast == 500


def test_values_that_do_not_fit_are_told_and_left() -> None:
    form = ParamForm(Knobs)
    problems = form.set_values({"fast": 1, "fats": 5, "side": "up"})
    assert len(problems) == 3
    assert form.value() == Knobs()


def test_every_field_has_words_for_those_who_cannot_see_it() -> None:
    form = ParamForm(Knobs)
    for field in form.fields.values():
        assert field.widget.accessibleName()
        assert "Allowed" in field.widget.toolTip()


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_an_untouched_settings_form_changes_nothing(name: str) -> None:
    assert SettingsForm(name, getattr(Settings(), name)).changes() == {}


def test_unlimited_retention_can_be_chosen_and_comes_back() -> None:
    form = SettingsForm("data", Settings().data)
    form.fields["retention"].set(None)
    assert form.changes() == {"data.retention": None}
    again = SettingsForm("data", Settings().changed("data.retention", None).data)
    assert again.changes() == {}


def test_what_the_window_keeps_for_itself_is_no_question_of_the_settings(qapp) -> None:
    form = SettingsForm("start", Settings().start)
    assert set(form.fields) == {"market"}
    assert form.changes() == {}
