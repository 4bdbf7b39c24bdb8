"""The first module of the packaged program: worker processes start here too, so nothing heavy comes before them."""

import multiprocessing
import os
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a worker process ends in this line and never opens a second terminal
    if sys.stdout is None:
        # a windowed program on Windows has no streams: what prints must not fail; results go to --json FILE
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115

    from shared_modules.cli.__main__ import main

    sys.exit(main())
