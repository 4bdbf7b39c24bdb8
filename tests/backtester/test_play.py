import numpy as np
import pytest

from shared_modules.backtester import play
from shared_modules.matching import Costs, Sizing
from shared_modules.matching.state import new_rules, new_state


@pytest.mark.parametrize("error", [AttributeError, EOFError])
def test_a_kernel_cache_of_another_version_is_dropped_and_made_anew(monkeypatch, error):
    calls = []

    def run(*arguments):
        calls.append("run")
        if len(calls) == 1:
            raise error("Can't get attribute 'Feed'")

    monkeypatch.setattr(play, "run", run)
    monkeypatch.setattr(play, "forget_cache", lambda: calls.append("forget"))
    play.warm(new_state(1, 1.0, Costs()), new_rules(Costs(), Sizing()))
    assert calls == ["run", "forget", "run"]


def test_read_only_and_strided_columns_are_copied_for_the_kernel():
    plain, strided, frozen = np.zeros(4), np.zeros(8)[::2], np.zeros(4)
    frozen.flags.writeable = False
    assert play._joined([plain]) is plain
    for column in (strided, frozen):
        joined = play._joined([column])
        assert joined.flags.c_contiguous
        assert joined.flags.writeable
