"""The bounded memory of what was made last."""

from hypothesis import given
from hypothesis import strategies as st

from tradebot_gui.recent import Recent


@given(st.integers(1, 8), st.lists(st.integers(0, 20)))
def test_it_gives_what_would_be_made_and_keeps_what_was_asked_for_last(most, asked):
    made: list[int] = []
    recent = Recent(lambda key: made.append(key) or str(key), most)
    for n, key in enumerate(asked):
        lately = list(dict.fromkeys(reversed(asked[:n])))[:most]
        before = len(made)
        assert recent[key] == str(key)
        assert (len(made) == before) or key not in lately
        assert len(recent) + len(recent._older) <= 2 * most


def test_a_key_that_is_wanted_again_and_again_is_made_once_however_many_come_between():
    made: list[int] = []
    recent = Recent(lambda key: made.append(key) or key, 10)
    for key in range(1, 500):
        assert recent[0] == 0
        assert recent[key] == key
    assert made.count(0) == 1


def test_what_is_forgotten_is_made_anew():
    made: list[str] = []
    recent = Recent(lambda key: made.append(key) or key, 10)
    assert (recent["a"], recent["a"]) == ("a", "a")
    recent.forget()
    assert recent["a"] == "a"
    assert made == ["a", "a"]
