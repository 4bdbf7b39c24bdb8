"""`python -m shared_modules.cli`: the command line; without a command it opens the terminal."""

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    from .app import run

    return run(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    from multiprocessing import freeze_support

    freeze_support()
    sys.exit(main())
