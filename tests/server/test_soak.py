"""R6 (first size): thousands of edits, requests, openings; memory, files and threads stay flat after the warm-up."""

from __future__ import annotations

from pathlib import Path

from tests.server.programs import CALL_LINE, LEAK, RETURN_LINE
from tests.server.raw_client import RawClient, initialized, insert

EDITS = 3_000
WARM_UP = 1_000
ALLOWED_KB = 10 * 1024


def resident_kb(client: RawClient) -> int:
    status = Path(f"/proc/{client.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def handles(client: RawClient) -> tuple[int, int]:
    folder = Path(f"/proc/{client.process.pid}")
    return len(list((folder / "fd").iterdir())), len(list((folder / "task").iterdir()))


def type_and_delete(client: RawClient, uri: str, first: int, last: int) -> None:
    """A character comes and goes, so that the text stays as long as it is; with a wait now and then, as people do."""
    for version in range(first, last):
        if version % 2 == 0:
            change = insert(RETURN_LINE, 0, chr(97 + version // 2 % 26))
        else:
            place = {"start": {"line": RETURN_LINE, "character": 0}, "end": {"line": RETURN_LINE, "character": 1}}
            change = {"range": place, "text": ""}
        client.change(uri, version, [change])
        if version % 20 == 0:
            client.published(uri, version)
            client.received.clear()


def test_many_edits(tmp_path: Path) -> None:
    uri = (tmp_path / "a.go").as_uri()
    with initialized() as client:
        client.open(uri, LEAK)
        type_and_delete(client, uri, 2, WARM_UP)
        memory, before = resident_kb(client), handles(client)
        type_and_delete(client, uri, WARM_UP, EDITS + 1)
        grown = resident_kb(client) - memory
        assert grown <= ALLOWED_KB, f"{grown} kB more after {EDITS - WARM_UP} edits"
        assert handles(client) == before


def test_many_requests_and_openings(tmp_path: Path) -> None:
    uris = [(tmp_path / f"f{number}.go").as_uri() for number in range(10)]

    def run(rounds: int) -> None:
        for number in range(rounds):
            uri = uris[number % len(uris)]
            client.open(uri, LEAK)
            place = {"textDocument": {"uri": uri}, "position": {"line": CALL_LINE, "character": 8}}
            client.request("textDocument/hover", place)
            client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
            client.received.clear()

    with initialized() as client:
        run(300)
        memory, before = resident_kb(client), handles(client)
        run(700)
        grown = resident_kb(client) - memory
        assert grown <= ALLOWED_KB, f"{grown} kB more"
        assert handles(client) == before
