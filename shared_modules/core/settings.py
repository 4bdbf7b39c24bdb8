"""One configuration: typed defaults, a TOML file over them, environment variables over that, edits in the window.

Settings are frozen and replaced whole. An environment variable names a field by its path:
``TRADEBOT_DATA__RETENTION=200``.
"""

import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from .errors import ConfigurationError, UnknownName
from .paths import patiently, set_aside, write_whole
from .timeframes import timeframe

PREFIX = "TRADEBOT_"


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False, allow_inf_nan=False)


class ExchangeSettings(Section):
    """Which exchange the terminal talks to."""

    name: str = Field("bybit", description="Name under which candles are stored", min_length=1, max_length=40)
    rest_url: str = Field("https://api.bybit.com", description="Base address of the REST service")
    public_ws_url: str = Field("wss://stream.bybit.com/v5/public", description="Public socket, without the category")
    category: Literal["linear", "inverse", "spot"] = Field("linear", description="Kind of contract")
    requests_per_second: float = Field(40.0, ge=1, le=110, description="Most REST requests a second")
    rest_workers: int = Field(4, ge=1, le=16, description="REST requests under way at once")
    timeout: float = Field(10.0, ge=1, le=60, description="Seconds until a REST request is given up")
    socket_library: Literal["picows", "websockets"] = Field("picows", description="Library for the public feed")
    candles: Literal["exchange", "trades"] = Field(
        "exchange", description="Candles as the exchange streams them, or built from its trades"
    )
    ping_interval: float = Field(20.0, ge=1, le=60, description="Seconds between pings")
    silence_limit: float = Field(30.0, ge=2, le=300, description="Seconds of silence after which a socket is replaced")


class DataSettings(Section):
    """What is kept on disk."""

    retention: int | None = Field(50, ge=1, description="Newest candles kept per series; empty keeps all")
    flush_seconds: float = Field(1.0, ge=0.05, le=60, description="Longest time a closed candle waits for the disk")
    check_hours: float = Field(6.0, ge=0, le=168, description="Hours between checks of all candles; 0 for never")
    memory_bars: int = Field(20_000, ge=100, description="Most candles held in memory per series")

    @field_validator("retention", mode="before")
    @classmethod
    def _unlimited(cls, value: Any) -> Any:
        # TOML has no null
        return None if isinstance(value, str) and value.strip().lower() in ("unlimited", "none", "") else value


class CollectorSettings(Section):
    """What the collector collects."""

    symbols: tuple[str, ...] = Field(("BTCUSDT", "ETHUSDT", "SOLUSDT"), description="Symbols")
    timeframes: tuple[str, ...] = Field(("1m", "5m", "15m"), description="Timeframes")
    history: int = Field(500, ge=0, le=1_000_000, description="Past candles fetched per series at start")
    stopped: tuple[str, ...] = Field((), description="Series of these that are not collected, such as BTCUSDT:5m")
    start_at_launch: bool = Field(True, description="Start collecting when the terminal opens")

    @field_validator("timeframes")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(timeframe(n).name for n in names)
        except UnknownName as error:
            raise ValueError(str(error)) from None


class StartSettings(Section):
    """What opens with the terminal."""

    market: Literal["demo", "live"] = Field("demo", description="The demo market, or the exchange's live market data")
    # kept by the window, and no question to a person
    welcomed: bool = Field(False, description="The first set-up was seen", json_schema_extra={"hidden": True})


class RecorderSettings(Section):
    """The flight recorder, which keeps the exchange's messages as they came."""

    at_launch: bool = Field(False, description="Record from the start")
    megabytes: int = Field(2000, ge=10, le=1_000_000, description="Most disk space of all recordings, MB")


class DemoSettings(Section):
    """The simulated exchange of the demo mode."""

    seed: int = Field(7, ge=0, description="Seed of the synthetic market")
    symbols: int = Field(12, ge=1, le=600, description="Number of synthetic symbols")
    speed: float = Field(1.0, gt=0, le=100_000, description="How much faster than real time the market runs")


class BacktestSettings(Section):
    """Defaults of a backtest."""

    cash: float = Field(10_000.0, gt=0, description="Starting cash in quote coin")
    fee: float = Field(0.00055, ge=0, le=0.05, description="Taker fee as a fraction")
    slippage_bps: float = Field(1.0, ge=0, le=500, description="Slippage in basis points")


class AppearanceSettings(Section):
    """How the window looks."""

    theme: Literal["dark", "light", "system"] = Field("dark", description="Colours; those of the system follow it")
    rising: Literal["green", "red", "blue"] = Field(
        "green", description="Colour of rising prices; blue with orange suits colour-blind eyes"
    )
    zoom: int = Field(100, ge=100, le=200, description="Size of everything, in percent; holds from the next start on")
    language: Literal["en", "de"] = Field("en", description="Language of the window; holds from the next start on")
    streamer: bool = Field(False, description="Hide amounts of money, sizes and folders from who watches your screen")
    flash: bool = Field(True, description="Light up a price in the market watch for a moment when it moves")
    tray: bool = Field(False, description="Icon in the system tray; minimising hides the window there")
    ask_at_close: Literal["always", "work", "never"] = Field(
        "always",
        title="Ask before closing",
        description="Ask before closing while anything runs, while a work would be cut short, or never",
    )
    quiet: bool = Field(
        False, title="Do not disturb", description="Alerts and warnings are listed only, without a notice or a sound"
    )
    time_zone: str = Field("local", description="Time zone on screen: 'local', 'UTC' or a name like Europe/Berlin")
    frames_per_second: int = Field(30, ge=5, le=60, description="Most repaints a second")


Sound = Literal["none", "system", "bell", "soft", "twice", "alarm", "rise", "fall", "knock"]


class SoundSettings(Section):
    """What is heard, and for which event."""

    alert: Sound = Field("bell", description="An alert that was made with a sound")
    lost: Sound = Field("fall", title="Connection lost", description="The connections are lost")
    back: Sound = Field("rise", title="Connection back", description="The connections are back")
    error: Sound = Field("none", description="An error")
    backtest: Sound = Field("none", title="Backtest ended", description="A backtest has ended")


class LogSettings(Section):
    """The log."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level written")
    files: int = Field(10, ge=1, le=100, description="Old log files kept")
    file_bytes: int = Field(5_000_000, ge=10_000, description="Size at which a log file is rotated")


class Settings(Section):
    """Everything a person can set."""

    start: StartSettings = StartSettings()
    exchange: ExchangeSettings = ExchangeSettings()
    data: DataSettings = DataSettings()
    collector: CollectorSettings = CollectorSettings()
    recorder: RecorderSettings = RecorderSettings()
    demo: DemoSettings = DemoSettings()
    backtest: BacktestSettings = BacktestSettings()
    appearance: AppearanceSettings = AppearanceSettings()
    sounds: SoundSettings = SoundSettings()
    log: LogSettings = LogSettings()

    def get(self, path: str) -> Any:
        """The value at a dotted ``path`` such as 'data.retention'."""
        section, name = self._split(path)
        return getattr(getattr(self, section), name)

    def changed(self, path: str, value: Any) -> "Settings":
        """These settings with another ``value`` at ``path``; raises `ConfigurationError` with the allowed range."""
        section, name = self._split(path)
        data = self.model_dump()
        data[section][name] = value
        return parse(data)

    def _split(self, path: str) -> tuple[str, str]:
        section, _, name = path.partition(".")
        fields = type(self).model_fields
        if section not in fields:
            raise UnknownName.of("settings section", section, fields)
        names = type(getattr(self, section)).model_fields
        if name not in names:
            raise UnknownName.of(f"setting in '{section}'", name, names)
        return section, name


def parse(data: Mapping[str, Any]) -> Settings:
    """Settings from plain data; raises `ConfigurationError` naming every wrong field and its allowed range."""
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        lines = [f"{'.'.join(str(p) for p in e['loc'])}: {e['msg']} (got {e['input']!r})" for e in error.errors()]
        raise ConfigurationError("settings: " + "; ".join(lines), fields=lines) from None


def usable(data: Mapping[str, Any]) -> tuple[Settings, str]:
    """Settings from what of ``data`` is right, with the defaults for all else, and a sentence on that ("" for none)."""
    try:
        return parse(data), ""
    except ConfigurationError as error:
        wrong = error.message
    kept = {section: dict(values) for section, values in data.items() if isinstance(values, Mapping)}
    try:
        Settings.model_validate(kept)
    except ValidationError as error:
        for section, *name in (e["loc"] for e in error.errors()):
            if name and str(section) in kept:
                kept[str(section)].pop(str(name[0]), None)
            else:
                kept.pop(str(section), None)
    return parse(kept), wrong


def environment_overrides(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Overrides of the form ``TRADEBOT_SECTION__FIELD=value``; commas separate lists, 'none' and '' mean nothing."""
    found: dict[str, dict[str, Any]] = {}
    for key, text in environment.items():
        if not key.upper().startswith(PREFIX) or "__" not in key:
            continue
        section, _, name = key[len(PREFIX) :].lower().partition("__")
        info = Settings.model_fields.get(section)
        fields = getattr(info.annotation, "model_fields", {}) if info else {}
        if name in fields:
            found.setdefault(section, {})[name] = _from_text(text, "tuple" in str(fields[name].annotation))
    return found


def _from_text(text: str, is_list: bool) -> Any:
    if is_list:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return None if text.strip().lower() in ("", "none", "unlimited") else text


def load(path: Path, environment: Mapping[str, str] | None = None) -> tuple[Settings, list[str]]:
    """Settings of the file at ``path`` (defaults where it lacks), and sentences on what could not be used.

    A damaged file is kept aside as ``settings.damaged.toml``, never overwritten or lost; what is right in it holds and
    is written anew. A wrong environment variable is left out alone: the file is not to blame for it.
    """
    notices: list[str] = []
    data = _read(path, notices)
    settings, wrong = usable(data)
    if wrong:
        whole = settings == Settings()
        notices.append(f"{_set_aside(path, whole)} {wrong}")
        if not whole:
            with suppress(OSError):
                save(settings, path)
    for section, values in environment_overrides(os.environ if environment is None else environment).items():
        for name, value in values.items():
            try:
                settings = settings.changed(f"{section}.{name}", value)
            except ConfigurationError as error:
                variable = f"{PREFIX}{section}__{name}".upper()
                notices.append(f"The environment variable {variable} was not used. {error.message}")
    return settings, notices


def _read(path: Path, notices: list[str]) -> dict[str, Any]:
    try:
        # a byte order mark is what Windows' editors leave
        return tomllib.loads(patiently(lambda: path.read_text(encoding="utf-8-sig")))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        notices.append(f"{_set_aside(path)} The reason: {error}.")
        return {}


def _set_aside(path: Path, whole: bool = True) -> str:
    """Keep an unusable file under another name, and say so; ``whole``: nothing in it could be used."""
    if not path.exists():
        return "Settings could not be used; the defaults are in force."
    try:
        aside = set_aside(path)
    except OSError:
        return f"The settings file {path} could not be used; the defaults are in force."
    if whole:
        return f"The settings file could not be used; it was kept as {aside.name} and the defaults are in force."
    return f"The settings file was kept as {aside.name}: for what is wrong in it the defaults are in force."


def save(settings: Settings, path: Path) -> None:
    """Write what differs from the defaults; a crash leaves the old file whole."""
    data = settings.model_dump(mode="json", exclude_defaults=True)
    if settings.data.retention is None:
        data.setdefault("data", {})["retention"] = "unlimited"  # TOML has no null
    write_whole(path, tomli_w.dumps(data).encode())
