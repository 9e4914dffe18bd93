"""Check real packages, and hold the findings against those that were read by a person.

    python tools/corpus.py              download, check, compare
    python tools/corpus.py --update     and write what is new into tests/corpus/reviewed.tsv, as `unreviewed`
    python tools/corpus.py PACKAGE...   only these

The packages are Debian's golang-*-dev with cgo code (tools/corpus_packages.tsv); nothing is installed: they are downloaded and unpacked
below .cache/corpus. Findings are known by package, path, function, rule, and which one of these it is, not by line. A finding that nobody
has reviewed fails the run, and so does a true one that is not found any more. Where a version other than the pinned one was to be had,
its findings are only counted.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "tools" / "corpus_packages.tsv"
REVIEWED = ROOT / "tests" / "corpus" / "reviewed.tsv"
CACHE = ROOT / ".cache" / "corpus"
SOURCES = Path("usr/share/gocode/src")
COLUMNS = ("package", "path", "function", "rule", "ordinal", "message", "verdict", "note")
VERDICTS = ("true", "false", "debatable", "unreviewed")
# Far beyond what a package may take: a checker that hangs is an error, and the run ends.
LIMIT = 600
# Milliseconds of processor time for one rule, or the analysis, on one function, file or package. Generous: machines differ.
RULE_LIMIT = 1000.0
PROCESSES = 2

Key = tuple[str, str, str, str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """One finding as reviewed.tsv keeps it; `message` are its first words, for the reader."""

    package: str
    path: str
    function: str
    rule: str
    ordinal: int
    message: str
    verdict: str = "unreviewed"
    note: str = ""

    @property
    def key(self) -> Key:
        return (self.package, self.path, self.function, self.rule, self.ordinal)


@dataclass(frozen=True, slots=True)
class Report:
    """What one package gave. `pinned`: it is the version whose findings were reviewed."""

    package: str
    version: str
    pinned: bool
    files: int
    lines: int
    seconds: float
    rows: tuple[Row, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Findings against reviews. `changed`: rows that were reviewed as something else than true and are gone."""

    unreviewed: tuple[Row, ...]
    vanished: tuple[Row, ...]
    changed: tuple[Row, ...]
    verdicts: Mapping[str, int] = field(default_factory=dict)


def compare(found: Iterable[Row], reviewed: Iterable[Row], packages: Iterable[str]) -> Comparison:
    """Hold the findings of `packages` against the reviews of the same packages."""
    known = {row.key: row for row in reviewed if row.package in set(packages)}
    seen = {row.key: row for row in found}
    gone = [row for key, row in known.items() if key not in seen]
    return Comparison(
        unreviewed=tuple(row for key, row in seen.items() if key not in known or known[key].verdict == "unreviewed"),
        vanished=tuple(row for row in gone if row.verdict == "true"),
        changed=tuple(row for row in gone if row.verdict != "true"),
        verdicts=Counter(known[key].verdict for key in seen if key in known),
    )


def merged(found: Iterable[Row], reviewed: Iterable[Row], packages: Iterable[str]) -> list[Row]:
    """The reviews brought up to date: verdicts kept, new findings added, those that are gone dropped."""
    checked = set(packages)
    known = {row.key: row for row in reviewed}
    kept = [row for row in known.values() if row.package not in checked]
    fresh = [
        replace(row, verdict=known[row.key].verdict, note=known[row.key].note) if row.key in known else row
        for row in found
    ]
    return sorted(kept + fresh, key=lambda row: row.key)


def read_rows(path: Path) -> list[Row]:
    """The rows of reviewed.tsv; none where it does not exist. Raises ValueError on a verdict that is none."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for number, row in enumerate(read, 2):
        if row["verdict"] not in VERDICTS:
            raise ValueError(f"{path}:{number}: {row['verdict']!r} is not one of {', '.join(VERDICTS)}")
    return [Row(**{**row, "ordinal": int(row["ordinal"])}) for row in read]


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(COLUMNS)]
    lines += ["\t".join(str(getattr(row, column)).replace("\t", " ") for column in COLUMNS) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def rows_of(package: str, diagnostics: Iterable[dict], prefix: str) -> tuple[Row, ...]:
    """Diagnostics of one package as rows, numbered within path, function and rule in the order of the text."""
    counted: Counter[tuple[str, str, str]] = Counter()
    rows = []
    for found in sorted(diagnostics, key=lambda d: (d["path"], d["line"], d["column"])):
        path = found["path"].removeprefix(prefix).lstrip("/")
        place = (path, found["function"] or "", found["rule"])
        counted[place] += 1
        message = " ".join(found["message"].split())[:90]
        rows.append(Row(package, *place, counted[place], message))
    return tuple(rows)


class Apt:
    """Debian's downloader; falls back on package lists of its own where the machine's are missing or old."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.options: list[str] = ["-o", "APT::Sandbox::User="]

    def own_lists(self) -> bool:
        """Fetch package lists into a folder of our own. False when that fails."""
        state = self.place / "apt"
        for folder in ("lists/partial", "cache/archives/partial"):
            (state / folder).mkdir(parents=True, exist_ok=True)
        self.options += ["-o", f"Dir::State::Lists={state}/lists", "-o", f"Dir::Cache={state}/cache"]
        return self.run("apt-get", "update").returncode == 0

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        debs = self.place / "debs"
        debs.mkdir(parents=True, exist_ok=True)
        line = [command[0], *self.options, *command[1:]]
        return subprocess.run(line, cwd=debs, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    def fetch(self, package: str, version: str) -> str | None:
        """Download one package, at the pinned version or else the current one; the message when neither can be had."""
        said = ""
        for name in (f"{package}={version}", package):
            done = self.run("apt-get", "download", "-q", name)
            if done.returncode == 0:
                return None
            said = said or done.stderr.strip()
        return said.splitlines()[-1] if said else f"apt-get download {package} failed"


def archive_of(package: str, version: str) -> Path | None:
    """The downloaded .deb: of the pinned version, or else any other."""
    pinned = CACHE / "debs" / f"{package}_{version.replace(':', '%3a')}"
    debs = sorted((CACHE / "debs").glob(f"{package}_*.deb"))
    return next((deb for deb in debs if deb.name.startswith(f"{pinned.name}_")), debs[-1] if debs else None)


def unpack(archive: Path) -> Path:
    """The folder a .deb is unpacked in, done once."""
    folder = CACHE / "src" / archive.stem
    if not folder.exists():
        fresh = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        subprocess.run(["dpkg-deb", "-x", str(archive), str(fresh)], check=True, stdin=subprocess.DEVNULL)
        fresh.replace(folder)
    return folder


def cgo_size(folder: Path) -> tuple[int, int]:
    """(files, lines) of the Go files below `folder` that import C."""
    files = lines = 0
    for path in folder.rglob("*.go"):
        if path.is_file():
            data = path.read_bytes()
            if b'import "C"' in data or b'\t"C"\n' in data:
                files, lines = files + 1, lines + data.count(b"\n")
    return files, lines


def check(package: str, version: str) -> Report:
    """Run the checker on one unpacked package, as a user would."""
    archive = archive_of(package, version)
    assert archive is not None
    folder = unpack(archive)
    found_version = archive.name.split("_")[1].replace("%3a", ":")
    files, lines = cgo_size(folder)
    command = [
        sys.executable,
        "-m",
        "cgo_ls",
        "check",
        "--format",
        "json",
        "--timing",
        "--jobs",
        "1",
        SOURCES.as_posix(),
    ]
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False, stdin=subprocess.DEVNULL
        )
        diagnostics, problems = read_output(done.returncode, done.stdout, done.stderr)
        problems += over_time(done.stderr)
    except subprocess.TimeoutExpired:
        diagnostics, problems = [], [f"not done after {LIMIT} s"]
    seconds = time.perf_counter() - start
    rows = rows_of(package, diagnostics, SOURCES.as_posix())
    return Report(package, found_version, found_version == version, files, lines, seconds, rows, tuple(problems))


def over_time(errors: str) -> list[str]:
    """Rules (and the analysis of a function) whose longest single run took more than RULE_LIMIT; none measured is wrong, too."""
    rows = re.findall(r"([\w-]+): [\d.]+ s in \d+ runs, the longest ([\d.]+) ms", errors)
    slow = [f"{name} took {longest} ms in one run" for name, longest in rows if float(longest) > RULE_LIMIT]
    return slow if rows else ["no rule was timed"]


def read_output(status: int, output: str, errors: str) -> tuple[list[dict], list[str]]:
    """The diagnostics of one run, and what is wrong with the run. A checker that did not run at all has found nothing, and that is no
    clean package: the report must be whole, must have seen files, and must agree with the exit code."""
    said = f"; it said: {errors.strip()[-500:]}" if errors.strip() else ""
    try:
        report = json.loads(output)
        diagnostics, files, failed = report["diagnostics"], report["files"], report["errors"]
    except (ValueError, KeyError, TypeError) as error:
        return [], [f"no report (exit code {status}, {type(error).__name__}){said}"]
    problems = [f"error reported: {error}" for error in failed]
    if status != (1 if diagnostics else 0):
        problems.append(f"exit code {status} with {len(diagnostics)} findings{said}")
    if not files:
        problems.append("no file was checked")
    if "Traceback" in errors:
        problems.append(f"a traceback{said}")
    return diagnostics, problems


def download(wanted: list[tuple[str, str]]) -> list[str]:
    """Fetch what is not there yet; what could not be had, a message each."""
    missing = [(package, version) for package, version in wanted if archive_of(package, version) is None]
    if not missing:
        return []
    apt = Apt(CACHE)
    failed = [(package, version, apt.fetch(package, version)) for package, version in missing]
    again = [(package, version) for package, version, message in failed if message]
    if not again:
        return []
    print(f"{len(again)} packages are not in this machine's lists: fetching lists of our own", flush=True)
    if not apt.own_lists():
        return [f"{package}: {message}" for package, _, message in failed if message]
    retried = [(package, apt.fetch(package, version)) for package, version in again]
    return [f"{package}: {message}" for package, message in retried if message]


def print_reports(reports: list[Report]) -> None:
    print(f"{'package':46} {'files':>6} {'kLOC':>7} {'findings':>9} {'seconds':>8}")
    for report in reports:
        other = "" if report.pinned else f"   (version {report.version}, not the reviewed one)"
        size = f"{report.files:6} {report.lines / 1000:7.1f} {len(report.rows):9} {report.seconds:8.1f}"
        print(f"{report.package:46} {size}{other}")
    files, lines = sum(r.files for r in reports), sum(r.lines for r in reports)
    found, seconds = sum(len(r.rows) for r in reports), sum(r.seconds for r in reports)
    print(f"{f'{len(reports)} packages':46} {files:6} {lines / 1000:7.1f} {found:9} {seconds:8.1f}")


def print_comparison(result: Comparison) -> bool:
    """Say what differs; True when nothing does."""
    for title, rows in (("not reviewed", result.unreviewed), ("reviewed as true, and gone", result.vanished)):
        if rows:
            print(f"\n{len(rows)} findings {title}:")
        for row in rows:
            print(f"  {row.package}: {row.path}: {row.function}: {row.message} [{row.rule}]")
    if result.changed:
        print(
            f"\n{len(result.changed)} rows reviewed as false or debatable are not found any more (--update drops them)"
        )
    counts = ", ".join(f"{verdict} {result.verdicts.get(verdict, 0)}" for verdict in VERDICTS)
    judged = result.verdicts.get("true", 0) + result.verdicts.get("false", 0)
    share = f"; precision on judged findings {100 * result.verdicts.get('true', 0) / judged:.0f} %" if judged else ""
    print(f"\nreviewed: {counts}{share}")
    return not (result.unreviewed or result.vanished)


def read_packages(only: list[str]) -> list[tuple[str, str]]:
    lines = PACKAGES.read_text(encoding="utf-8").splitlines()[1:]
    listed = [(package, version) for package, version in (line.split("\t") for line in lines)]
    return [pair for pair in listed if not only or pair[0] in only]


def main() -> int:
    parser = argparse.ArgumentParser(description="Check real cgo packages against reviewed findings.")
    parser.add_argument("packages", nargs="*", metavar="PACKAGE")
    parser.add_argument("--update", action="store_true", help="write new findings into reviewed.tsv as unreviewed")
    arguments = parser.parse_args()
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        print("The corpus are Debian packages: this machine has no apt-get and dpkg-deb, so nothing was checked.")
        return 0
    wanted = read_packages(arguments.packages)
    problems = download(wanted)
    present = [(package, version) for package, version in wanted if archive_of(package, version) is not None]
    with ThreadPoolExecutor(PROCESSES) as pool:
        reports = list(pool.map(lambda pair: check(*pair), present))
    print_reports(reports)
    problems += [f"{report.package}: {problem}" for report in reports for problem in report.problems]
    found = [row for report in reports if report.pinned for row in report.rows]
    pinned = [report.package for report in reports if report.pinned and not report.problems]
    reviewed = read_rows(REVIEWED)
    if arguments.update:
        reviewed = merged(found, reviewed, pinned)
        write_rows(REVIEWED, reviewed)
    agreed = print_comparison(compare(found, reviewed, pinned))
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 0 if agreed and not problems else 1


if __name__ == "__main__":
    sys.exit(main())
