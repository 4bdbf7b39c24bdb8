from itertools import combinations

import pytest

from tests.theme.seen import EYES, apart
from tradebot_gui.theme.sheet import style_sheet
from tradebot_gui.theme.theme import DARK, LIGHT, Theme, contrast

BOTH = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)


@BOTH
def test_selected_text_and_primary_buttons_can_be_read(theme: Theme) -> None:
    assert contrast(theme.text, theme.selection) >= 4.5
    assert contrast(theme.on_accent, theme.accent) >= 4.5


@BOTH
def test_the_style_sheet_has_a_colour_for_every_name(theme: Theme, tmp_path) -> None:
    assert "$" not in style_sheet(theme, tmp_path)


def test_red_rising_swaps_gain_and_loss_and_nothing_else() -> None:
    red = DARK.with_rising("red")
    assert (red.gain, red.loss) == (DARK.loss, DARK.gain)
    assert red.with_rising("red") == DARK
    assert DARK.with_rising("green") == DARK


def test_black_on_white_has_the_contrast_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


MEANINGS = ("gain", "loss", "warning")
# the least distance in OKLab: for eyes with all cones, and for those that lack one kind
LEAST = {"green": (0.12, 0.055), "red": (0.12, 0.055), "blue": (0.12, 0.085)}


@BOTH
@pytest.mark.parametrize("rising", LEAST)
@pytest.mark.parametrize("eyes", EYES)
def test_colours_of_different_meaning_are_told_apart_by_all_eyes(theme: Theme, rising: str, eyes: str) -> None:
    shown = theme.with_rising(rising)
    least = LEAST[rising][eyes != "all cones"]
    for one, other in combinations(MEANINGS, 2):
        assert apart(getattr(shown, one), getattr(shown, other), eyes) >= least, (one, other)
    for one in MEANINGS:
        assert apart(getattr(shown, one), shown.accent, eyes) >= 0.04, one
        assert apart(getattr(shown, one), shown.text, eyes) >= 0.06, one


def test_distances_are_none_for_the_same_colour_and_one_from_black_to_white() -> None:
    assert apart("#123456", "#123456") == 0
    assert apart("#000000", "#ffffff") == pytest.approx(1, abs=1e-3)
    # red and green of the same brightness are one colour without the cones for green
    assert apart("#b05050", "#707840", "no green") < apart("#b05050", "#707840") / 2
