"""The folder of the user's strategies, looked at one step at a time."""

from pathlib import Path

import pytest

from shared_modules.core.bus import EventBus
from shared_modules.core.errors import InvalidInput
from shared_modules.core.events import StrategiesChanged
from shared_modules.strategies import broken_strategies, strategy
from shared_modules.system_integration.strategy_watch import StrategyWatch
from tests.strategies.test_registry import GOOD


@pytest.fixture
def watch(tmp_path: Path) -> StrategyWatch:
    bus = EventBus()
    made = StrategyWatch(tmp_path, bus)
    made.events = []  # type: ignore[attr-defined]
    bus.subscribe(StrategiesChanged, made.events.append)  # type: ignore[attr-defined]
    made.look()
    return made


def write(watch: StrategyWatch, text: str, name: str = "mine.py", looks: int = 2) -> Path:
    path = watch.folder / name
    path.write_text(text, encoding="utf-8")
    for _ in range(looks):
        watch.look()
    return path


def test_a_file_is_loaded_when_it_has_rested_from_one_look_to_the_next(watch: StrategyWatch) -> None:
    write(watch, GOOD, looks=1)
    assert "mine" not in watch.shelf.classes
    watch.look()
    assert "mine" in watch.shelf.classes
    assert watch.events == [StrategiesChanged(("mine",))]
    watch.look()
    assert len(watch.events) == 1


def test_a_broken_change_leaves_the_version_before_it_to_other_processes_and_the_next_start_too(
    watch: StrategyWatch,
) -> None:
    write(watch, GOOD)
    before = watch.shelf.classes["mine"]
    write(watch, GOOD + "\nraise RuntimeError('half done')\n")
    assert watch.shelf.classes["mine"]().period == 5
    assert (watch.shelf.broken[0].line, watch.shelf.broken[0].kept) == (18, True)
    again = StrategyWatch(watch.folder, EventBus())
    again.look()
    assert again.shelf.classes["mine"]().period == 5
    assert broken_strategies(watch.folder)[0].kept
    write(watch, GOOD.replace("param(5,", "param(6,"))
    assert watch.shelf.classes["mine"]().period == 6
    assert watch.shelf.broken == ()
    assert before().period == 5


def test_what_a_running_backtest_holds_stays_as_it_was(watch: StrategyWatch) -> None:
    write(watch, GOOD)
    running = strategy("mine", watch.folder)(period=4)
    path = write(watch, GOOD.replace("low=1, high=9", "low=7, high=9").replace("param(5,", "param(8,"))
    assert running.period == 4
    assert type(running)().period == 5
    path.unlink()
    watch.look()
    watch.look()
    assert type(running)().period == 5


def test_a_change_within_one_tick_of_the_disks_clock_is_read(watch: StrategyWatch) -> None:
    write(watch, GOOD)
    write(watch, GOOD.replace("param(5,", "param(6,"), looks=0)
    assert strategy("mine", watch.folder)().period == 6


def test_a_deleted_file_takes_its_strategy_and_its_copy_along(watch: StrategyWatch) -> None:
    path = write(watch, GOOD)
    path.unlink()
    watch.look()
    watch.look()
    assert "mine" not in watch.shelf.classes
    assert watch.events[-1] == StrategiesChanged(removed=("mine",))
    write(watch, "def broken(:\n")
    assert "mine" not in watch.shelf.classes


def test_a_file_that_wants_to_end_the_program_is_only_broken(watch: StrategyWatch) -> None:
    write(watch, "import sys\nsys.exit(3)\n")
    assert (watch.shelf.broken[0].line, watch.shelf.broken[0].kept) == (2, False)
    assert "sma_cross" in watch.shelf.classes


def test_a_new_strategy_works_as_it_is_written(watch: StrategyWatch) -> None:
    path = watch.create("My 2nd Idea!")
    watch.look()
    watch.look()
    assert path.name == "my_2nd_idea.py"
    cls = watch.shelf.classes["my_2nd_idea"]
    assert (cls.title, cls.__name__) == ("My 2nd Idea!", "My2ndIdea")
    assert watch.file_of("my_2nd_idea") == path
    assert watch.file_of("sma_cross") is None
    with pytest.raises(InvalidInput, match="already"):
        watch.create("my 2nd idea")
