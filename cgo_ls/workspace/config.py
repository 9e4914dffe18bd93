"""`.cgo-ls.toml`: which rules speak, how loud, about which files, and what the project's C functions do with memory.

No setting names a program or a path outside of the project. Errors are values; what is right beside them still counts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final, cast

from cgo_ls.data.tables import FunctionRow
from cgo_ls.rules.finding import Severity
from cgo_ls.text.files import FileSystem
from cgo_ls.workspace.suppressions import UNUSED, did_you_mean

CONFIG_NAME: Final = ".cgo-ls.toml"
VERSION: Final = 1
SIZE_LIMIT: Final = 64 << 10
# The TOML parser is quadratic in the parts of a dotted key: 20,000 of them on one line take 5 s.
LINE_LIMIT: Final = 4 << 10
SEVERITIES: Final = ("error", "warning", "information", "hint", "off")


@dataclass(frozen=True, slots=True)
class ConfigError:
    """`line` is 1-based; 0 where the file as a whole is meant."""

    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one `.cgo-ls.toml`; `path` None are the defaults. `exclude` globs are relative to `directory`."""

    path: str | None = None
    directory: str = ""
    severities: Mapping[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    functions: Mapping[str, FunctionRow] = field(default_factory=dict)

    def severity(self, rule: str, default: Severity) -> Severity | None:
        """How loud `rule` is; None when it is off."""
        chosen = self.severities.get(rule, default)
        return None if chosen == "off" else cast(Severity, chosen)

    @property
    def disabled(self) -> frozenset[str]:
        return frozenset(rule for rule, severity in self.severities.items() if severity == "off")

    def excludes(self, path: str) -> bool:
        """Whether a glob takes the absolute `path`, or a folder above it, out."""
        if not self.exclude:
            return False
        relative = os.path.relpath(path, self.directory).replace(os.sep, "/")
        segments = tuple(relative.split("/"))
        return segments[0] != ".." and any(_matches(glob, segments) for glob in self.exclude)


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """The settings that hold for a folder, and what was wrong in their file."""

    config: Config
    errors: tuple[ConfigError, ...] = ()


def load_config(
    files: FileSystem, directory: str, root: str | None = None, rules: Collection[str] = ()
) -> LoadedConfig:
    """The nearest `.cgo-ls.toml` at or above `directory`; the search ends at a folder with a go.mod, and at `root`."""
    folder = os.path.normpath(directory)
    while True:
        path = os.path.join(folder, CONFIG_NAME)
        data = files.read(path)
        if data is not None:
            return parse_config(path, data, rules)
        parent = os.path.dirname(folder)
        if folder == root or parent == folder or files.fingerprint(os.path.join(folder, "go.mod")) is not None:
            return LoadedConfig(Config())
        folder = parent


def parse_config(path: str, data: bytes, rules: Collection[str] = ()) -> LoadedConfig:
    """Read the text of a `.cgo-ls.toml`. `rules` are the names it may use; none given means any."""
    import tomllib

    directory = os.path.dirname(path)
    defaults = Config(path, directory)
    if len(data) > SIZE_LIMIT:
        return LoadedConfig(defaults, (ConfigError(path, 0, f"larger than {SIZE_LIMIT >> 10} KiB, not read"),))
    for number, line in enumerate(data.split(b"\n"), 1):
        if len(line) > LINE_LIMIT:
            return LoadedConfig(
                defaults, (ConfigError(path, number, f"line longer than {LINE_LIMIT >> 10} KiB, not read"),)
            )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return LoadedConfig(defaults, (ConfigError(path, line, "not UTF-8"),))
    try:
        settings = tomllib.loads(text)
    except RecursionError:
        return LoadedConfig(defaults, (ConfigError(path, 0, "nested too deep"),))
    except tomllib.TOMLDecodeError as error:
        message, line = _toml_message(str(error), text)
        return LoadedConfig(defaults, (ConfigError(path, line, message),))
    reader = _Reader(path, text, frozenset(rules))
    reader.known_keys(settings, (), ("version", "rules", "exclude", "functions"))
    reader.version(settings)
    severities = reader.rules(settings.get("rules", {}))
    exclude = reader.globs(settings.get("exclude", []))
    functions = reader.functions(settings.get("functions", {}))
    return LoadedConfig(Config(path, directory, severities, exclude, functions), tuple(reader.errors))


class _Reader:
    """Takes the settings apart and keeps what was wrong with them."""

    def __init__(self, path: str, text: str, rules: frozenset[str]) -> None:
        self.errors: list[ConfigError] = []
        self._path = path
        self._lines = text.splitlines()
        self._rules = rules

    def complain(self, keys: tuple[str, ...], message: str, value: str = "") -> None:
        self.errors.append(ConfigError(self._path, _line_of(self._lines, keys, value), message))

    def known_keys(self, table: Mapping[str, Any], keys: tuple[str, ...], known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                where = f" in [{'.'.join(keys)}]" if keys else ""
                self.complain((*keys, key), f'unknown key "{key}"{where}{did_you_mean(key, known)}')

    def version(self, settings: Mapping[str, Any]) -> None:
        version = settings.get("version")
        if version is None:
            self.complain((), f"the key version is missing: write version = {VERSION}")
        elif version != VERSION or isinstance(version, bool):
            self.complain(("version",), f"version {version!r} is not known: this cgo-ls reads version = {VERSION}")

    def rules(self, table: object) -> dict[str, str]:
        severities: dict[str, str] = {}
        if not isinstance(table, dict):
            self.complain(("rules",), "rules must be a table: write [rules]")
            return severities
        self.known_keys(table, ("rules",), ("ignore", "severity"))
        levels = table.get("severity", {})
        if not isinstance(levels, dict):
            self.complain(
                ("rules", "severity"), 'severity must be a table: write [rules.severity], then rule-name = "error"'
            )
            levels = {}
        for name, level in levels.items():
            if level not in SEVERITIES:
                hint = did_you_mean(str(level), SEVERITIES)
                self.complain(
                    ("rules", "severity", name), f"not a severity: {level!r}{hint}; one of {', '.join(SEVERITIES)}"
                )
            elif self._known_rule(("rules", "severity", name), name):
                severities[name] = level
        for name in self._strings(table.get("ignore", []), ("rules", "ignore")):
            if self._known_rule(("rules", "ignore"), name):
                severities[name] = "off"
        return severities

    def globs(self, value: object) -> tuple[str, ...]:
        globs: list[str] = []
        for glob in self._strings(value, ("exclude",)):
            if not glob or os.path.isabs(glob) or glob.startswith("/") or ".." in glob.split("/") or "\\" in glob:
                self.complain(("exclude",), f'not a glob below this folder: "{glob}"', glob)
            else:
                globs.append(glob)
        return tuple(globs)

    def functions(self, table: object) -> Mapping[str, FunctionRow]:
        if not isinstance(table, dict):
            self.complain(("functions",), "functions must be a table: write [functions.NAME]")
            return {}
        if not table:
            return {}
        from cgo_ls.data.tables import parse_rows

        rows, errors = parse_rows(table, self._path)
        for error in errors:
            self.complain(("functions", error.function), f"functions.{error.function}: {error.message}")
        return rows

    def _known_rule(self, keys: tuple[str, ...], name: str) -> bool:
        if not self._rules or name in self._rules or name == UNUSED:
            return True
        self.complain(keys, f'there is no rule "{name}"{did_you_mean(name, self._rules)}', name)
        return False

    def _strings(self, value: object, keys: tuple[str, ...]) -> list[str]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return cast(list[str], value)
        self.complain(keys, f'{keys[-1]} must be a list of strings: {keys[-1]} = ["..."]')
        return []


def _matches(glob: str, segments: tuple[str, ...]) -> bool:
    """Whether `glob` names the path or a folder above it. Without an inner `/` any segment may be it; `**` is any folders."""
    parts = glob.strip("/").split("/")
    if "/" not in glob.rstrip("/"):
        return any(fnmatchcase(segment, parts[0]) for segment in segments)
    places = _closure({0}, parts)
    for segment in segments:
        stepped = {place if parts[place] == "**" else place + 1 for place in places if _steps(parts, place, segment)}
        places = _closure(stepped, parts)
        if len(parts) in places:
            return True
    return False


def _steps(parts: list[str], place: int, segment: str) -> bool:
    return place < len(parts) and (parts[place] == "**" or fnmatchcase(segment, parts[place]))


def _closure(places: Iterable[int], parts: list[str]) -> set[int]:
    """`**` may stand for no folder at all."""
    reached = set(places)
    for place in range(len(parts)):
        if place in reached and parts[place] == "**":
            reached.add(place + 1)
    return reached


def _toml_message(message: str, text: str) -> tuple[str, int]:
    """The parser's sentence without its place, and the line."""
    place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    if place is None:
        return message[:1].lower() + message[1:], 0
    line = int(place[1]) if place[1] else text.count("\n") + (not text.endswith("\n"))
    plain = message[: place.start()]
    return plain[:1].lower() + plain[1:], line


def _line_of(lines: list[str], keys: tuple[str, ...], value: str = "") -> int:
    """The 1-based line that sets `keys`, or their table, or mentions `value` (a guess good enough for a message); 0: none."""
    if value:
        for number, line in enumerate(lines, 1):
            if f'"{value}"' in line or f"'{value}'" in line:
                return number
    table: tuple[str, ...] = ()
    best, best_length = 0, 0
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if stripped.startswith("["):
            table = here = _dotted(stripped.partition("]")[0])
        elif "=" in stripped and not stripped.startswith("#"):
            here = (*table, *_dotted(stripped.partition("=")[0]))
        else:
            continue
        if len(here) > best_length and keys[: len(here)] == here:
            best, best_length = number, len(here)
    return best


def _dotted(text: str) -> tuple[str, ...]:
    return tuple(part.strip(" \t\"'") for part in text.strip("[] \t").split("."))
