"""The failure convention of a C function from its body: what its returns, on all paths, have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cgo_ls.analysis.convention import Channel, Convention, Predicate
from cgo_ls.analysis.errno_paths import Exit, Value

Known = Callable[[str], Convention | None]
_ERRNO_NAME = re.compile(r"E[A-Z0-9]{2,}\Z")
_MINUS_ONE = frozenset(["-1", "EOF", "MAP_FAILED", "SIG_ERR"])


@dataclass(frozen=True, slots=True)
class Learned:
    """A convention without its note, and the 1-based line of the first return that shows it; 0 where none does."""

    convention: Convention
    line: int


def learn(name: str, result: str, exits: Iterable[Exit], known: Known) -> Learned | None:
    """The convention of the function `name` that returns `result`; None where its returns say nothing certain."""
    return _Learning(name, result, known).learn(exits)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one return says: `certain` failure with its predicate and channel; `inner` where the result is another call's."""

    predicate: Predicate
    channel: Channel
    inner: Convention | None = None
    line: int = 0


class _Learning:
    """Joins what the returns of one body say."""

    def __init__(self, name: str, result: str, known: Known) -> None:
        self._name, self._result, self._known = name, result, known
        self._unknown = False
        self._reasonless = False

    def learn(self, exits: Iterable[Exit]) -> Learned | None:
        exits = list(exits)
        if self._result.strip() == "void":
            return self._without_result(exits)
        verdicts = [verdict for leave in exits if (verdict := self._verdict(leave)) is not None]
        if self._unknown:
            return None
        kinds: set[tuple[Predicate, Channel]] = {(verdict.predicate, verdict.channel) for verdict in verdicts}
        if kinds == {("minus_one", "errno"), ("negative", "errno")}:
            kinds = {("negative", "errno")}
        if len(kinds) != 1:
            return self._without_failure(exits) if not kinds and not self._reasonless else None
        predicate, channel = kinds.pop()
        inner = next((verdict.inner for verdict in verdicts if verdict.inner is not None), None)
        names = {verdict.inner.inner or verdict.inner.name for verdict in verdicts if verdict.inner is not None}
        whole = inner is not None and all(leave.value is not None and leave.value.kind == "call" for leave in exits)
        silent = "some failures of its own" if self._reasonless else (inner.silent_on if inner is not None else None)
        convention = Convention(
            self._name,
            predicate,
            channel,
            channel == "errno" and (inner is None or inner.success_may_set or not whole),
            silent is not None or (inner is not None and inner.clear_first),
            silent,
            inner=names.pop() if len(names) == 1 else "",
            coarse=inner is not None and inner.coarse,
        )
        return Learned(convention, verdicts[0].line)

    def _without_result(self, exits: list[Exit]) -> Learned | None:
        kinds = {leave.path.errno.kind for leave in exits}
        if "unknown" in kinds:
            return None
        touched = kinds != {"entry"}
        return Learned(Convention(self._name, "none", "errno" if touched else "none", touched, touched), 0)

    def _without_failure(self, exits: list[Exit]) -> Learned | None:
        """A function that never changes errno and whose results are all plain: nothing reports failure by errno."""
        if {leave.path.errno.kind for leave in exits} != {"entry"}:
            return None
        plain = all(leave.value is not None and leave.value.kind in ("null", "const") for leave in exits)
        return Learned(Convention(self._name, "none", "none"), 0) if plain else None

    def _verdict(self, leave: Exit) -> _Verdict | None:
        """What one return says; None for a success. Sets `_unknown` where that is not known."""
        value, path, line = leave.value, leave.path, leave.event.line
        if value is None:
            return None
        if value.kind in ("call", "neg"):
            return self._of_call(value, leave)
        if value.kind == "errno":
            negated = value.text == "-"
            return _Verdict("negative" if negated else "nonzero", "negated_result" if negated else "result", None, line)
        failed = [call for call, outcome in path.outcomes if outcome == "failed"]
        if value.kind == "const" and _ERRNO_NAME.match(value.text.lstrip("-")) and value.text != "EOF":
            negated = value.text.startswith("-")
            return _Verdict("negative" if negated else "nonzero", "negated_result" if negated else "result", None, line)
        predicate = self._failing_constant(value)
        if predicate is None:
            # NULL or 0 may be either; it is a failure where a call has failed on the way.
            if value.kind == "null" and "*" in self._result and failed:
                predicate = "null"
            elif value.kind == "unknown":
                self._unknown = True
                return None
            else:
                return None
        if path.errno.kind in ("set", "call") and (failed or path.errno.kind == "set"):
            return _Verdict(predicate, "errno", None, line)
        if path.errno.kind == "unknown":
            self._unknown = True
        self._reasonless = True
        return None

    def _failing_constant(self, value: Value) -> Predicate | None:
        if value.kind != "const":
            return None
        if value.text in _MINUS_ONE:
            return "map_failed" if "*" in self._result else "eof" if value.text == "EOF" else "minus_one"
        return "negative" if value.text.startswith("-") and "*" not in self._result else None

    def _of_call(self, value: Value, leave: Exit) -> _Verdict | None:
        inner = self._known(value.text)
        if inner is None:
            self._unknown = True
            return None
        if value.kind == "neg":
            if inner.channel == "result":
                return _Verdict("negative", "negated_result", None, leave.event.line)
            self._unknown = True
            return None
        if inner.channel == "none" or leave.path.outcome(value.call) == "succeeded":
            return None
        errno = leave.path.errno
        if inner.channel == "errno" and not (errno.kind == "call" and errno.call == value.call):
            if errno.kind == "entry" or leave.path.outcome(value.call) != "failed":
                return _Verdict(inner.predicate, "errno", inner, leave.event.line) if errno.kind == "call" else None
            if errno.kind in ("zero", "unknown"):
                self._reasonless = True
                return None
        return _Verdict(inner.predicate, inner.channel, inner, leave.event.line)
