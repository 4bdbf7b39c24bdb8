"""Tests of run.py: what it starts, when it installs, and what it says when something is missing."""

import contextlib
import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[1] / "run.py"


@pytest.fixture
def run() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_under_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def wanted(tmp_path: Path) -> Path:
    (tmp_path / "base.txt").write_text("# pins\nnumpy==2.4.6\npandas==3.1.1\n")
    file = tmp_path / "dev.txt"
    file.write_text("-r base.txt\npytest==9.2.0  # tests\n")
    return file


@pytest.fixture
def venv(run: ModuleType, tmp_path: Path, wanted: Path) -> Path:
    """A folder that looks like a finished set-up."""
    folder = tmp_path / "a folder" / ".venv"
    python = run.interpreter(folder)
    python.parent.mkdir(parents=True)
    python.touch()
    (folder / "pyvenv.cfg").write_text(f"home = {tmp_path}\nversion = 3.11.7\n")
    run.stamp_file(folder, wanted).write_text(run.fingerprint(wanted))
    return folder


@pytest.fixture
def no_installing(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Replaces making and filling .venv; returns what would have been done."""
    done: list[str] = []
    monkeypatch.setattr(run, "usable", lambda venv: False)
    monkeypatch.setattr(run, "make_venv", lambda venv: (venv.mkdir(parents=True, exist_ok=True), done.append("make")))
    monkeypatch.setattr(run, "install", lambda venv, wanted, lock: done.append(wanted.name))
    return lambda: done


class TestRouting:
    def test_without_words_the_terminal_opens(self, run: ModuleType) -> None:
        assert run.route([]) == ("requirements.txt", ["-P", "-m", "shared_modules.cli", "gui"])

    def test_words_reach_the_command_line_unchanged(self, run: ModuleType) -> None:
        words = ["backtest", "--csv", "a b.csv", "--set", "fast=5"]
        assert run.route(words)[1][3:] == words

    def test_the_word_test_runs_pytest_with_the_rest(self, run: ModuleType) -> None:
        assert run.route(["test", "-k", "bars"]) == ("requirements-dev.txt", ["-P", "-m", "pytest", "-k", "bars"])

    def test_the_whole_suite_shares_the_cores(self, run: ModuleType) -> None:
        assert run.route(["test"])[1][3:5] == ["-n", "auto"]

    def test_only_the_window_and_the_tests_need_qt(self, run: ModuleType) -> None:
        needing = [words for words in ([], ["gui"], ["test"], ["venue"], ["gui", "--help"]) if run.needs_qt(words)]
        assert needing == [[], ["gui"], ["test"]]

    def test_modules_come_from_beside_the_script_and_not_from_pythonhome(
        self, run: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PYTHONHOME", "/elsewhere")
        monkeypatch.setenv("PYTHONPATH", "/mine")
        environment = run.child_environment()
        assert "PYTHONHOME" not in environment
        assert environment["PYTHONPATH"].split(run.os.pathsep) == [str(SCRIPT.parent), "/mine"]


class TestStamp:
    def test_a_finished_set_up_is_not_touched(
        self, run: ModuleType, venv: Path, wanted: Path, no_installing: Callable[[], list[str]]
    ) -> None:
        run.set_up(venv, wanted)
        assert no_installing() == []

    @pytest.mark.parametrize("changed", ["base.txt", "dev.txt"])
    def test_a_changed_pin_installs_again(self, run: ModuleType, venv: Path, wanted: Path, changed: str) -> None:
        with open(wanted.with_name(changed), "a") as file:
            file.write("orjson==3.13.0\n")
        assert not run.is_set_up(venv, wanted)

    def test_another_python_version_installs_again(
        self, run: ModuleType, venv: Path, wanted: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run.sys, "version_info", (3, 99, 0))
        assert not run.is_set_up(venv, wanted)

    def test_line_ends_of_a_windows_checkout_do_not_matter(self, run: ModuleType, wanted: Path) -> None:
        wanted.write_bytes(b"-r base.txt\npytest==9.2.0\n")
        before = run.fingerprint(wanted)
        wanted.write_bytes(b"-r base.txt\r\npytest==9.2.0\r\n")
        assert run.fingerprint(wanted) == before

    def test_a_removed_base_python_makes_the_environment_anew(
        self, run: ModuleType, venv: Path, wanted: Path, tmp_path: Path
    ) -> None:
        (venv / "pyvenv.cfg").write_text(f"home = {tmp_path / 'gone'}\n")
        assert not run.is_set_up(venv, wanted)
        assert not run.usable(venv)

    def test_a_failed_install_leaves_no_stamp(
        self, run: ModuleType, tmp_path: Path, wanted: Path, no_installing: Callable[[], list[str]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        def fails(venv: Path, wanted: Path, lock: tuple[int, ...]) -> None:
            raise run.SetupError("no network")

        monkeypatch.setattr(run, "install", fails)
        with pytest.raises(run.SetupError):
            run.set_up(tmp_path / ".venv", wanted)
        assert not run.stamp_file(tmp_path / ".venv", wanted).exists()

    def test_packages_cut_short_by_a_kill_are_installed_anew(
        self, run: ModuleType, venv: Path, wanted: Path, no_installing: Callable[[], list[str]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setattr(run, "usable", lambda venv: True)
        run.stamp_file(venv, wanted).unlink()
        run.set_up(venv, wanted)
        assert no_installing() == ["dev.txt"]
        run.stamp_file(venv, wanted).unlink()
        run.unfinished_file(venv).touch()
        run.set_up(venv, wanted)
        assert no_installing() == ["dev.txt", "make", "dev.txt"]

    @pytest.mark.skipif(sys.platform == "win32", reason="a stand-in for pip that is a shell script")
    @pytest.mark.parametrize(("ending", "cut_short"), [("exit 0", False), ("exit 1", False), ("kill -9 $$", True)])
    def test_only_a_pip_that_was_killed_leaves_its_work_unfinished(
        self, run: ModuleType, venv: Path, wanted: Path, ending: str, cut_short: bool
    ) -> None:
        pip = run.interpreter(venv)
        pip.write_text(f"#!/bin/sh\n{ending}\n")
        pip.chmod(0o755)
        with contextlib.suppress(run.SetupError):
            run.install(venv, wanted, ())
        assert run.unfinished_file(venv).exists() == cut_short

    def test_the_first_start_makes_installs_and_stamps(
        self, run: ModuleType, tmp_path: Path, wanted: Path, no_installing: Callable[[], list[str]]
    ) -> None:
        run.set_up(tmp_path / "new" / ".venv", wanted)
        assert no_installing() == ["make", "dev.txt"]
        assert run.stamp_file(tmp_path / "new" / ".venv", wanted).read_text() == run.fingerprint(wanted)

    def test_setting_up_the_tests_sets_up_the_program_too(
        self, run: ModuleType, tmp_path: Path, wanted: Path, no_installing: Callable[[], list[str]]
    ) -> None:
        run.set_up(tmp_path / ".venv", wanted)
        base = wanted.with_name("base.txt")
        assert run.stamp_file(tmp_path / ".venv", base).read_text() == run.fingerprint(base)

    def test_an_environment_without_a_working_python_is_not_usable(self, run: ModuleType, venv: Path) -> None:
        assert not run.usable(venv)

    def test_every_requirement_is_one_exact_pin(self, run: ModuleType) -> None:
        for file in run.requirement_files(SCRIPT.with_name("requirements-dev.txt")):
            assert run.pins(file)
            assert [pin for pin in run.pins(file) if pin.split(";")[0].count("==") != 1] == []


class TestSystemLibraries:
    def test_a_library_that_is_not_there_is_named(self, run: ModuleType) -> None:
        assert run.missing_libraries({"libnosuchthing.so.9": "nothing"}) == ["libnosuchthing.so.9"]

    def test_without_root_the_exact_command_is_named(self, run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(run, "is_root", lambda: False)
        monkeypatch.setattr(run.shutil, "which", lambda name: f"/usr/bin/{name}" if name == "apt-get" else None)
        monkeypatch.setattr(run, "missing_libraries", lambda libraries: ["libEGL.so.1", "libxcb-cursor.so.0"])
        with pytest.raises(run.SetupError, match="sudo apt-get install -y libegl1 libxcb-cursor0"):
            run.require_libraries({})

    def test_other_package_managers_are_asked_for_the_file(
        self, run: ModuleType, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run, "is_root", lambda: False)
        monkeypatch.setattr(run.shutil, "which", lambda name: f"/usr/bin/{name}" if name == "dnf" else None)
        said = run.how_to_install(["libEGL.so.1"], run.QT_LIBRARIES)
        assert said.endswith("sudo dnf install -y 'libEGL.so.1()(64bit)'")

    def test_root_installs_and_goes_on(self, run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        absent, installed = [["libGL.so.1"], []], []
        monkeypatch.setattr(run, "is_root", lambda: True)
        monkeypatch.setattr(run.shutil, "which", lambda name: f"/usr/bin/{name}")
        monkeypatch.setattr(run, "missing_libraries", lambda libraries: absent.pop(0))
        monkeypatch.setattr(run, "apt_install", installed.extend)
        run.require_libraries({"QT_QPA_PLATFORM": "offscreen"})
        assert installed == ["libgl1"]

    def test_drawing_unseen_needs_no_x11_library(self, run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[str] = []
        monkeypatch.setattr(run, "missing_libraries", lambda libraries: asked.extend(libraries) or [])
        run.require_libraries({"QT_QPA_PLATFORM": "offscreen"})
        assert asked
        assert not set(asked) & set(run.X11_LIBRARIES)


class TestDisplay:
    def test_tests_draw_unseen(self, run: ModuleType) -> None:
        environment = {"DISPLAY": ":0"}
        run.prepare_display(["test"], environment)
        assert environment["QT_QPA_PLATFORM"] == "offscreen"

    def test_a_chosen_platform_stays(self, run: ModuleType) -> None:
        environment = {"QT_QPA_PLATFORM": "vnc"}
        run.prepare_display(["test"], environment)
        assert environment["QT_QPA_PLATFORM"] == "vnc"

    def test_a_window_without_a_display_is_refused_with_a_sentence(self, run: ModuleType) -> None:
        with pytest.raises(run.SetupError, match="no screen"):
            run.prepare_display([], {})

    def test_a_timed_run_without_a_display_draws_unseen(self, run: ModuleType) -> None:
        environment: dict[str, str] = {}
        run.prepare_display(["gui", "--exit-after", "20"], environment)
        assert environment["QT_QPA_PLATFORM"] == "offscreen"


class TestFailures:
    @pytest.mark.parametrize(
        ("output", "said"),
        [
            ("WARNING: Retrying ... NewConnectionError('...: [Errno -3] Temporary failure in name resolution')\n"
             "ERROR: No matching distribution found for numpy==2.4.6\n", "pypi.org does not answer"),
            ("ERROR: Could not install packages: [Errno 28] No space left on device\n", "disk is full"),
            ("ERROR: No matching distribution found for numba==0.68.1\n", "numba==0.68.1 has no ready-made package"),
            ("ERROR: Something odd happened\n", "Something odd happened"),
        ],
    )  # fmt: skip
    def test_a_failed_install_is_one_sentence(self, run: ModuleType, tmp_path: Path, output: str, said: str) -> None:
        sentence = run.why_pip_failed(output, tmp_path / "set-up.log")
        assert said in sentence
        assert "\n" not in sentence

    def test_a_set_up_error_ends_with_2_and_its_sentence(
        self, run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fails(venv: Path, wanted: Path) -> None:
            raise run.SetupError("do this first")

        monkeypatch.setattr(run, "set_up", fails)
        assert run.main(["venue"]) == 2
        assert capsys.readouterr() == ("", "do this first\n")

    def test_an_old_python_gets_one_sentence(self) -> None:
        source = "import sys; sys.version_info = (3, 8, 1); exec(compile(open(sys.argv[1]).read(), 'run.py', 'exec'))"
        done = subprocess.run([sys.executable, "-c", source, str(SCRIPT)], capture_output=True, text=True)
        assert done.returncode == 1
        assert "needs Python 3.11 or newer, this is Python 3.8" in done.stderr
        assert len(done.stderr.splitlines()) == 1

    def test_two_starts_do_not_set_up_at_once(
        self, run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run.tempfile, "gettempdir", lambda: str(tmp_path))
        with run.one_at_a_time(tmp_path / ".venv"):
            (lock,) = tmp_path.glob("*.lock")
            with open(lock, "a+b") as second:
                assert not run.try_lock(second.fileno())
        with open(lock, "a+b") as third:
            assert run.try_lock(third.fileno())

    @pytest.mark.skipif(sys.platform == "win32", reason="a process of Windows cannot hold another's lock")
    def test_a_pip_that_outlives_its_start_keeps_the_next_one_waiting(
        self, run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run.tempfile, "gettempdir", lambda: str(tmp_path))
        with run.one_at_a_time(tmp_path / ".venv") as lock:
            pip = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=lock)
        (file,) = tmp_path.glob("*.lock")
        with open(file, "a+b") as next_start:
            assert not run.try_lock(next_start.fileno())
            pip.communicate(b"\n")
            assert run.try_lock(next_start.fileno())
