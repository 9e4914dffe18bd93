"""The command `cgo-ls`. Imports nothing that the chosen command does not use."""

from __future__ import annotations

import gc
import os
import sys

COLLECT_AFTER = (50_000, 10, 10)
"""When Python looks for cycles: what analysis makes is freed at once, and to look at it every 700 objects is a quarter of a cold open."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the process's exit code. 0 clean, 1 findings, 2 misuse or an internal error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments in (["--version"], ["-V"]):
        from cgo_ls import __version__

        print(f"cgo-ls {__version__}")
        return 0
    gc.set_threshold(*COLLECT_AFTER)
    try:
        from cgo_ls.cli.commands import run

        code = run(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read our output has enough; what is still buffered must not raise again when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the last border: a traceback is no message for a user
        from cgo_ls.cli.terminal import describe_crash

        print(f"cgo-ls: internal error: {describe_crash(error)}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
