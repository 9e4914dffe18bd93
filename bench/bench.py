"""How fast the server and the command line are, beside what the pipe and the parser cost in the same run.

    python -m bench.bench [--edits N] [--keys N] [--json FILE]

Nothing is asserted of the numbers; exit code 1 says that a part could not be measured. `--edits 100000` is the full soak of the
memory row; `--json` writes the numbers down as well.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.client import Client, ServerSilent, client_environment, now
from bench.sources import Source, broken, declaration, generate, long_function, nested_function, write_tree
from cgo_ls.__main__ import COLLECT_AFTER
from cgo_ls.text.files import MemoryFiles
from cgo_ls.workspace.session import Session

BROKEN = {"unclosed {": "\tif total > 1 {", "open quote": '\tname = "open', "open comment": "\t/* open"}
SIZES = (1_000, 10_000)
LAST = 5
WORD = 24
"""Letters; with the key that deletes them a burst of 50 is two whole words."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement: a name, its values in `unit`, and what quality.md asks for."""

    name: str
    values: tuple[float, ...]
    unit: str = "ms"
    goal: str = ""
    note: str = ""

    def quantile(self, share: float) -> float:
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def timed(work: Callable[[], object]) -> float:
    start = now()
    work()
    return now() - start


def typing(client: Client, uri: str, source: Source) -> Iterator[None]:
    """Send one keystroke for each `next`: a word grows in a string, and goes at once when it is WORD letters long.

    No text comes twice within 26 words, so that the server cannot have remembered its findings.
    """
    for word in itertools.count():
        for position in range(WORD):
            column = source.column + position
            client.edit(uri, source.line, column, column, chr(97 + (word + position * (word % 7 + 1)) % 26))
            yield
        client.edit(uri, source.line, source.column, source.column + WORD, "")
        yield


def keystrokes(client: Client, uri: str, source: Source, count: int) -> tuple[float, ...]:
    """Type `count` characters; from each key to the diagnostics that know of it."""
    times = []
    keys = typing(client, uri, source)
    for _ in range(count + LAST):
        start = now()
        next(keys)
        client.diagnostics(uri)
        times.append(now() - start)
    # What was typed goes, so that whoever comes next finds the source as it was.
    while (count + LAST) % (WORD + 1):
        next(keys)
        count += 1
    return tuple(times[LAST:])


def parse_times(source: Source, count: int) -> tuple[float, ...]:
    """What tree-sitter alone needs for the changed function."""
    import tree_sitter_go
    from tree_sitter import Language, Parser

    parser, text = Parser(Language(tree_sitter_go.language())), declaration(source)
    return tuple(timed(lambda: parser.parse(text)) for _ in range(count))


def measure_size(folder: Path, lines: int, keys: int) -> list[Row]:
    """Everything about a document of one size, in one server."""
    source, label, rows = generate(lines), f"{lines:,} lines", []
    goals = {1_000: "p50 5, p95 20", 10_000: "p50 10, p95 20"}
    uri = (folder / f"intact{lines}" / "file.go").as_uri()
    with Client() as client:
        client.initialize(folder)
        start = now()
        found = client.open(uri, source.text)
        opened, goal = now() - start, "300" if lines == 10_000 else ""
        if not found:
            raise ServerSilent(f"{label}: no findings, so nothing is measured")
        rows.append(Row(f"{label}: open to diagnostics", (opened,), goal=goal, note=f"{len(found)} findings"))
        nothing = [timed(lambda: client.request("cgo-ls/nothing", None)) for _ in range(keys + LAST)]
        rows.append(Row(f"{label}: no-op round trip", tuple(nothing[LAST:]), note="floor"))
        rows.append(Row(f"{label}: parse of the function", parse_times(source, keys), note="floor"))
        intact = keystrokes(client, uri, source, keys)
        rows.append(Row(f"{label}: key to diagnostics", intact, goal=goals[lines]))
        for number, (state, insert) in enumerate(BROKEN.items()):
            other = broken(source, insert)
            # A folder of its own: beside the intact file it would be one package of twice the size.
            name = (folder / f"broken{number}of{lines}" / "file.go").as_uri()
            client.open(name, other.text)
            typed = keystrokes(client, name, other, keys)
            ratio = statistics.median(typed) / statistics.median(intact)
            rows.append(Row(f"{label}: key after {state}", typed, goal="1.5 x", note=f"{ratio:.2f} x intact"))
            client.close(name)
        rows.append(
            Row(f"{label}: burst of 50 edits", burst(client, uri, source), goal="100" if lines == 10_000 else "")
        )
        rows.append(Row(f"{label}: hover", hovers(client, uri, source, keys), goal="p95 10"))
    return rows


def burst(client: Client, uri: str, source: Source) -> tuple[float, ...]:
    """50 edits sent at once, to the diagnostics of the last; five times."""
    times = []
    keys = typing(client, uri, source)
    for _ in range(5):
        start = now()
        for _ in range(50):
            next(keys)
        client.diagnostics(uri)
        times.append(now() - start)
    return tuple(times)


def hovers(client: Client, uri: str, source: Source, count: int) -> tuple[float, ...]:
    """On C names all over the file."""
    places = [(i, line.index("C.CString") + 4) for i, line in enumerate(source.lines) if "C.CString" in line]
    times = []
    for number in range(count):
        line, character = places[number * 37 % len(places)]
        params = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
        times.append(timed(lambda params=params: client.request("textDocument/hover", params)))
    return tuple(times)


def measure_start(folder: Path) -> list[Row]:
    """Spawn to the reply to initialize, and the memory of a server that has nothing to do."""
    times, memory = [], 0.0
    for _ in range(5):
        start = now()
        with Client() as client:
            client.initialize(folder)
            times.append(now() - start)
            memory = client.resident()
    return [
        Row("start to initialize reply", tuple(times), goal="800"),
        Row("memory at rest", (memory,), "MB", "80"),
    ]


def measure_memory(folder: Path, edits: int) -> list[Row]:
    """Memory after a warm-up and after `edits` more keystrokes; every tenth waits for its diagnostics."""
    source, uri = generate(1_000), (folder / "soak" / "file.go").as_uri()
    with Client() as client:
        client.initialize(folder)
        client.open(uri, source.text)
        keystrokes(client, uri, source, 500)
        warm = client.resident()
        keys = typing(client, uri, source)
        for number in range(edits):
            next(keys)
            if number % 10 == 9:
                client.diagnostics(uri)
        after = client.resident()
    return [Row(f"memory after {edits:,} edits", (after,), "MB", "+10", f"{after - warm:+.1f} after warm-up")]


def measure_command_line(folder: Path) -> list[Row]:
    """Files a second of `cgo-ls check`, and the smallest run."""

    def check(path: Path) -> float:
        command = [sys.executable, "-m", "cgo_ls", "check", "--format", "json", "--exit-zero", str(path)]
        start = now()
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, check=False, env=client_environment()
        )
        took = now() - start
        # A command that fails at once would look fast.
        if done.returncode != 0 or json.loads(done.stdout)["errors"]:
            raise ServerSilent(
                f"check {path.name}: exit code {done.returncode}: {done.stderr[-500:].decode(errors='replace')}"
            )
        return took

    cgo, plain, one = folder / "cgo", folder / "plain", folder / "one"
    write_tree(cgo, 400, 0)
    write_tree(plain, 0, 20_000)
    write_tree(one, 1, 0)
    smallest = tuple(check(one) for _ in range(5))
    note = "start included"
    return [
        Row("check: smallest run", smallest, goal="250"),
        Row("check: 400 cgo files", tuple(400_000 / check(cgo) for _ in range(3)), "files/s", "200 a core", note),
        Row("check: 20,000 without cgo", tuple(20_000_000 / check(plain) for _ in range(3)), "files/s", "25,000", note),
    ]


def measure_analysis() -> list[Row]:
    """The analysis by itself, in processor time: each text as the only file of a package that nobody has seen before."""
    collect = gc.get_threshold()
    gc.set_threshold(*COLLECT_AFTER)
    functions = (
        Row("a function of 500 lines and 50 C values", _cold(long_function(50)), goal="30"),
        Row("40 branches inside of each other", _cold(nested_function(40)), goal="30"),
    )
    package = Row(
        "a package of 10,000 lines, cold", _cold(generate(10_000).text), goal="2,000", note="goal of an open: 300"
    )
    gc.set_threshold(*collect)
    return [*functions, package]


def _cold(text: str) -> tuple[float, ...]:
    """Milliseconds of processor time for all findings of a text; the first round, in which tables are read, does not count."""
    times: list[float] = []
    for number in range(LAST + 1):
        snapshot = Session(MemoryFiles({"/w/a.go": f"{text}\n// {number}\n".encode()})).snapshot()
        start = time.process_time()
        snapshot.diagnostics("/w/a.go")
        times.append((time.process_time() - start) * 1000)
    return tuple(times[1:])


def render(rows: list[Row]) -> Table:
    table = Table("measurement", "p50", "p95", "min", "unit", "goal", "", title="cgo-ls benchmark")
    for column in table.columns[1:4]:
        column.justify = "right"
    for row in rows:
        values = (row.quantile(0.5), row.quantile(0.95), min(row.values))
        numbers = [f"{value:,.2f}" if value < 100 else f"{value:,.0f}" for value in values]
        table.add_row(row.name, *numbers, row.unit, row.goal, row.note)
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description="Benchmark the server and the command line.")
    parser.add_argument("--edits", type=int, default=2_000, help="edits of the memory soak (the full one: 100000)")
    parser.add_argument("--keys", type=int, default=200, help="keystrokes per measurement")
    parser.add_argument("--json", type=Path, help="also write all values here")
    arguments = parser.parse_args()
    console, rows, missing = Console(), [], 0
    if not console.is_terminal:
        console = Console(width=110)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        parts: list[Callable[[], list[Row]]] = [
            measure_analysis,
            lambda: measure_start(folder),
            *[lambda lines=lines: measure_size(folder, lines, arguments.keys) for lines in SIZES],
            lambda: measure_memory(folder, arguments.edits),
            lambda: measure_command_line(folder),
        ]
        for part in parts:
            try:
                rows += part()
            except ServerSilent as silence:
                missing += 1
                console.print(f"not measured: {silence}", markup=False)
    console.print(render(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=2))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
