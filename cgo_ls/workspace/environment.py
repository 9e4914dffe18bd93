"""What surrounds the functions of one Go file: the FactSource their analysis asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from cgo_ls.analysis.conventions import Convention, conventions_of
from cgo_ls.analysis.effects import CEffects, effects_from_name
from cgo_ls.analysis.facts import Signature
from cgo_ls.analysis.summaries import Summary
from cgo_ls.analysis.table_effects import BUILTIN, effects_of
from cgo_ls.data.library_failures import LibraryFailure, library_failure
from cgo_ls.data.rows import FunctionRow
from cgo_ls.data.tables import libraries_for
from cgo_ls.model.cdecl import CFunction, CPlace
from cgo_ls.model.go_file import GoDeclaration
from cgo_ls.model.go_types import GoType
from cgo_ls.model.package import CDeclaration, CName, CScope, Package
from cgo_ls.model.pseudo_c import kind_of
from cgo_ls.text.span import Span
from cgo_ls.workspace.memo import Memo

Summaries = Mapping[str, Sequence[Summary | None]]
"""By name of a function, one for each place that declares it; no entry for a function that is not analysed."""

_NOWHERE = Span(0, 0)


class TableEffects(Mapping[str, CEffects]):
    """The effects of all functions of the tables that apply, and of a project's own rows, each made when first asked for."""

    def __init__(self, includes: Sequence[str], project: Mapping[str, FunctionRow]) -> None:
        self.project = project
        self._libraries = libraries_for(includes)
        self._known: Memo[str, CEffects | None] = Memo(10_000)  # a name that is being typed is a new name with each key

    def find(self, name: str) -> CEffects | None:
        """The effects of a function, or None when no table knows it."""
        if name in self._known:
            return self._known[name]
        found = self._known[name] = self._look_up(name)
        return found

    def of_project(self, name: str) -> CEffects | None:
        """What the project itself says of a function, which is believed before its body."""
        return self.find(name) if name in self.project else None

    def _look_up(self, name: str) -> CEffects | None:
        if name in self.project:
            return effects_of(self.project[name], "project")
        if name in BUILTIN:
            return BUILTIN[name]
        for library in self._libraries:
            if name in library.rows:
                return effects_of(library.rows[name])
        return None

    def __getitem__(self, name: str) -> CEffects:
        found = self.find(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.find(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class Environment:
    """The answers for one Go file: C effects of its package, the C names it sees, and the summaries computed so far.

    `calls` are the names that the function being analysed calls ("F", ".M"). It is told of no other: those it calls are
    analysed before it, so that what it is told does not depend on when others were analysed.
    """

    def __init__(
        self,
        package: Package,
        scope: CScope,
        bodies: Mapping[str, CEffects],
        tables: TableEffects,
        summaries: Summaries,
        methods: Mapping[str, Sequence[str]],
        finalized: Mapping[str, tuple[str, ...]] = {},
    ) -> None:
        self.calls: Sequence[str] = ()
        self._package, self._scope = package, scope
        self._bodies, self._tables, self._summaries, self._methods = bodies, tables, summaries, methods
        self._finalized = finalized
        self._guessed: dict[tuple[str, int], CEffects] = {}
        self._types: dict[str, bool] = {}
        self._resolved: dict[str, CName | None] = {}

    def c_effects(self, name: str, count: int) -> CEffects:
        """See FactSource: the project's rows, then bodies and attributes, then the tables, then the name."""
        if name in BUILTIN:
            return BUILTIN[name]
        found = self._tables.of_project(name) or self._bodies.get(name) or self._tables.find(name)
        if found is not None:
            return found
        key = (name, count)
        if key not in self._guessed:
            self._guessed[key] = effects_from_name(self._declared(name), name, count)
        return self._guessed[key]

    def convention(self, name: str) -> Convention | None:
        """See FactSource."""
        return conventions_of(self._package, self._tables.project).of(name)

    def library_failure(self, name: str) -> LibraryFailure | None:
        """See FactSource."""
        known = self._scope.resolve(name)
        declared = known.declarations if known is not None else ()
        if any(isinstance(one, CFunction) and (one.is_definition or one.static) for one in declared):
            return None
        return library_failure(name, self._scope.headers)

    def touches_errno(self, name: str) -> bool | None:
        """See FactSource."""
        return conventions_of(self._package, self._tables.project).touches_errno(name)

    def _declared(self, name: str) -> CFunction | None:
        resolved = self._scope.resolve(name)
        for declaration in resolved.declarations if resolved is not None else ():
            if isinstance(declaration, CFunction):
                return declaration
        return None

    def is_c_type(self, name: str) -> bool:
        """See FactSource. A name nobody declares counts as a type when it looks like one of GLib's or C's."""
        if name not in self._types:
            resolved, pseudo = self._scope.resolve(name), kind_of(name)
            if resolved is not None and resolved.kind != "pseudo":
                self._types[name] = resolved.kind == "type"
            else:
                self._types[name] = pseudo in ("type", "prefix") or name.endswith("_t") or name in _COMMON_TYPES
        return self._types[name]

    def go_summary(self, name: str) -> Summary | None:
        """See FactSource."""
        return self._summary(name) if name in self.calls else None

    def _summary(self, name: str) -> Summary | None:
        found = self._summaries.get(name, ())
        return found[0] if found and all(summary == found[0] for summary in found) else None

    def method_summary(self, name: str, receiver_type: str) -> Summary | None:
        """See FactSource: a method of the named type itself; of an interface, when all methods of that name agree."""
        base = receiver_type.lstrip("*").split("[")[0]
        if not base or name not in self.calls:
            return None
        declared = self._package.type(base)
        if declared is None or declared.kind != "interface":
            return self._summary(base + name)
        found = [summary for method in self._methods.get(name, ()) for summary in self._summaries.get(method, ())]
        if not found or any(
            summary is None or summary.parameters != found[0].parameters for summary in found if found[0]
        ):
            return None
        return replace(found[0], results=frozenset(), never_returns=False) if found[0] is not None else None

    def is_go_type(self, name: str) -> bool:
        """See FactSource."""
        return self._package.type(name) is not None

    def go_type(self, name: str) -> GoType | None:
        """See FactSource."""
        found = self._package.type(name)
        if found is None:
            return None
        fields = tuple([replace(each, span=_NOWHERE) for each in found.fields])
        return replace(found, name_span=_NOWHERE, fields=fields)

    def go_signature(self, name: str) -> Signature | None:
        """See FactSource."""
        found = {_signature(declared) for _, declared in self._package.functions(name)}
        return found.pop() if len(found) == 1 else None

    def finalizers_of(self, type_name: str) -> tuple[str, ...]:
        """See FactSource."""
        return tuple(name for name in self._finalized.get(type_name, ()) if not name.startswith("."))

    def finalized_fields(self, type_name: str) -> tuple[str, ...]:
        """See FactSource."""
        return tuple(name[1:] for name in self._finalized.get(type_name, ()) if name.startswith("."))

    def pointer_results(self, name: str) -> tuple[str, ...]:
        """See FactSource."""
        return self._finalized.get(f"{name}() gives", ())

    def go_version(self) -> tuple[int, int] | None:
        """See FactSource."""
        return self._package.go_version

    def resolve_c(self, name: str) -> CName | None:
        """See FactSource. The declarations have no places: those change with every line above them, and what a function does
        with C memory does not."""
        if name not in self._resolved:
            found = self._scope.resolve(name)
            if found is not None and found.declarations:
                found = replace(found, declarations=tuple([_without_place(each) for each in found.declarations]))
            self._resolved[name] = found
        return self._resolved[name]

    def c_complete(self) -> bool:
        """See FactSource."""
        return self._scope.complete

    def includes(self, header: str) -> bool:
        """See FactSource."""
        return self._scope.includes(header)


def _signature(declared: GoDeclaration) -> Signature | None:
    function = declared.facts.function
    if function is None:
        return None
    parameters = tuple([each.type for each in function.parameters])
    pointer = function.receiver is not None and function.receiver.pointer
    return Signature(parameters, tuple([each.type for each in function.results]), pointer, function.generic)


def _without_place(declared: CDeclaration) -> CDeclaration:
    place = CPlace(declared.place.path, _NOWHERE, _NOWHERE)
    return (
        replace(declared, place=place, storage=())
        if isinstance(declared, CFunction)
        else replace(declared, place=place)
    )


_TYPE_NAMES = (
    "gpointer gconstpointer gchar guchar gint guint gboolean gsize gssize glong gulong gint64 guint64 gint32 guint32 gdouble gfloat"
    " GLvoid GLuint GLint GLenum GLsizei GLfloat GLchar HANDLE LPVOID LPCSTR LPSTR DWORD WORD BYTE BOOL"
)
_COMMON_TYPES = frozenset(_TYPE_NAMES.split())
