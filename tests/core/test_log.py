import asyncio
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core.log import MASK, LogLine, LogSystem, operation, redacted, timed

SECRET = "s3cr3t-Value/9"
log = logging.getLogger("room.module")


class Lines:
    """A log system in a folder, and what it has written once stopped."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.system = LogSystem(folder, **{"level": "INFO", "console": False, **options})
        self.heard: list[LogLine] = []
        self.system.listen(self.heard.append)
        self.system.start()

    def text(self) -> str:
        self.system.stop()
        return (self.folder / "tradebot.jsonl").read_text(encoding="utf-8")

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Lines]:
    opened = Lines(tmp_path / "logs")
    yield opened
    opened.system.stop()


def test_a_line_is_json_with_time_level_and_logger(lines: Lines) -> None:
    log.info("%s bars of %s", 3, "BTCUSDT")
    (line,) = lines.read()
    assert line["event"] == "3 bars of BTCUSDT"
    assert (line["level"], line["logger"]) == ("info", "room.module")
    assert line["timestamp"].endswith("Z")
    assert set(line) == {"event", "level", "logger", "timestamp"}


def test_letters_of_any_script_stay_readable(lines: Lines) -> None:
    log.info("größer als 币")
    assert "größer als 币" in lines.text()


def test_stopping_writes_everything_that_was_logged(lines: Lines) -> None:
    for i in range(2_000):
        log.info("line %d", i)
    assert [line["event"] for line in lines.read()] == [f"line {i}" for i in range(2_000)]


def test_levels_below_the_chosen_one_are_not_written(lines: Lines) -> None:
    log.debug("too fine")
    log.info("fine")
    assert [line["event"] for line in lines.read()] == ["fine"]


def test_warnings_and_errors_are_counted(lines: Lines) -> None:
    log.info("x")
    log.warning("x")
    log.error("x")
    log.critical("x")
    lines.system.stop()
    assert (lines.system.warnings, lines.system.errors) == (1, 2)


def test_after_the_stop_the_root_logger_is_as_it_was(tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    system = LogSystem(tmp_path, "DEBUG", console=False)
    system.start()
    system.start()
    assert len(root.handlers) == len(before[0]) + 1
    system.stop()
    system.stop()
    assert (root.handlers, root.level) == before


def test_a_log_can_be_started_again(lines: Lines) -> None:
    log.info("one")
    lines.system.stop()
    log.info("between")
    lines.system.start()
    log.info("two")
    assert [line["event"] for line in lines.read()] == ["one", "two"]


def test_a_traceback_is_written_with_its_error(lines: Lines) -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        log.exception("broken")
    (line,) = lines.read()
    assert "ZeroDivisionError" in line["trace"]
    assert line["event"] == "broken"


def fail_with(secret: str) -> None:
    raise ValueError(f"login failed: api_secret={secret}")


def test_no_secret_reaches_the_file_by_any_way(lines: Lines) -> None:
    log.info("connecting with api_key=%s", SECRET)
    log.info("headers %s", {"X-BAPI-API-KEY": SECRET, "X-BAPI-SIGN": SECRET})
    log.info(f"password: {SECRET}")
    log.info("with extras", extra={"api_key": SECRET, "request": {"token": SECRET, "n": 1}, "url": f"/x?sign={SECRET}"})
    try:
        fail_with(SECRET)
    except ValueError:
        log.exception("refused", stack_info=True)
    text = lines.text()
    assert SECRET not in text
    assert text.count(MASK) >= 8
    assert all(SECRET not in heard.text for heard in lines.heard)


def test_what_is_no_secret_stays_beside_it(lines: Lines) -> None:
    log.info("ask", extra={"request": {"token": SECRET, "n": 1, "path": ("a", 2.5, None)}, "symbol": "BTCUSDT"})
    (line,) = lines.read()
    assert line["request"] == {"token": MASK, "n": 1, "path": ["a", 2.5, None]}
    assert line["symbol"] == "BTCUSDT"


@pytest.mark.parametrize(
    "text",
    [
        "api_key={}",
        "apiKey: {}",
        "API-SECRET = {}",
        "{{'api_key': '{}'}}",
        '{{"secret": "{}", "x": 1}}',
        r"{{\"api_secret\": \"{}\"}}",
        "?category=linear&sign={}&x=1",
        "access_token={};",
        "TRADEBOT_EXCHANGE__API_SECRET={}",
        "secret_key={}",
        "passphrase={}",
        "Authorization: Bearer {}",
        "[('X-BAPI-API-KEY', '{}')]",
        "Keys(api_key=b'{}', n=1)",
        "bybit_password='{} and more words'",
    ],
)
def test_a_secret_is_masked_however_it_is_written(text: str) -> None:
    masked = redacted(text.format(SECRET))
    assert SECRET not in masked
    assert "more words" not in masked
    assert MASK in masked
    assert redacted(masked) == masked


@pytest.mark.parametrize(
    "text",
    ["design: nice", "assigned=3", "token bucket is empty", "tokens left: 3", "the secret of success", "sign up"],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert redacted(text) == text


@given(st.from_regex(r"[A-Za-z0-9+/=_.-]{8,60}", fullmatch=True), st.sampled_from(["{}", "'{}'", '"{}"']))
def test_no_part_of_a_key_is_left(secret: str, quoted: str) -> None:
    assert redacted(f"api_secret={quoted.format(secret)}, next") == f"api_secret={quoted.format(MASK)}, next"


async def test_an_operation_is_told_in_everything_logged_inside_it_across_awaits(lines: Lines) -> None:
    async def work(name: str, turn: asyncio.Event, other: asyncio.Event) -> str:
        with operation(name) as identity:
            log.info("begin %s", name)
            other.set()
            await turn.wait()
            await asyncio.to_thread(log.info, "thread %s", name)
        log.info("outside")
        return identity

    a, b = asyncio.Event(), asyncio.Event()
    first, second = await asyncio.gather(work("fetch", a, b), work("store", b, a))
    told = {line["event"]: line.get("operation") for line in lines.read()}
    assert first.startswith("fetch-")
    assert told == {
        "begin fetch": first, "thread fetch": first, "begin store": second, "thread store": second, "outside": None,
    }  # fmt: skip
    assert {h.operation for h in lines.heard if h.text.endswith("fetch")} == {first}


def test_two_operations_of_one_name_are_told_apart() -> None:
    with operation("x") as a, operation("x") as b:
        assert a != b


def test_a_listener_hears_until_it_is_undone(lines: Lines) -> None:
    heard: list[LogLine] = []
    undo = lines.system.listen(heard.append)
    log.warning("first")
    lines.system.stop()
    undo()
    undo()
    lines.system.start()
    log.warning("second")
    lines.system.stop()
    assert [(h.level, h.logger, h.text) for h in heard] == [("WARNING", "room.module", "first")]
    assert heard[0].time > 1_600_000_000_000


def test_a_broken_listener_stops_neither_the_log_nor_the_others(lines: Lines) -> None:
    def broken(_: LogLine) -> None:
        raise RuntimeError

    lines.system.listen(broken)
    log.info("one")
    log.info("two")
    assert [line["event"] for line in lines.read()] == ["one", "two"]
    assert [h.text for h in lines.heard] == ["one", "two"]


def logs(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text(encoding="utf-8") for p in sorted(folder.iterdir())}


def test_a_full_file_is_put_aside_and_the_oldest_given_up(tmp_path: Path) -> None:
    lines = Lines(tmp_path, size=400, keep=2)
    for i in range(20):
        log.info("line %02d %s", i, "x" * 100)
    lines.system.stop()
    kept = logs(tmp_path)
    assert list(kept) == ["tradebot.jsonl", "tradebot.jsonl.1", "tradebot.jsonl.2"]
    numbers = [json.loads(row)["event"][5:7] for name in reversed(kept) for row in kept[name].splitlines()]
    assert numbers == [f"{i:02}" for i in range(20 - len(numbers), 20)]


def test_while_another_program_holds_the_log_no_line_and_no_old_log_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = Lines(tmp_path, size=400, keep=3)
    for i in range(8):
        log.info("early %02d %s", i, "x" * 100)
    lines.system.stop()
    old = {name: text for name, text in logs(tmp_path).items() if name != "tradebot.jsonl"}
    assert old
    move = os.replace

    def held(source: Any, target: Any) -> None:
        if str(source).endswith("tradebot.jsonl"):
            raise PermissionError("held by a viewer")
        move(source, target)

    monkeypatch.setattr(os, "replace", held)
    lines.system.start()
    for i in range(12):
        log.info("late %02d %s", i, "x" * 100)
    lines.system.stop()
    kept = logs(tmp_path)
    assert {name: kept[name] for name in old} == old
    assert kept["tradebot.jsonl"].count('"event": "late ') == 12
    monkeypatch.undo()
    lines.system.start()
    log.info("free again")
    lines.system.stop()
    assert logs(tmp_path)["tradebot.jsonl.1"].count('"event": "late ') == 12


def test_the_console_shows_warnings_only_without_secret_and_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = Lines(tmp_path, console=True)
    log.info("quiet")
    log.warning("loud api_key=%s", SECRET)
    try:
        fail_with(SECRET)
    except ValueError:
        log.exception("refused")
    lines.system.stop()
    shown = capsys.readouterr().err
    assert "refused" in shown
    assert "Traceback" not in shown
    assert "loud" in shown
    assert "quiet" not in shown
    assert SECRET not in shown


def test_a_program_without_a_console_logs_to_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    lines = Lines(tmp_path, console=True)
    log.warning("no console here")
    assert lines.read()[0]["event"] == "no console here"


def test_other_handlers_get_the_record_as_it_was(lines: Lines, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log.info("%s of %s", 1, 2)
    assert caplog.records[-1].args == (1, 2)


def test_only_what_takes_long_is_told(lines: Lines) -> None:
    with timed(log, "loading", slow=3600):
        pass
    with timed(log, "reading", slow=0):
        pass
    (line,) = lines.read()
    assert line["event"].startswith("reading took ")
    assert line["level"] == "info"


def test_the_duration_of_a_failed_work_is_told_too(lines: Lines) -> None:
    with pytest.raises(RuntimeError), timed(log, "asking", slow=0):
        raise RuntimeError
    assert lines.read()[0]["event"].startswith("asking took ")
