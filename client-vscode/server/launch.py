"""Starts the server out of the extension: our package, the pure libraries, and the native ones made for this very Python."""

import os
import sys


def main() -> int:
    here = os.path.dirname(os.path.abspath(__file__))
    native = "cp%d%d" % sys.version_info[:2]
    folders = [os.path.join(here, "libs", name) for name in ("any", "abi3", native)]
    if not os.path.isdir(folders[2]):
        print("cgo-ls: this build holds nothing for Python %d.%d" % sys.version_info[:2], file=sys.stderr)
        return 2
    sys.path[:0] = [here, *folders]
    from cgo_ls.__main__ import main as run

    return run()


sys.exit(main())
