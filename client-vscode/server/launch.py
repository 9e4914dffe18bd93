"""Starts the server out of the extension: our package, the pure libraries, and the native ones made for this very Python."""

import os
import sys


def main() -> int:
    here = os.path.dirname(os.path.abspath(__file__))
    version = sys.version_info
    folders = [os.path.join(here, "libs", name) for name in ("any", "abi3", f"cp{version[0]}{version[1]}")]
    if not os.path.isdir(folders[2]):
        sys.stderr.write(f"cgo-ls: this build holds nothing for Python {version[0]}.{version[1]}\n")
        return 2
    sys.path[:0] = [here, *folders]
    from cgo_ls.__main__ import main as run

    return run()


sys.exit(main())
