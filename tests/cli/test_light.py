"""What the command line does not load: the time to the first output is spent in imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cgo_ls import __version__
from tests.cli.support import CLEAN, cgo_ls, write

REPOSITORY = Path(__file__).parents[2]
# Never needed by a check that no terminal watches. (importlib.resources would be one, but tree-sitter's grammars load it.)
HEAVY = ("asyncio", "attr", "cattrs", "elftools", "lsprotocol", "multiprocessing", "pygls", "rich", "socket")


def loaded(*arguments: str) -> set[str]:
    """The modules in memory after a run of the command."""
    program = "import sys; from cgo_ls.__main__ import main; main(sys.argv[1:]); print('\\n' + ' '.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return set(run.stdout.splitlines()[-1].split())


def test_version_loads_nearly_nothing() -> None:
    assert cgo_ls("--version").text == f"cgo-ls {__version__}\n"
    modules = loaded("--version")
    assert {name for name in modules if name.startswith("cgo_ls")} == {"cgo_ls", "cgo_ls.__main__"}
    assert not modules & {"argparse", "dataclasses", "tree_sitter", *HEAVY}


def test_check_loads_no_protocol_and_no_rich(tmp_path: Path) -> None:
    write(tmp_path, {"a.go": CLEAN})
    modules = loaded("check", str(tmp_path))
    assert not modules & set(HEAVY)
    assert not {name for name in modules if name.startswith("cgo_ls.server")}


def test_help_and_misuse_load_no_parser() -> None:
    for arguments in (["--help"], ["check"], ["nonsense"]):
        program = (
            f"import sys; from cgo_ls.cli.commands import run; run({arguments!r}); print('\\n' + ' '.join(sys.modules))"
        )
        run = subprocess.run(
            [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
        )
        assert "tree_sitter" not in run.stdout.splitlines()[-1].split()
