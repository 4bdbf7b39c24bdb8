import shutil
from pathlib import Path

import pytest

from shared_modules.core.errors import UnknownName
from shared_modules.strategies import broken_strategies, strategies, strategy, user_folder
from shared_modules.strategies.builtin import template
from shared_modules.strategies.user_folder import keep_working, user_files, version_notes

GOOD = '''
from dataclasses import dataclass
from typing import ClassVar
from shared_modules.core.parameters import param
from shared_modules.strategies import Signals, Strategy, register

@register
@dataclass(frozen=True)
class Mine(Strategy):
    """Do nothing."""
    name: ClassVar[str] = "mine"
    title: ClassVar[str] = "Mine"
    period: int = param(5, "Bars", low=1, high=9)

    def signals(self, view):
        return Signals.none(len(view.bars))
'''


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_in_the_users_folder_is_a_strategy(tmp_path):
    written(tmp_path, "mine.py", GOOD)
    assert strategy("mine", tmp_path)().period == 5
    assert strategy("mine", tmp_path) is strategies(tmp_path)["mine"]
    assert broken_strategies(tmp_path) == ()


def test_a_broken_file_tells_its_line_and_does_not_stop_the_others(tmp_path):
    written(tmp_path, "a_raises.py", "x = 1\nx / 0\n")
    written(tmp_path, "b_syntax.py", "x = 1\n\ndef f(:\n")
    written(tmp_path, "c_empty.py", "x = 1\n")
    written(tmp_path, "d_plain.py", GOOD.replace("@dataclass(frozen=True)\n", ""))
    written(tmp_path, "mine.py", GOOD)
    assert "mine" in strategies(tmp_path)
    broken = {b.path.name: b for b in broken_strategies(tmp_path)}
    assert (broken["a_raises.py"].line, broken["b_syntax.py"].line) == (2, 3)
    assert "division" in str(broken["a_raises.py"])
    assert "@register" in broken["c_empty.py"].message
    assert "@dataclass(frozen=True)" in broken["d_plain.py"].message
    assert set(broken) == {"a_raises.py", "b_syntax.py", "c_empty.py", "d_plain.py"}


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(tmp_path):
    path = written(tmp_path, "mine.py", GOOD)
    first = strategy("mine", tmp_path)
    assert strategy("mine", tmp_path) is first
    written(tmp_path, path.name, GOOD.replace("param(5,", "param(7, "))
    assert strategy("mine", tmp_path)().period == 7


def test_a_name_that_is_taken_does_not_replace_the_built_in(tmp_path):
    written(tmp_path, "mine.py", GOOD.replace('"mine"', '"sma_cross"'))
    assert strategies(tmp_path)["sma_cross"].title == "SMA crossover"
    assert "taken" in broken_strategies(tmp_path)[0].message


def test_a_copy_of_the_lesson_under_another_name_works(tmp_path):
    source = Path(template.__file__)
    copy = tmp_path / "lesson.py"
    shutil.copy(source, copy)
    copy.write_text(copy.read_text(encoding="utf-8").replace('"template"', '"lesson"'), encoding="utf-8")
    assert strategy("lesson", tmp_path)().channel == 20


def test_an_unknown_name_proposes_the_nearest(tmp_path):
    with pytest.raises(UnknownName, match="'sma_cross'"):
        strategy("sma_cros", tmp_path)


def test_a_run_with_the_version_before_a_broken_change_says_so(tmp_path):
    path = written(tmp_path, "mine.py", GOOD)
    keep_working(tmp_path, user_files(tmp_path))
    assert version_notes(strategy("mine", tmp_path)) == ()
    path.write_text("broken(", encoding="utf-8")
    assert "worked last" in version_notes(strategy("mine", tmp_path))[0]
    assert version_notes(strategy("sma_cross", tmp_path)) == ()


def test_a_file_that_loops_for_ever_is_broken_with_its_line_and_holds_nobody_up(tmp_path, monkeypatch):
    monkeypatch.setattr(user_folder, "LIMIT", 0.2)
    written(tmp_path, "endless.py", "n = 0\nwhile True:\n    n += 1\n")
    (broken,) = broken_strategies(tmp_path)
    assert broken.path.name == "endless.py"
    assert broken.line in (2, 3)
    assert "still running after 0.2 s" in broken.message


def test_a_strategy_is_found_without_running_the_files_of_others(tmp_path):
    written(tmp_path, "a_loud.py", GOOD.replace("mine", "other") + f"\nopen({str(tmp_path / 'ran')!r}, 'w').close()\n")
    written(tmp_path, "mine.py", GOOD)
    assert strategy("mine", tmp_path)().period == 5
    assert not (tmp_path / "ran").exists()
    assert strategy("other", tmp_path)().period == 5
    assert (tmp_path / "ran").exists()
