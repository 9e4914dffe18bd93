"""What a function's analysis asks of the rest of the package, recorded: the answers are the key under which its result is kept."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from cgo_ls.analysis.conventions import Convention
    from cgo_ls.analysis.effects import CEffects
    from cgo_ls.analysis.summaries import Summary
    from cgo_ls.data.library_failures import LibraryFailure
    from cgo_ls.model.go_types import GoType
    from cgo_ls.model.package import CName


class Signature(NamedTuple):
    """The types of a Go function's parameters and results, as written. `pointer`: its receiver is a pointer."""

    parameters: tuple[str, ...]
    results: tuple[str, ...]
    pointer: bool
    generic: bool


class FactSource(Protocol):
    """Answers about one Go file's surroundings. Every answer is a value that compares equal when nothing changed."""

    def c_effects(self, name: str, count: int) -> CEffects:
        """What C function `name`, called with `count` arguments, does with them; origin "unknown" when nothing is known."""
        ...

    def convention(self, name: str) -> Convention | None:
        """How C function `name` reports failure; None where that is not known."""
        ...

    def library_failure(self, name: str) -> LibraryFailure | None:
        """What holds for the failures of the library that C function `name` is of; None where no such library is in use, and for what
        the package defines itself."""
        ...

    def touches_errno(self, name: str) -> bool | None:
        """Whether C function `name` may change errno; None where that is not known."""
        ...

    def is_c_type(self, name: str) -> bool:
        """Whether C.name is a type, so that C.name(x) is a conversion."""
        ...

    def go_summary(self, name: str) -> Summary | None:
        """The summary of package-local function "F"; None when there is none, or several differ."""
        ...

    def method_summary(self, name: str, receiver_type: str) -> Summary | None:
        """The summary of method ".M" on a value of the named type ("" unknown)."""
        ...

    def is_go_type(self, name: str) -> bool:
        """Whether the package declares a Go type of this name."""
        ...

    def go_type(self, name: str) -> GoType | None:
        """The package's Go type of this name with its fields; no spans. None where variants differ in kind."""
        ...

    def go_signature(self, name: str) -> Signature | None:
        """The types of function "F" or method "T.M"; None when there is none, or variants differ."""
        ...

    def finalizers_of(self, type_name: str) -> tuple[str, ...]:
        """What finalizers and cleanups of Go type T run, each a method or function by name ("" a literal); () for none, and where
        they release nothing by C.

        Of "F()": the types that function F ("T.M") gives a finalizer and returns a pointer to, itself or by a function of the package;
        of "F() refers": not empty where F takes a reference besides; of "()": where there is such a function.
        Of "cgo.Handle": not empty where some function deletes handles that it did not make; of "runtime.KeepAlive": where some
        function calls it."""
        ...

    def finalized_fields(self, type_name: str) -> tuple[str, ...]:
        """The names, among them the fields, that the finalizers of Go type T mention in functions that call C."""
        ...

    def pointer_results(self, name: str) -> tuple[str, ...]:
        """What pointers into Go memory the results of function "F" are (see handed_pointers); () where none is known. Of "": not
        empty where there is such a function."""
        ...

    def go_version(self) -> tuple[int, int] | None:
        """The language version that go.mod asks for, (1, 24); None when it does not say."""
        ...

    def resolve_c(self, name: str) -> CName | None:
        """The declarations of C.name that this file sees."""
        ...

    def c_complete(self) -> bool:
        """Whether every header that the file includes could be read."""
        ...

    def includes(self, header: str) -> bool:
        """Whether the file's preamble includes the header, directly or through a local one."""
        ...


class Facts:
    """A FactSource that remembers what was asked and answered."""

    __slots__ = ("_source", "reads")

    def __init__(self, source: FactSource | None, reads: dict[tuple[Hashable, ...], Any] | None = None) -> None:
        self._source = source
        self.reads: dict[tuple[Hashable, ...], Any] = {} if reads is None else reads

    def replay(self) -> Facts:
        """The same answers without the source, so that a kept result does not keep a whole package alive."""
        return Facts(None, self.reads)

    def _ask(self, question: str, *arguments: Hashable) -> Any:
        key = (question, *arguments)
        try:
            return self.reads[key]
        except KeyError:
            answer = self.reads[key] = getattr(self._source, question)(*arguments)
            return answer

    def c_effects(self, name: str, count: int = 0) -> CEffects:
        """See FactSource."""
        return self._ask("c_effects", name, count)

    def convention(self, name: str) -> Convention | None:
        """See FactSource."""
        return self._ask("convention", name)

    def library_failure(self, name: str) -> LibraryFailure | None:
        """See FactSource."""
        return self._ask("library_failure", name)

    def touches_errno(self, name: str) -> bool | None:
        """See FactSource."""
        return self._ask("touches_errno", name)

    def is_c_type(self, name: str) -> bool:
        """See FactSource."""
        return self._ask("is_c_type", name)

    def go_summary(self, name: str) -> Summary | None:
        """See FactSource."""
        return self._ask("go_summary", name)

    def method_summary(self, name: str, receiver_type: str) -> Summary | None:
        """See FactSource."""
        return self._ask("method_summary", name, receiver_type)

    def is_go_type(self, name: str) -> bool:
        """See FactSource."""
        return self._ask("is_go_type", name)

    def go_type(self, name: str) -> GoType | None:
        """See FactSource."""
        return self._ask("go_type", name)

    def go_signature(self, name: str) -> Signature | None:
        """See FactSource."""
        return self._ask("go_signature", name)

    def finalizers_of(self, type_name: str) -> tuple[str, ...]:
        """See FactSource."""
        return self._ask("finalizers_of", type_name)

    def finalized_fields(self, type_name: str) -> tuple[str, ...]:
        """See FactSource."""
        return self._ask("finalized_fields", type_name)

    def pointer_results(self, name: str) -> tuple[str, ...]:
        """See FactSource."""
        return self._ask("pointer_results", name)

    def go_version(self) -> tuple[int, int] | None:
        """See FactSource."""
        return self._ask("go_version")

    def resolve_c(self, name: str) -> CName | None:
        """See FactSource."""
        return self._ask("resolve_c", name)

    def c_complete(self) -> bool:
        """See FactSource."""
        return self._ask("c_complete")

    def includes(self, header: str) -> bool:
        """See FactSource."""
        return self._ask("includes", header)


def still_hold(reads: Mapping[tuple[Hashable, ...], Any], source: FactSource) -> bool:
    """Whether asking again gives the same answers."""
    return all(getattr(source, key[0])(*key[1:]) == answer for key, answer in reads.items())  # pyright: ignore[reportArgumentType]
