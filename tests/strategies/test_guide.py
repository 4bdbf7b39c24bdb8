import re
import textwrap
from pathlib import Path

from shared_modules.strategies import broken_strategies, strategies, strategy

from .markets import random_bars, signals_of

GUIDE = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text(encoding="utf-8")


def test_the_example_of_the_guide_runs(tmp_path):
    block = re.search(r"(?:^    .*\n|^\n)*^    from dataclasses.*\n(?:^    .*\n|^\n)+", GUIDE, re.M)
    assert block
    (tmp_path / "ema_price.py").write_text(textwrap.dedent(block.group()), encoding="utf-8")
    assert broken_strategies(tmp_path) == ()
    assert signals_of(strategy("ema_price", tmp_path)(), random_bars(500)).enter_long.any()


def test_the_guide_lists_the_strategies_there_are(tmp_path):
    assert set(re.findall(r"^\| `(\w+)` \|", GUIDE, re.M)) == set(strategies(tmp_path))
