import pytest

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
