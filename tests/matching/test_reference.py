"""The compiled kernel against the plain reference in decimals, on random scripts of every kind of order.

Some hundred scripts are part of the suite; `FILLS_EXAMPLES=10000` asks for more.
"""

import os

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from .random_scripts import every_option, knowing, options, order_options, ordering, several
from .reference import replay
from .scripts import play

_OF_THE_SUITE = 150
EXAMPLES = int(os.environ.get("FILLS_EXAMPLES", _OF_THE_SUITE))
# the suite's limit of a test is there for its own hundred scripts; ten thousand take minutes
pytestmark = [pytest.mark.timeout(0)] if EXAMPLES > _OF_THE_SUITE else []


@settings(max_examples=EXAMPLES, deadline=None)
@given(several, options)
def test_the_kernel_agrees_with_the_plain_reference(symbols, chosen):
    _assert_agreed(symbols, chosen)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(ordering(), min_size=1, max_size=3), order_options)
def test_the_kernel_agrees_with_the_plain_reference_on_every_kind_of_order(symbols, chosen):
    _assert_agreed(symbols, chosen)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(knowing(), min_size=1, max_size=3), every_option())
def test_the_kernel_agrees_with_the_plain_reference_on_all_that_a_run_can_have(symbols, chosen):
    if any(s.mark for s in symbols) != all(s.mark for s in symbols):
        for script in symbols:
            script.mark = script.mark or [row[1:3] for row in script.rows]
    _assert_agreed(symbols, chosen)


def _assert_agreed(symbols, chosen):
    out = play(*symbols, **chosen)
    expected = replay(symbols, cash=1000.0, **chosen)
    # cash that is nothing but rounding may buy a trade of rounding here and none there
    dust = [t for t in out.trades + expected.trades if abs(t["qty"]) < 1e-9]
    assume(not dust)
    assert [(t["symbol"], t["entry_time"], t["exit_time"], t["reason"], t["exits"]) for t in out.trades] == [
        (t["symbol"], t["entry_time"], t["exit_time"], t["reason"], t["exits"]) for t in expected.trades
    ]
    for name in ("qty", "entry_price", "exit_price", "fees", "pnl", "funding", "borrow"):
        mine, theirs = [t[name] for t in out.trades], [float(t[name]) for t in expected.trades]
        assert mine == pytest.approx(theirs, rel=1e-9, abs=1e-9), name
    assert out.equity == pytest.approx(expected.equity, rel=1e-9, abs=1e-9)
    assert (out.account["ambiguous"], out.account["refused"]) == (expected.ambiguous, expected.refused)
    assert out.outcomes == [text for _, text in sorted(expected.outcomes.items())]
