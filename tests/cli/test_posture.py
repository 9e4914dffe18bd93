"""What SECURITY.md promises of a check: no process, no socket, nothing written, nothing read but files of the module."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.support import LEAK, Here, write

REPOSITORY = Path(__file__).parents[2]

# Every file that is opened, process that is started and socket that is made, seen by the interpreter itself.
AUDITED = """
import json, os, sys
seen = []
def hook(event, arguments):
    if event == "open" and not isinstance(arguments[0], int):
        flags = arguments[2] if isinstance(arguments[2], int) else 0
        seen.append(["open", os.fsdecode(arguments[0]), flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)])
    elif event.split(".")[0] in ("subprocess", "socket", "urllib", "http", "ctypes") or event in (
        "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "pty.spawn",
        "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
        "os.putenv", "os.unsetenv", "shutil.rmtree", "tempfile.mkstemp", "tempfile.mkdtemp",
    ):
        seen.append([event, repr(arguments), 1])
from cgo_ls.__main__ import main
sys.dont_write_bytecode = True
sys.addaudithook(hook)
code = main(sys.argv[1:])
print("\\n" + json.dumps([code, seen]))
"""


def audited(*arguments: str, cwd: Path) -> tuple[int, list[list]]:
    run = subprocess.run(
        [sys.executable, "-c", AUDITED, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    code, seen = json.loads(run.stdout.splitlines()[-1])
    return code, seen


def hostile(folder: Path) -> Path:
    """A module that asks for what lies around it, and a neighbour that has it."""
    write(
        folder,
        {
            "secret/secret.h": "void secret(void);\n",
            "secret/.cgo-ls.toml": "version = 1\n",
            "module/go.mod": "module m\n",
            "module/.cgo-ls.toml": 'version = 1\nexclude = ["**/x"]\n',
            "module/own.h": "void own(void);\n",
            "module/p/a.go": LEAK.replace(
                "#include <stdlib.h>",
                "#cgo CFLAGS: -I../../secret -I/etc -I${SRCDIR}/.. @flags -fplugin=evil.so\n#cgo pkg-config: --log-file=x evil\n"
                '#include <stdlib.h>\n#include "../own.h"\n#include "own.h"\n#include "../../secret/secret.h"\n#include "secret.h"\n'
                '#include "/etc/passwd"\n#include "link.h"\n#include <hostname>',
            ),
        },
    )
    os.symlink("../../secret/secret.h", folder / "module/p/link.h")
    os.symlink("../../secret", folder / "module/p/folder")
    return folder / "module"


@pytest.mark.parametrize("command", [["check"], ["check", "--diff"], ["check", "--format", "json"], ["dump", "states"]])
def test_nothing_but_files_of_the_module(command: list[str], tmp_path: Path) -> None:
    module = hostile(tmp_path)
    target = str(module / "p/a.go") if command[0] == "dump" else str(module)
    _, seen = audited(*command, target, cwd=tmp_path)
    assert [event for event in seen if event[0] != "open"] == []
    assert [path for _, path, writes in seen if writes] == []
    own = (str(module), str(REPOSITORY), sys.prefix, sys.base_prefix)
    read = [os.path.realpath(os.path.join(tmp_path, path)) for _, path, _ in seen]
    assert [path for path in read if not path.startswith(own)] == []
    assert str(module / "own.h") in read, "the hook sees what is read"


def test_fix_writes_in_the_named_folder_only(tmp_path: Path) -> None:
    module = hostile(tmp_path)
    code, seen = audited("check", "--fix", str(module), cwd=tmp_path)
    assert code in (0, 1), "1: what has no safe fix is left"
    written = {os.path.dirname(path) for event, path, writes in seen if event == "open" and writes}
    assert written == {str(module / "p")}
    assert {event for event, _, _ in seen} <= {"open", "os.chmod", "os.rename"}


def test_ctrl_c_is_quiet(tmp_path: Path, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.go": LEAK})

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cgo_ls.cli.folder.take_snapshot", interrupted)
    run = here("check", str(tmp_path))
    assert (run.code, run.out, run.err) == (130, b"", "")
