"""Starts TradeBot Terminal from its sources, and sets everything up the first time.

    python run.py                  open the terminal in demo mode
    python run.py <command> ...    the command line (python run.py --help lists the commands)
    python run.py test ...         run the tests; further words go to pytest

The first start makes the folder .venv beside this file and installs the pinned packages into it; later starts only
compare a stamp. Nothing is installed outside that folder, except the system libraries that Qt needs on Linux when
this runs as root.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python must get this far to say so
    sys.exit(
        "TradeBot Terminal needs Python 3.11 or newer, this is Python %d.%d; install a newer one from "  # noqa: UP031
        "https://www.python.org/downloads/ and start run.py with it." % sys.version_info[:2]
    )

import contextlib
import ctypes
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
LINUX = sys.platform.startswith("linux")
NETWORK_SIGNS = re.compile(
    r"NewConnectionError|NameResolutionError|getaddrinfo|name resolution|ConnectTimeout|Network is unreachable"
    r"|ProxyError|Connection refused|Failed to establish|ReadTimeout|Connection aborted|Temporary failure",
    re.IGNORECASE,
)
# library file -> Debian/Ubuntu package; what the Qt modules of the terminal link to
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# what Qt's X11 platform loads beyond that
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


class SetupError(Exception):
    """Something the user has to do first; the text says what."""


# --- which packages are there: the stamp ---------------------------------------------------------------------------


def requirement_files(wanted: Path) -> list[Path]:
    """``wanted`` and the files it includes with -r."""
    included = re.findall(r"^-r\s+(\S+)", wanted.read_text(encoding="utf-8"), re.MULTILINE)
    return [wanted, *(file for name in included for file in requirement_files(wanted.parent / name))]


def fingerprint(wanted: Path) -> str:
    """Changes whenever the packages in .venv may no longer fit: pins, Python version, platform."""
    digest = hashlib.sha256()
    for file in requirement_files(wanted):
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    python = "%s-%d.%d" % (sys.implementation.name, *sys.version_info[:2])  # noqa: UP031
    return f"{python} {sysconfig.get_platform()} {digest.hexdigest()}"


def stamp_file(venv: Path, wanted: Path) -> Path:
    return venv / f"installed-{wanted.stem}.stamp"


def is_set_up(venv: Path, wanted: Path) -> bool:
    """Whether ``venv`` can run and holds exactly what ``wanted`` asks for."""
    try:
        stamp = stamp_file(venv, wanted).read_text(encoding="utf-8")
    except OSError:
        return False
    return stamp == fingerprint(wanted) and interpreter(venv).exists() and base_exists(venv)


def unfinished_file(venv: Path) -> Path:
    """There while pip is at work; a start that finds it when it holds the lock knows that pip was killed."""
    return venv / "unfinished"


def interpreter(venv: Path) -> Path:
    return venv / "Scripts" / "python.exe" if WINDOWS else venv / "bin" / "python"


def base_exists(venv: Path) -> bool:
    """Whether the Python that ``venv`` was made from is still installed."""
    try:
        config = (venv / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return False
    home = re.search(r"^home\s*=\s*(.+?)\s*$", config, re.MULTILINE)
    return home is not None and Path(home[1]).is_dir()


# --- making .venv --------------------------------------------------------------------------------------------------


def set_up(venv: Path, wanted: Path) -> None:
    """Make ``venv`` fit ``wanted``; one whose pip was killed is made anew, from what pip has downloaded already."""
    if is_set_up(venv, wanted):
        return
    with one_at_a_time(venv) as lock:
        if is_set_up(venv, wanted):
            return
        # a package that was cut short while it was unpacked looks installed to pip
        if unfinished_file(venv).exists() or not usable(venv):
            make_venv(venv)
        install(venv, wanted, lock)
        # only now: whatever stops the set-up before this line makes the next start try again
        for file in requirement_files(wanted):
            stamp_file(venv, file).write_text(fingerprint(file), encoding="utf-8")


def usable(venv: Path) -> bool:
    """Whether ``venv`` belongs to this Python version and has a working pip."""
    if not (interpreter(venv).exists() and base_exists(venv)):
        return False
    probe = "import pip, sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run(
            [str(interpreter(venv)), "-c", probe], capture_output=True, text=True, env=child_environment(), timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.split() == [str(part) for part in sys.version_info[:2]]


def make_venv(venv: Path) -> None:
    """A new, empty ``venv`` of this Python; replaces what is there."""
    say(f"Making {venv} ...")
    if Path(sys.prefix).resolve() == venv.resolve():
        raise SetupError(
            f"{venv} is damaged and this Python runs from it; deactivate it and start run.py with your usual Python."
        )
    require_venv_module()
    if venv.exists():
        try:
            shutil.rmtree(venv)
        except OSError as error:
            raise SetupError(
                f"Cannot replace {venv} ({error.strerror}); close programs that use it, delete the folder, start again."
            ) from error
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(venv)], capture_output=True, text=True, env=child_environment()
    )
    if done.returncode != 0:
        detail = (done.stdout + done.stderr).strip().splitlines()
        raise SetupError(
            f"Python could not make {venv}: {detail[-1] if detail else 'no reason given'}. "
            f"Check that the folder is writable and has 2 GB free, then start again."
        )


def require_venv_module() -> None:
    """Debian and Ubuntu ship Python without its own pip; install the package that brings it, or name it."""
    try:
        import ensurepip  # noqa: F401 - only whether it is there
    except ImportError:
        package = "python%d.%d-venv" % sys.version_info[:2]  # noqa: UP031
        if not (is_root() and shutil.which("apt-get")):
            raise SetupError(
                f"This Python cannot make virtual environments; install what it lacks with: "
                f"sudo apt-get install -y {package}"
            ) from None
        apt_install([package])


def install(venv: Path, wanted: Path, lock: Sequence[int]) -> None:
    """Install the pins of ``wanted``; pip's whole output goes to a log file in ``venv``.

    pip holds the ``lock`` too: it may outlive this process when that is killed, and then the next start waits for it.
    """
    total = sum(len(pins(file)) for file in requirement_files(wanted))
    say(f"Installing {total} packages from {wanted.name} (a few minutes, only this once) ...")
    log = venv / "set-up.log"
    command = [str(interpreter(venv)), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "--retries", "3", "--only-binary", ":all:", "-r", str(wanted)]
    unfinished_file(venv).touch()
    with (
        open(log, "w", encoding="utf-8", buffering=1) as file,  # to be read while pip is at work, or was killed
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            encoding="utf-8", errors="replace", env=child_environment(), cwd=ROOT, pass_fds=lock,
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            show_progress(line)
        code = process.wait()
    show_progress("")
    if code >= 0:  # pip ended by itself, and then leaves whole packages or none
        unfinished_file(venv).unlink()
    if code != 0:
        raise SetupError(why_pip_failed(log.read_text(encoding="utf-8"), log))


def pins(file: Path) -> list[str]:
    lines = (line.split("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("-")]


def show_progress(line: str) -> None:
    """On a terminal the package pip is at, on one line; elsewhere nothing."""
    if not sys.stderr.isatty():
        return
    at = re.match(r"(Collecting|Installing collected)\s*([\w.=-]*)", line)
    if at or not line:
        sys.stderr.write(f"\r\x1b[K  {at[2] or 'unpacking'}" if at else "\r\x1b[K")
        sys.stderr.flush()


def why_pip_failed(output: str, log: Path) -> str:
    """One sentence on what to do about a failed pip run."""
    again = "then start run.py again"
    if "No space left" in output or "[Errno 28]" in output:
        return f"The disk is full: the packages need about 1.5 GB in {log.parent}; free some space, {again}."
    if NETWORK_SIGNS.search(output):
        return (
            f"The packages could not be downloaded: pypi.org does not answer. Check the internet connection (behind a "
            f"proxy set HTTPS_PROXY), {again}. Details: {log}"
        )
    missing = re.search(r"No matching distribution found for (\S+)", output)
    if missing:
        return (
            "%s has no ready-made package for Python %d.%d on this computer (%s); use Python 3.11, 3.12 or 3.13 of 64 "  # noqa: UP031
            "bit, %s. Details: %s" % (missing[1], *sys.version_info[:2], sysconfig.get_platform(), again, log)
        )
    errors = [line for line in output.splitlines() if line.startswith("ERROR")]
    return f"pip could not install the packages: {errors[-1] if errors else 'no reason given'} Details: {log}"


@contextlib.contextmanager
def one_at_a_time(venv: Path) -> Iterator[tuple[int, ...]]:
    """Wait while another start sets up the same ``venv``; the lock ends with its process.

    Gives the descriptors that a child must be given to hold the lock as well; none on Windows, where it cannot.
    """
    name = hashlib.sha256(str(venv).encode()).hexdigest()[:16]
    user = os.getuid() if hasattr(os, "getuid") else 0
    try:
        file = open(Path(tempfile.gettempdir()) / f"tradebot-set-up-{user}-{name}.lock", "a+b")  # noqa: SIM115
    except OSError:
        yield ()  # no temporary folder: two starts at once are the smaller worry
        return
    with file:
        if not try_lock(file.fileno()):
            say("Another start is setting up; waiting for it ...")
            while not try_lock(file.fileno()):
                time.sleep(0.5)
        yield () if WINDOWS else (file.fileno(),)


def try_lock(descriptor: int) -> bool:
    try:
        if WINDOWS:
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


# --- what Linux must bring -----------------------------------------------------------------------------------------


def missing_libraries(libraries: Mapping[str, str]) -> list[str]:
    """Those of ``libraries`` that the dynamic loader does not find."""
    missing = []
    for name in libraries:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return missing


def require_libraries(environment: Mapping[str, str]) -> None:
    """Install the system libraries that Qt lacks here, or raise with the exact command."""
    libraries = dict(QT_LIBRARIES)
    if environment.get("QT_QPA_PLATFORM", "xcb").startswith("xcb"):
        libraries.update(X11_LIBRARIES)
    missing = missing_libraries(libraries)
    if missing and is_root() and shutil.which("apt-get"):
        apt_install([libraries[name] for name in missing])
        missing = missing_libraries(libraries)
    if missing:
        raise SetupError(how_to_install(missing, libraries))


def how_to_install(missing: Sequence[str], libraries: Mapping[str, str]) -> str:
    """One sentence with the command of this system's package manager."""
    sudo = [] if is_root() else ["sudo"]
    sonames = [f"{name}()(64bit)" for name in missing]
    if shutil.which("apt-get"):
        command = [*sudo, "apt-get", "install", "-y", *(libraries[name] for name in missing)]
    elif shutil.which("dnf"):
        command = [*sudo, "dnf", "install", "-y", *sonames]
    elif shutil.which("zypper"):
        command = [*sudo, "zypper", "install", "-y", *sonames]
    else:
        return f"Qt needs system libraries that are missing here; install what provides {', '.join(missing)}."
    return f"Qt needs system libraries that are missing here; install them once with: {shlex.join(command)}"


def apt_install(packages: Sequence[str]) -> None:
    say(f"Installing system packages: {' '.join(packages)} ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install_command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-qq"], install_command):
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", env=environment
        )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SetupError(
            f"apt-get could not install {' '.join(packages)} ({reason}); install them by hand and start again."
        )


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


# --- starting ------------------------------------------------------------------------------------------------------


def child_environment() -> dict[str, str]:
    """The environment for the Python in .venv: modules come from here, whatever the current folder."""
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "__PYVENV_LAUNCHER__")}
    paths = [str(ROOT), *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    return environment


def route(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The requirements file and the Python arguments for what the user typed."""
    # -P: a module beside the user's files must not stand in for one of ours
    if arguments[:1] == ["test"]:
        # the whole suite shares the cores; who names tests wants them in order, with a debugger if need be
        words = arguments[1:] or ["-n", "auto", "--maxprocesses", "4", "--dist", "worksteal"]
        return "requirements-dev.txt", ["-P", "-m", "pytest", *words]
    return "requirements.txt", ["-P", "-m", "shared_modules.cli", *(arguments or ["gui"])]


def prepare_display(arguments: Sequence[str], environment: dict[str, str]) -> None:
    """Choose Qt's platform on Linux: tests draw unseen, and so does a timed run where there is no display."""
    if "QT_QPA_PLATFORM" in environment:
        return
    has_display = bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
    ends_by_itself = any(argument.split("=")[0] == "--exit-after" for argument in arguments)
    if arguments[:1] == ["test"] or (ends_by_itself and not has_display):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    elif not has_display:
        raise SetupError(
            "there is no screen to open a window on; start it in a desktop session, under xvfb-run, or add "
            "--exit-after SECONDS for a run that draws unseen."
        )


def asks_for_help(arguments: Sequence[str]) -> bool:
    return "--help" in arguments


def needs_qt(arguments: Sequence[str]) -> bool:
    return (not arguments or arguments[0] in ("gui", "test")) and not asks_for_help(arguments)


def start(arguments: Sequence[str], environment: dict[str, str]) -> int:
    """Hand over to the Python in .venv; returns its exit code (on Linux it takes this process's place)."""
    command = [str(interpreter(VENV)), *arguments]
    sys.stdout.flush()
    sys.stderr.flush()
    if not WINDOWS:
        os.execve(command[0], command, environment)
    process = subprocess.Popen(command, env=environment)
    while True:
        # Ctrl+C reaches the child as well: it decides how to end, this waits for it
        with contextlib.suppress(KeyboardInterrupt):
            code = process.wait()
            return code if code < 2**31 else code - 2**32


def say(text: str) -> None:
    # standard output belongs to the command: its JSON may be piped on
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Set up what is missing and start; returns the exit code."""
    wanted, python_arguments = route(arguments)
    environment = child_environment()
    try:
        if LINUX and needs_qt(arguments):
            prepare_display(arguments, environment)
            require_libraries(environment)
        set_up(VENV, ROOT / wanted)
        if arguments[:1] == ["test"]:
            os.chdir(ROOT)  # pytest finds its configuration and the tests from the current folder
        return start(python_arguments, environment)
    except SetupError as error:
        say(str(error))
    except OSError as error:
        say(f"Setting up failed: {error}; check that {ROOT} is writable, then start again.")
    except KeyboardInterrupt:
        say("Stopped; the next start goes on with what was downloaded.")
        return 130
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
