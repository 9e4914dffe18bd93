"""C function definitions as places in files: what text they stand in, which statement holds a span, who asks for their errno."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from cgo_ls.analysis.conventions import Conventions, Definition
from cgo_ls.analysis.errno_paths import ErrnoPaths, Exit
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.model.preamble import lay_out
from cgo_ls.rules.finding import Step
from cgo_ls.syntax.c_nodes import Node
from cgo_ls.syntax.c_parser import parse_c
from cgo_ls.text.span import Span

_BARE = frozenset(["if_statement", "while_statement", "for_statement", "do_statement", "switch_statement"])
_LABELS = frozenset(["labeled_statement", "case_statement"])
_CLIMB = 100


@dataclass(frozen=True, slots=True)
class CSite:
    """A definition with its paths; spans of its body count from `base`, an offset in the file `path`. `raw` is that file."""

    definition: Definition
    paths: ErrnoPaths
    path: str
    raw: bytes
    go_file: GoFile | None

    @property
    def name(self) -> str:
        return self.definition.function.name

    @property
    def base(self) -> int:
        return self.definition.function.place.span.start

    def in_file(self, span: Span) -> Span:
        """A span of the body as file offsets."""
        return span.shift(self.base)

    def called(self, call: int) -> str:
        """The function that call number `call` calls."""
        return self.paths.calls[call].function

    def tree(self) -> Node | None:
        """The definition as a tree, in the offsets of the body's spans; None where it is not understood."""
        text = self._text()
        parsed = parse_c(text)
        for chunk in parsed.chunks:
            node = chunk.root.named_children[0] if chunk.root.named_children else None
            if chunk.base == 0 and node is not None and node.type == "function_definition" and not chunk.has_error:
                return node
        return None

    def _text(self) -> bytes:
        """The C of the definition; what is not C (`//` before each line of a preamble) is blank."""
        span = self.definition.function.place.span
        if self.go_file is None:
            return self.raw[span.start : span.end]
        for preamble, base in self.go_file.preambles:
            start = base + preamble.span.start
            if start <= span.start < base + preamble.span.end:
                return lay_out(preamble)[span.start - start : span.end - start]
        return b""


def sites(package: Package, known: Conventions, asked: Container[str] = ()) -> Iterator[CSite]:
    """The function definitions that read errno or are among `asked`, where all their paths could be walked. To walk those of every
    function would be dear: a package may hold a whole library."""
    files = {file.path: file for file in package.files}
    wanted = known.readers
    if asked:
        readers = {id(definition) for definition in wanted}
        wanted = tuple(d for d in known.definitions if d.function.name in asked or id(d) in readers)
    for definition in wanted:
        paths = known.paths(definition.function.name, definition.number)
        if paths is None or not paths.complete:
            continue
        path = definition.unit.path
        file = files.get(path)
        yield CSite(definition, paths, path, file.data if file is not None else definition.unit.text, file)


def statement_of(root: Node, span: Span) -> Node | None:
    """The statement that holds the node at `span` and stands between braces, perhaps behind a label; None where it is the body of an
    `if` without braces."""
    node = root.descendant_for_byte_range(span.start, span.end)
    for _ in range(_CLIMB):
        parent = node.parent if node is not None else None
        if node is None or parent is None or parent.type == "else_clause":
            return None
        if parent.type == "compound_statement" or parent.type in _LABELS:
            return node
        if parent.type in _BARE and parent.child_by_field_name("condition") != node:
            return None
        node = parent
    return None


def is_labeled(statement: Node) -> bool:
    """Whether no declaration may stand before the statement: it is the first behind a label."""
    return statement.parent is not None and statement.parent.type in _LABELS


def block_of(statement: Node) -> Node | None:
    """The braces around a statement."""
    node: Node | None = statement
    for _ in range(_CLIMB):
        node = node.parent if node is not None else None
        if node is None or node.type == "compound_statement":
            return node
    return None


def consumers(package: Package, known: Conventions) -> dict[str, Step]:
    """The C functions of the package whose errno Go asks for by a second result, of them or of what passes it on. With that place."""
    return package.note("errno-consumers", lambda it: _consumers(it, known))


def _consumers(package: Package, known: Conventions) -> dict[str, Step]:
    found: dict[str, Step] = {}
    for file in package.files:
        for declared in file.declarations if not file.c_names.isdisjoint(known.defined) else ():
            if declared.facts.c_names.isdisjoint(known.defined):
                continue
            for reference in declared.facts.c_references:
                if reference.two_value and reference.name not in found:
                    span = reference.span.shift(declared.declaration.start)
                    found[reference.name] = Step(span, f"Go asks for the errno of {reference.name} here", file.path)
    pending = list(found)
    while pending:
        name = pending.pop()
        paths = known.paths(name)
        for inner in _passed_on(paths) if paths is not None and paths.complete else ():
            if inner not in found:
                found[inner] = found[name]
                pending.append(inner)
    return found


def _passed_on(paths: ErrnoPaths) -> set[str]:
    """The functions whose errno is still there when the body returns: the last call that may have set it."""
    return {
        paths.calls[leave.path.errno.call].function
        for leave in paths.exits
        if leave.path.errno.kind == "call" and leave.path.outcome(leave.path.errno.call) != "succeeded"
    }


def reports_failure(leave: Exit, result: str) -> bool:
    """Whether this return gives a result that means failure: -1, NULL, the result of a call that failed, or nothing at all."""
    value = leave.value
    if value is None:
        return result.strip() == "void"
    if value.kind == "call":
        return leave.path.outcome(value.call) == "failed"
    if value.kind == "null":
        return "*" in result
    return value.kind == "const" and value.text in ("-1", "EOF", "MAP_FAILED", "SIG_ERR")
