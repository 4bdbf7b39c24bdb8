from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.core import settings as files
from shared_modules.core.errors import ConfigurationError, UnknownName
from shared_modules.core.settings import Settings, environment_overrides, load, parse, save


@pytest.fixture
def path(data_dir: Path) -> Path:
    return data_dir / "settings.toml"


def refusal(path: str, value: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        Settings().changed(path, value)
    return str(caught.value)


def test_without_a_file_the_defaults_hold_and_nothing_is_said(path: Path) -> None:
    assert load(path, {}) == (Settings(), [])
    assert not path.exists()


def test_the_file_lies_over_the_defaults(path: Path) -> None:
    path.write_text("[data]\nretention = 200\n", encoding="utf-8")
    settings, notices = load(path, {})
    assert settings.data.retention == 200
    assert settings.data.flush_seconds == Settings().data.flush_seconds
    assert notices == []


def test_the_environment_lies_over_the_file(path: Path) -> None:
    path.write_text("[data]\nretention = 200\nmemory_bars = 500\n", encoding="utf-8")
    settings, notices = load(path, {"TRADEBOT_DATA__RETENTION": "75", "tradebot_demo__speed": "60", "HOME": "x"})
    assert (settings.data.retention, settings.data.memory_bars, settings.demo.speed) == (75, 500, 60.0)
    assert notices == []


@pytest.mark.parametrize("word", ["unlimited", "Unlimited", "none", ""])
def test_the_environment_can_lift_the_retention(path: Path, word: str) -> None:
    settings, notices = load(path, {"TRADEBOT_DATA__RETENTION": word})
    assert settings.data.retention is None
    assert notices == []


def test_commas_separate_lists_in_the_environment() -> None:
    found = environment_overrides(
        {"TRADEBOT_COLLECTOR__SYMBOLS": "BTCUSDT, ETHUSDT,", "TRADEBOT_COLLECTOR__TIMEFRAMES": ""}
    )
    assert found == {"collector": {"symbols": ("BTCUSDT", "ETHUSDT"), "timeframes": ()}}


def test_variables_of_other_meaning_are_left_alone() -> None:
    assert environment_overrides({"TRADEBOT_STARTED": "1", "TRADEBOT_NO__SUCH": "1", "PATH": "x"}) == {}


@pytest.mark.parametrize(
    "damage",
    [b"[data\nretention = 5", b"\xff\xfe\x00garbage", b"data = 5", b"[data]\nretention = 'many'", b"[nonsense]\nx = 1"],
    ids=["broken", "no text", "no section", "wrong value", "unknown section"],
)
def test_a_damaged_file_is_kept_aside_and_said(path: Path, damage: bytes) -> None:
    path.write_bytes(damage)
    settings, notices = load(path, {"TRADEBOT_DEMO__SEED": "9"})
    assert settings == Settings().changed("demo.seed", 9)
    assert not path.exists()
    aside = path.with_name("settings.damaged.toml")
    assert aside.read_bytes() == damage
    assert len(notices) == 1
    assert "kept as settings.damaged.toml" in notices[0]
    assert "defaults are in force" in notices[0]


def test_one_wrong_line_costs_no_other_setting(path: Path) -> None:
    text = "[appearance]\ntheme = 'pink'\nzoom = 150\n[later]\nx = 1\n[start]\nmarket = 'live'\nspoken = 3\n"
    path.write_text(text, encoding="utf-8")
    settings, notices = load(path, {})
    assert settings == Settings().changed("appearance.zoom", 150).changed("start.market", "live")
    assert path.with_name("settings.damaged.toml").read_text(encoding="utf-8") == text
    assert len(notices) == 1
    for said in ("kept as settings.damaged.toml", "appearance.theme", "later", "start.spoken"):
        assert said in notices[0]
    assert load(path, {}) == (settings, [])


def test_a_second_damaged_file_does_not_overwrite_the_first(path: Path) -> None:
    for text in ("first = [", "second = [", "third = ["):
        path.write_text(text, encoding="utf-8")
        load(path, {})
    kept = {p.name: p.read_text(encoding="utf-8") for p in path.parent.iterdir()}
    assert kept == {
        "settings.damaged.toml": "first = [",
        "settings.damaged-2.toml": "second = [",
        "settings.damaged-3.toml": "third = [",
    }


def test_a_wrong_variable_is_named_and_the_file_stays_in_force(path: Path) -> None:
    save(Settings().changed("data.memory_bars", 777), path)
    settings, notices = load(path, {"TRADEBOT_DATA__RETENTION": "some", "TRADEBOT_DEMO__SEED": "9"})
    assert (settings.data.memory_bars, settings.data.retention, settings.demo.seed) == (777, 50, 9)
    assert path.exists()
    assert len(notices) == 1
    assert "TRADEBOT_DATA__RETENTION was not used" in notices[0]


def test_a_file_with_a_byte_order_mark_is_read(path: Path) -> None:
    path.write_text("[data]\nretention = 9\n", encoding="utf-8-sig")
    settings, notices = load(path, {})
    assert (settings.data.retention, notices) == (9, [])


def test_a_file_that_is_held_for_a_moment_is_read_and_not_set_aside(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(Settings().changed("data.retention", 9), path)
    read, failures = Path.read_text, [PermissionError("held")] * 2

    def held(self: Path, *args: Any, **kwargs: Any) -> str:
        if failures:
            raise failures.pop()
        return read(self, *args, **kwargs)

    monkeypatch.setattr(Path, "read_text", held)
    monkeypatch.setattr("shared_modules.core.paths.time.sleep", lambda _: None)
    settings, notices = load(path, {})
    assert (settings.data.retention, notices) == (9, [])


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("data.retention", 0, "data.retention: Input should be greater than or equal to 1 (got 0)"),
        ("data.retention", "many", "data.retention: "),
        ("data.memory_bars", 5, "data.memory_bars: Input should be greater than or equal to 100 (got 5)"),
        ("exchange.rest_workers", 99, "exchange.rest_workers: Input should be less than or equal to 16 (got 99)"),
        ("exchange.category", "options", "exchange.category: Input should be 'linear', 'inverse' or 'spot'"),
        ("backtest.cash", float("inf"), "backtest.cash: Input should be a finite number"),
        ("collector.timeframes", ("1m", "55m"), "collector.timeframes: Value error, no timeframe '55m'; did you mean"),
        ("appearance.theme", "pink", "appearance.theme: Input should be 'dark', 'light' or 'system'"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field_and_what_is_allowed(where: str, value: Any, said: str) -> None:
    assert said in refusal(where, value)


def test_all_wrong_fields_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse({"data": {"retention": 0, "memory_bars": 1}, "demo": {"seed": -1}})
    assert len(caught.value.details["fields"]) == 3


def test_settings_are_read_and_changed_by_dotted_path() -> None:
    old = Settings()
    new = old.changed("data.retention", "unlimited").changed("collector.timeframes", ["1H", "1M"])
    assert (old.get("data.retention"), new.get("data.retention")) == (50, None)
    assert new.collector.timeframes == ("1h", "1M")


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("dta.retention", "no settings section 'dta'; did you mean 'data'?"),
        ("data.retenton", "did you mean 'retention'?"),
        ("data", "no setting in 'data'"),
    ],
)
def test_an_unknown_path_is_answered_with_near_ones(where: str, said: str) -> None:
    for ask in (lambda: Settings().get(where), lambda: Settings().changed(where, 1)):
        with pytest.raises(UnknownName) as caught:
            ask()
        assert said in str(caught.value)


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().data.retention = 3  # type: ignore[misc]


changes = st.fixed_dictionaries(
    {},
    optional={
        "data.retention": st.integers(1, 10**6) | st.none(),
        "data.flush_seconds": st.floats(0.05, 60),
        "exchange.name": st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40),
        "exchange.rest_url": st.sampled_from(["http://127.0.0.1:8080", 'with "quotes" and \\ slashes']),
        "collector.symbols": st.lists(st.sampled_from(["BTCUSDT", "1000PEPEUSDT"]), max_size=3).map(tuple),
        "collector.timeframes": st.lists(st.sampled_from(["1m", "1M", "4h"]), max_size=3).map(tuple),
        "collector.start_at_launch": st.booleans(),
        "appearance.theme": st.sampled_from(["dark", "light", "system"]),
        "demo.speed": st.floats(0.001, 100_000),
    },
)


@given(changes)
def test_what_is_saved_is_what_is_loaded(tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    settings = Settings()
    for where, value in values.items():
        settings = settings.changed(where, value)
    save(settings, path)
    assert load(path, {}) == (settings, [])


def test_only_what_differs_from_the_defaults_is_written(path: Path) -> None:
    save(Settings().changed("data.retention", None), path)
    assert path.read_text(encoding="utf-8").split() == ["[data]", "retention", "=", '"unlimited"']


def test_a_save_that_fails_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(Settings().changed("demo.seed", 1), path)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shared_modules.core.paths.os.replace", full)
    with pytest.raises(OSError, match="No space"):
        save(Settings().changed("demo.seed", 2), path)
    monkeypatch.undo()
    assert load(path, {})[0].demo.seed == 1


def test_the_schema_describes_every_setting_with_its_range() -> None:
    definitions = Settings.model_json_schema()["$defs"]
    for section in Settings.model_fields.values():
        fields = definitions[section.annotation.__name__]["properties"]  # type: ignore[union-attr]
        assert all(field.get("description") for field in fields.values())
    assert definitions["ExchangeSettings"]["properties"]["rest_workers"]["maximum"] == 16


def test_the_prefix_is_the_products() -> None:
    assert files.PREFIX == "TRADEBOT_"
