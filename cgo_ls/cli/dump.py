"""`cgo-ls dump`: what the analysis sees in a Go file."""

from __future__ import annotations

import os

from cgo_ls.cli.terminal import complain, write_out
from cgo_ls.workspace.discovery import module_root
from cgo_ls.workspace.disk import DiskFiles, read_regular, size_limit


def dump(what: str, path: str, function: str | None) -> int:
    """Print the dump; 2 when the file or the function is not there."""
    content = read_regular(path, size_limit(path))
    if isinstance(content, str):
        complain(f"{path}: {content}")
        return 2
    if not path.endswith(".go"):
        complain(f"{path}: not a Go file")
        return 2
    from cgo_ls.features.dump import dump as render
    from cgo_ls.workspace.session import Session

    absolute = os.path.abspath(path)
    root = module_root(os.path.dirname(absolute))
    try:
        text = render(Session(DiskFiles((root,)), root=root).snapshot(), absolute, what, function)
    except KeyError:
        missing = f'no function "{function}"' if function else "no function"
        complain(f"{path}: {missing} that is analysed: those that cannot touch C are left out")
        return 2
    write_out(text if text.endswith("\n") or not text else text + "\n")
    return 0
