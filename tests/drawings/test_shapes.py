"""What drawings look like on a plane, and where they are touched."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradebot_gui.drawings import Anchor, Drawing
from tradebot_gui.drawings.kinds import KINDS
from tradebot_gui.drawings.shapes import FIBONACCI, shape_of


class Plain:
    """A pixel a minute and a pixel a price, upwards."""

    left = top = 0.0
    right, bottom = 800.0, 400.0

    def x(self, time):
        return time / 60_000

    def y(self, price):
        return 400.0 - price

    def price(self, y):
        return 400.0 - y

    def price_text(self, price):
        return f"{price:.1f}"

    def bars(self, start, end):
        return (end - start) // 60_000


def drawing(kind: str, *points: tuple[int, float], text: str = "") -> Drawing:
    return Drawing(kind, tuple(Anchor(x * 60_000, p) for x, p in points), text=text)


def shape(kind: str, *points: tuple[int, float], text: str = ""):
    return shape_of(drawing(kind, *points, text=text), Plain())


@given(st.sampled_from(list(KINDS)), st.lists(st.tuples(st.integers(-2000, 2000), st.floats(-999, 999)), min_size=3))
def test_every_kind_can_be_touched_at_its_handles_and_has_finite_bounds(kind, points):
    made = shape(kind, *points[: KINDS[kind].anchors])
    assert all(math.isfinite(v) for v in made.bounds())
    if kind not in ("channel",):
        assert all(made.distance(*h) < 6 for h in made.handles if 20 <= h[0] <= 780 or not KINDS[kind].endless)


@given(st.sampled_from(list(KINDS)))
def test_every_kind_is_shown_while_it_is_only_begun(kind):
    for count in range(1, KINDS[kind].anchors):
        shape(kind, *[(10 * n, 100 + n) for n in range(count)])


def test_a_ray_goes_through_its_second_point_to_the_edge():
    made = shape("ray", (100, 100), (200, 150))
    x1, y1, x2, y2 = made.lines[0]
    assert x2 >= 800 or y2 <= 0
    assert (y2 - y1) / (x2 - x1) == pytest.approx(-0.5)


def test_the_other_side_of_a_channel_goes_through_its_third_point():
    made = shape("channel", (100, 100), (300, 200), (200, 250))
    assert made.distance(200, 400 - 250) == pytest.approx(0)
    assert made.distance(200, 400 - 150) == pytest.approx(0)


def test_fibonacci_levels_go_back_from_the_end_of_the_move():
    made = shape("fibonacci", (100, 100), (300, 200))
    texts = [label.text for label in made.labels]
    assert len(texts) == len(FIBONACCI)
    assert "0  200.0" in texts
    assert "0.618  138.2" in texts
    assert "1  100.0" in texts


def test_a_measure_tells_change_share_bars_and_time():
    text = shape("measure", (100, 100), (190, 110)).labels[0].text
    assert text == "+10.0 (+10.00%)   90 bars, 1 h 30 min"
    assert "−10.00%" in shape("measure", (100, 100), (190, 90)).labels[0].text


@pytest.mark.parametrize(("stop", "target", "side", "ratio"), [(95, 115, "Long", "3.00"), (105, 90, "Short", "2.00")])
def test_a_planner_tells_its_side_and_reward_to_risk(stop, target, side, ratio):
    texts = " | ".join(label.text for label in shape("position", (10, 100), (90, stop), (90, target)).labels)
    assert side in texts
    assert f"R:R {ratio}" in texts
    assert f"{stop - 100:+.2f}%".replace("-", "−") in texts


def test_a_planner_without_risk_divides_by_nothing():
    assert "R:R —" in shape("position", (10, 100), (90, 100), (90, 110)).labels[1].text


def test_words_stand_beside_what_they_name():
    assert shape("horizontal", (10, 100), text="Support").labels[0].text == "Support  100.0"
    assert shape("text", (10, 100), text="Here").labels[0].text == "Here"
