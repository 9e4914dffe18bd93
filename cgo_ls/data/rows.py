"""What one row of a table says about one C function, and the check that a row is well-formed.

The format is described at the top of `functions/libc.toml`. Rows of the shipped tables and rows of a project's `.cgo-ls.toml` go
through the same `parse_rows`; whatever is wrong with a row is a `RowError` beside the rows that are right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cgo_ls.data.prototypes import Prototype, parse_prototype

FAILURES = (
    "== -1",
    "NULL",
    "EOF",
    "WEOF",
    "== 0",
    "!= 0",
    "< 0",
    "== (void *)-1",
    "== (size_t)-1",
    "short",
    "ambiguous",
)
REPORTS = ("as-result", "own-code", "dlerror", "h_errno", "getdate_err")
MOMENTS = ("always", "success", "failure", "close")


@dataclass(frozen=True, slots=True)
class ResultFacts:
    """Who owns the result. All fields empty: a plain value, or nothing.

    `owned`: the function that releases it (`owned_when`: only under this condition on a parameter). `opens`: the same
    for numbers that stand for a resource. `borrowed_from`: the parameter the result lives in; `aliases`: the parameter
    it points into. `null_on` is "failure" where NULL is a possible result, `invalid` the value that says so instead.
    """

    owned: str | None = None
    owned_when: str | None = None
    null_on: str | None = None
    invalid: str | None = None
    opens: str | None = None
    borrowed: bool = False
    borrowed_from: str | None = None
    aliases: str | None = None


@dataclass(frozen=True, slots=True)
class ParamFacts:
    """What becomes of an argument. All fields empty: borrowed for the time of the call.

    `fills`, `inits`, `opens` and `elements` name the function that releases what the parameter receives; `when` is the
    moment: "always", on "success", on "failure", or at the "close" of the result. `destructor` names the parameter that releases the value.
    `frees` and `drops` are ways to take: the memory is gone when the function returns, or one reference to it is given up.
    `ends` undoes `inits`: what the object holds is released, the memory it lies in is still the caller's.
    `empties`: what the pointer at *param points to is released, and the pointer set to NULL.
    """

    takes: bool = False
    frees: bool = False
    drops: bool = False
    ends: bool = False
    empties: bool = False
    holds: bool = False
    fills: str | None = None
    elements: str | None = None
    inits: str | None = None
    opens: str | None = None
    when: str = "always"
    null_ok: bool = False
    destructor: str | None = None

    @property
    def borrows(self) -> bool:
        """C neither releases nor keeps the value."""
        return not (self.takes or self.holds)


@dataclass(frozen=True, slots=True)
class ErrnoFacts:
    """How the call reports failure: `failure` is one of FAILURES, `reported` one of REPORTS; `none`: not at all.

    `silent_on` tells when the failing result comes without errno, in words for a message. `unchanged`: a call that works leaves
    errno as it was, and promises so. `changes`: the call may change errno, though that says nothing about it. `coarse`: the failing
    result is one code for many reasons, and errno tells which.
    """

    failure: str | None = None
    reported: str | None = None
    none: bool = False
    silent_on: str | None = None
    unchanged: bool = False
    changes: bool = False
    coarse: bool = False


@dataclass(frozen=True, slots=True)
class FunctionRow:
    """One function. `parameters` holds only those with facts; `parameter_names` all of them, in order ("" if unnamed).

    `heap`: the function returns plain memory to this allocator ("malloc", "sqlite3"), which must be the one it came from.
    `fails`: the result, one of FAILURES, that says that the call failed, for everything that depends on success.
    """

    name: str
    library: str
    prototype: str
    header: str | None = None
    feature: str | None = None
    result: ResultFacts = ResultFacts()
    parameters: Mapping[str, ParamFacts] = field(default_factory=lambda: MappingProxyType({}))
    parameter_names: tuple[str, ...] = ()
    variadic: bool = False
    errno: ErrnoFacts | None = None
    never_returns: bool = False
    source: str | None = None
    heap: str | None = None
    fails: str | None = None


@dataclass(frozen=True, slots=True)
class RowError:
    """Something wrong with the row `function` of `origin` (a library's name or a file): one sentence, for a user."""

    origin: str
    function: str
    message: str


def parse_rows(mapping: Mapping[str, object], origin: str) -> tuple[dict[str, FunctionRow], list[RowError]]:
    """Tables as `tomllib` reads them, by function name -> (the rows without a fault, the faults of the others)."""
    rows: dict[str, FunctionRow] = {}
    errors: list[RowError] = []
    for name, table in mapping.items():
        reader = _RowReader(origin, name)
        row = reader.row(table)
        errors.extend(reader.errors)
        if row is not None and not reader.errors:
            rows[name] = row
    return rows, errors


def parameter_index(row: FunctionRow, name: str) -> int | None:
    """The place (from 0) of the parameter `name`; None when the prototype has no such parameter."""
    return row.parameter_names.index(name) if name and name in row.parameter_names else None


def parameter_facts(row: FunctionRow, index: int) -> ParamFacts:
    """What becomes of argument `index` (from 0); arguments beyond the named ones are borrowed."""
    if not 0 <= index < len(row.parameter_names):
        return ParamFacts()
    return row.parameters.get(row.parameter_names[index], ParamFacts())


_Check = Callable[[object], bool]


def _text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _yes(value: object) -> bool:
    return value is True


def _one_of(*words: str) -> _Check:
    def check(value: object) -> bool:
        return isinstance(value, str) and value in words

    check.__doc__ = "one of " + ", ".join(f'"{word}"' for word in words)
    return check


def _table(value: object) -> bool:
    return isinstance(value, dict)


_ROW_KEYS: dict[str, _Check] = {
    "prototype": _text,
    "header": _text,
    "feature": _text,
    "returns": _table,
    "params": _table,
    "errno": _table,
    "never_returns": _yes,
    "source": _text,
    "heap": _text,
    "fails": _one_of(*FAILURES),
}
_RETURN_KEYS: dict[str, _Check] = {
    "owned": _text,
    "owned_when": _text,
    "null_on": _one_of("failure"),
    "invalid": _text,
    "opens": _text,
    "borrowed": lambda value: value is True or _text(value),
    "aliases": _text,
}
_PARAM_KEYS: dict[str, _Check] = {
    "takes": _yes,
    "frees": _yes,
    "drops": _yes,
    "ends": _yes,
    "empties": _yes,
    "holds": _yes,
    "borrows": _yes,
    "fills": _text,
    "elements": _text,
    "inits": _text,
    "opens": _text,
    "when": _one_of(*MOMENTS),
    "null_ok": _yes,
    "destructor": _text,
}
_ERRNO_KEYS: dict[str, _Check] = {
    "failure": _one_of(*FAILURES),
    "reported": _one_of(*REPORTS),
    "none": _yes,
    "silent_on": _text,
    "unchanged": _yes,
    "changes": _yes,
    "coarse": _yes,
}
_EXPECTED: dict[_Check, str] = {_text: "a string", _yes: "true", _table: "a table"}


class _RowReader:
    """Reads one table; gathers everything wrong with it in `errors`."""

    def __init__(self, origin: str, name: str) -> None:
        self._origin = origin
        self._name = name
        self.errors: list[RowError] = []

    def row(self, table: object) -> FunctionRow | None:
        if not isinstance(table, dict):
            self._complain("a row is a table")
            return None
        row = self._checked(table, _ROW_KEYS, "")
        text = row.get("prototype")
        if text is None:
            if "prototype" not in table:
                self._complain('a row needs its prototype: prototype = "void f(char *s)"')
            return None
        prototype = parse_prototype(text)
        if prototype is None or prototype.name != self._name:
            self._complain(f"prototype is not a declaration of {self._name}: {text}")
            return None
        return FunctionRow(
            name=self._name,
            library=self._origin,
            prototype=text,
            header=row.get("header"),
            feature=row.get("feature"),
            result=self._result(row.get("returns", {}), prototype),
            parameters=self._parameters(row.get("params", {}), prototype),
            parameter_names=tuple(parameter.name for parameter in prototype.parameters),
            variadic=prototype.variadic,
            errno=self._errno(row["errno"]) if "errno" in row else None,
            never_returns="never_returns" in row,
            source=row.get("source"),
            heap=row.get("heap"),
            fails=row.get("fails"),
        )

    def _result(self, table: dict[str, object], prototype: Prototype) -> ResultFacts:
        facts = self._checked(table, _RETURN_KEYS, "returns.")
        borrowed = facts.pop("borrowed", None)
        parent = borrowed if isinstance(borrowed, str) else None
        for word, parameter in (("borrowed", parent), ("aliases", facts.get("aliases"))):
            if parameter is not None:
                self._known_parameter(parameter, prototype, f"returns.{word}")
        if "owned_when" in facts and "owned" not in facts:
            self._complain("returns.owned_when needs returns.owned")
        if facts and prototype.result == "void":
            self._complain("returns: the prototype returns void")
        return ResultFacts(borrowed=borrowed is not None, borrowed_from=parent, **facts)

    def _parameters(self, table: dict[str, object], prototype: Prototype) -> Mapping[str, ParamFacts]:
        parameters: dict[str, ParamFacts] = {}
        numbers = {parameter.name for parameter in prototype.parameters if parameter.number}
        for name, words in table.items():
            place = f"params.{name}"
            if not self._known_parameter(name, prototype, "params"):
                continue
            if not isinstance(words, dict):
                self._complain(f"{place} must be a table, such as {{ takes = true }}")
                continue
            facts = self._checked(words, _PARAM_KEYS, f"{place}.")
            if facts.keys() & {"frees", "drops"}:
                facts["takes"] = True
            if facts.pop("borrows", False) and (facts.get("takes") or facts.get("holds")):
                self._complain(f"{place} both borrows and takes or holds")
            if name in numbers and facts.keys() & {"fills", "inits", "elements", "opens"}:
                self._complain(f"{place} receives something, but the parameter is a number")
            if "destructor" in facts:
                self._known_parameter(facts["destructor"], prototype, f"{place}.destructor")
            parameters[name] = ParamFacts(**facts)
        return MappingProxyType(parameters)

    def _errno(self, table: dict[str, object]) -> ErrnoFacts:
        facts = self._checked(table, _ERRNO_KEYS, "errno.")
        if len(facts.keys() & {"failure", "reported", "none"}) != 1:
            self._complain("errno needs exactly one of failure, reported, none")
        if "silent_on" in facts and "failure" not in facts:
            self._complain("errno.silent_on needs errno.failure")
        if "unchanged" in facts and "failure" not in facts:
            self._complain("errno.unchanged needs errno.failure")
        if "coarse" in facts and "failure" not in facts:
            self._complain("errno.coarse needs errno.failure")
        if "changes" in facts and "failure" in facts:
            self._complain("errno.changes goes with errno.none or errno.reported")
        return ErrnoFacts(**facts)

    def _checked(self, table: dict[str, object], keys: dict[str, _Check], prefix: str) -> dict:
        """The known keys with values of the right kind; complaints about the others."""
        right = {}
        for key, value in table.items():
            check = keys.get(key)
            if check is None:
                self._complain(f"unknown key {prefix}{key}{_did_you_mean(key, keys)}")
            elif not check(value):
                expected = _EXPECTED.get(check) or check.__doc__ or "true or a string"
                self._complain(f"{prefix}{key} must be {expected}, not {value!r}")
            else:
                right[key] = value
        return right

    def _known_parameter(self, name: str, prototype: Prototype, place: str) -> bool:
        names = [parameter.name for parameter in prototype.parameters if parameter.name]
        if name in names:
            return True
        self._complain(f'{place}: the prototype has no parameter "{name}"{_did_you_mean(name, names)}')
        return False

    def _complain(self, message: str) -> None:
        self.errors.append(RowError(self._origin, self._name, message))


def _did_you_mean(word: str, known: Mapping[str, object] | list[str]) -> str:
    import difflib  # only where something is wrong: the import is as dear as reading a table

    near = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {near[0]}?" if near else ""
