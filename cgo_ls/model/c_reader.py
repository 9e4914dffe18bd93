"""C text to a `CUnit`: whole .c/.h files, and preambles with all that is not C masked by blanks."""

from __future__ import annotations

import bisect
import hashlib
import re
from collections.abc import Sequence

from cgo_ls.model.c_body import CBody
from cgo_ls.model.c_body_builder import build_body
from cgo_ls.model.c_declarators import (
    ATTRIBUTE,
    ATTRIBUTE_TEXT,
    attributes_of,
    comment_text,
    declarator_type,
    macro_body,
    parameters_of,
    prototype_of,
)
from cgo_ls.model.cdecl import (
    CEnumConstant,
    CFunction,
    CInclude,
    CMacro,
    CParameter,
    CPlace,
    CTypeName,
    CUnit,
    CVariable,
    TypeKind,
)
from cgo_ls.model.constraints import file_constraint
from cgo_ls.model.preamble import Preamble, lay_out
from cgo_ls.syntax.c_nodes import (
    Declarator,
    Node,
    around_name,
    base_type,
    name_of,
    one_line,
    specifiers,
    type_text,
    unwrap,
)
from cgo_ls.syntax.c_parser import ParsedC, ParsedChunk, parse_c
from cgo_ls.syntax.c_split import CConditional, CDirectiveLine
from cgo_ls.text.span import Span

# Larger files are amalgamations: reading one takes seconds, and what they define is known by name from their header.
SIZE_LIMIT = 2 << 20
_HEADER_SUFFIXES = (".h", ".hh", ".hpp", ".hxx", ".inc")
CPLUSPLUS_SUFFIXES = (".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".mm")
_INCLUDE = re.compile(rb"#\s*(?:include|import)\s*(?:<([^>\n]*)>|\"([^\"\n]*)\")")
_DEFINE = re.compile(rb"#\s*define\s+([A-Za-z_]\w*)(\(([^()]*)\))?")
_COMMENT_OR_STRING = re.compile(rb"//[^\n]*|/\*.*?(?:\*/|\Z)|(\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')", re.DOTALL)
_WEAK = re.compile(rb"\b(?:weak|__weak__)\b")
# Bytes; a longer declaration holds very many names, and what is asked of its text would be asked for each.
_LONG_DECLARATION = 1 << 14
_WORDS = re.compile(rb"[A-Za-z_]\w*")
_SPECIFIERS = frozenset(
    [b"static", b"inline", b"__inline", b"__inline__", b"__forceinline", b"extern", b"register", b"__extension__"]
)
_SPLICE = re.compile(rb"\\[ \t\r]*\n")
_LAST_RESORT = re.compile(rb"([A-Za-z_]\w*)\s*\([^(){};]*\)\s*[;{]")
_NOT_FUNCTIONS = frozenset(
    ["if", "for", "while", "switch", "return", "sizeof", "defined", "__attribute__", "else", "do"]
)
_MACRO_BODIES = 400


def read_c_unit(path: str, data: bytes, *, regions: Sequence[Span] | None = None) -> CUnit:
    """Everything `data` declares. With `regions` only those bytes are C and the rest is skipped, positions unchanged.
    Any bytes are accepted; a file over `SIZE_LIMIT` gives an empty unit with `has_error`."""
    digest = hashlib.blake2b(data, digest_size=16).digest()
    if len(data) > SIZE_LIMIT:
        return CUnit(path, digest, has_error=True)
    text = data if regions is None else mask(data, regions)
    reader = _Reader(
        path, text, parse_c(text, cplusplus=path.endswith(CPLUSPLUS_SUFFIXES), objective_c=path.endswith(".m"))
    )
    return reader.unit(digest, in_preamble=regions is not None)


def read_preamble_unit(path: str, preamble: Preamble) -> CUnit:
    """What the preamble of the Go file `path` declares; spans are relative to `preamble.span.start`. Depends on
    nothing but `path` and `preamble.digest`."""
    text = lay_out(preamble)
    if len(text) > SIZE_LIMIT:
        return CUnit(path, preamble.digest, has_error=True, in_preamble=True)
    return _Reader(path, text, parse_c(text)).unit(preamble.digest, in_preamble=True)


def mask(data: bytes, regions: Sequence[Span]) -> bytes:
    """`data` with every byte outside `regions` blank; newlines stay where they are, also outside."""
    out = bytearray(re.sub(rb"[^\n]", b" ", data))
    for region in regions:
        out[region.start : region.end] = data[region.start : region.end]
    return bytes(out)


class _Reader:
    """Collects the values of one text."""

    def __init__(self, path: str, text: bytes, parsed: ParsedC) -> None:
        self.path = path
        self.text = text
        self.parsed = parsed
        self.functions: list[CFunction] = []
        self.variables: list[CVariable] = []
        self.types: list[CTypeName] = []
        self.constants: list[CEnumConstant] = []
        self.macros: list[CMacro] = []
        self.includes: list[CInclude] = []
        self.bodies: list[CBody] = []
        self.has_error = bool(parsed.skipped) or not parsed.split.balanced
        self.lines = _newlines(text)
        self.comment_ends = [comment.end for comment in parsed.split.comments]
        self.base = 0
        self.chunk: ParsedChunk | None = None
        self.groups = parsed.split.conditionals

    def unit(self, digest: bytes, *, in_preamble: bool) -> CUnit:
        for line in self.parsed.split.directives:
            self.directive(line)
        for chunk in self.parsed.chunks:
            self.read_chunk(chunk)
        return CUnit(
            self.path,
            digest,
            tuple(self.functions),
            tuple(self.variables),
            tuple(self.types),
            tuple(self.constants),
            tuple(self.macros),
            tuple(self.includes),
            tuple(self.bodies),
            self.has_error,
            in_preamble,
            self.conditionals(),
            None if in_preamble else file_constraint(self.path, self.text),
            b"" if in_preamble else self.text,
        )

    def conditionals(self) -> tuple[Span, ...]:
        """All `#if` groups; in a header without the one around everything, its include guard."""
        chunks = self.parsed.chunks
        if not self.path.endswith(_HEADER_SUFFIXES) or not chunks:
            return tuple(group.span for group in self.groups)
        whole = Span(chunks[0].base, chunks[-1].base)
        return tuple(group.span for group in self.groups if not group.span.covers(whole))

    def directive(self, line: CDirectiveLine) -> None:
        if line.keyword in ("include", "import"):
            match = _INCLUDE.match(line.text)
            if match:
                group = 1 if match.group(1) is not None else 2
                name = match.group(group).decode("utf-8", "replace").strip()
                span = Span(*match.span(group)).shift(line.span.start)
                self.includes.append(CInclude(name, group == 1, CPlace(self.path, line.span, span)))
        elif line.keyword == "define":
            match = _DEFINE.match(line.text)
            if match:
                self.macro(line, match)

    def macro(self, line: CDirectiveLine, match: re.Match[bytes]) -> None:
        name = match.group(1).decode("ascii")
        parameters = None
        if match.group(2) is not None:
            names = match.group(3).decode("utf-8", "replace").split(",")
            parameters = tuple(text.strip(" \t\r\n\\") for text in names if text.strip(" \t\r\n\\"))
        raw = _SPLICE.sub(b" ", line.text[match.end() :])
        raw = _COMMENT_OR_STRING.sub(lambda found: found.group(1) or b" ", raw)
        value = raw.decode("utf-8", "replace").strip()
        span = Span(*match.span(1)).shift(line.span.start)
        self.macros.append(CMacro(name, parameters, " ".join(value.split()), CPlace(self.path, line.span, span)))
        if parameters is not None and ("(" in value or "=" in value) and len(self.bodies) < _MACRO_BODIES:
            body = macro_body(name, parameters, value, self.line_at(line.span.start))
            if body is not None:
                self.bodies.append(body)

    def line_at(self, offset: int) -> int:
        """1-based."""
        return bisect.bisect_left(self.lines, offset) + 1

    def read_chunk(self, chunk: ParsedChunk) -> None:
        self.base = chunk.base
        self.chunk = chunk
        top = chunk.root.named_children
        if chunk.has_error and not (len(top) == 1 and top[0].type == "function_definition"):
            self.has_error = True
        known = len(self.functions)
        for node in top:
            handler = _TOP.get(node.type)
            if handler is not None:
                handler(self, node)
            elif node.type not in ("expression_statement", "comment", "compound_statement"):
                self.has_error = True
        if chunk.has_error and len(self.functions) == known:
            self.last_resort(chunk)

    def last_resort(self, chunk: ParsedChunk) -> None:
        """A chunk the grammar does not understand: keep at least the name, so that nobody calls it undeclared."""
        match = _LAST_RESORT.search(chunk.text)
        if match is None or match.group(1).decode("ascii") in _NOT_FUNCTIONS:
            return
        name = Span(*match.span(1)).shift(self.base)
        place = CPlace(self.path, chunk.chunk.span, name)
        text = match.group(1).decode("ascii")
        static = chunk.text.lstrip().startswith(b"static")
        defined = chunk.chunk.body is not None
        self.functions.append(
            CFunction(text, "", (), False, static, False, defined, (), place, "", one_line(match.group()[:-1]), False)
        )

    # --- one method a kind of top-level node ---

    def function_definition(self, node: Node) -> None:
        declarator = node.child_by_field_name("declarator")
        function = self.function(node, declarator, is_definition=True)
        body = node.child_by_field_name("body")
        if function is None or body is None:
            return
        groups = [
            CConditional(
                group.span.shift(-self.base),
                tuple(branch.shift(-self.base) for branch in group.branches),
                group.exhaustive,
            )
            for group in self.groups
            if self.base + body.start_byte < group.span.start and group.span.end < self.base + body.end_byte
        ]
        names = tuple(parameter.name for parameter in function.parameters)
        line = self.line_at(self.base)
        self.bodies.append(build_body(function.name, names, body, line=line, origin=node.start_byte, groups=groups))

    def declaration(self, node: Node) -> None:
        self.tagged(node.child_by_field_name("type"), node)
        for declarator in node.children_by_field_name("declarator"):
            inner = declarator.child_by_field_name("declarator") if declarator.type == "init_declarator" else declarator
            view = unwrap(inner)
            if view.name is None or not name_of(view.name):
                continue
            if view.function is not None:
                self.function(node, inner, is_definition=False)
            else:
                self.variable(node, inner, view, initialised=declarator.type == "init_declarator")

    def type_definition(self, node: Node) -> None:
        kind = node.child_by_field_name("type")
        self.tagged(kind, node)
        for declarator in node.children_by_field_name("declarator"):
            view = unwrap(declarator)
            if view.name is not None:
                fields = self.fields(kind) if kind is not None else ()
                self.add_type("typedef", node, view.name, fields)

    def bare_type(self, node: Node) -> None:
        self.tagged(node, node)

    def nested(self, node: Node) -> None:
        """`extern "C"` and `namespace` bodies that the splitter left in."""
        body = node.child_by_field_name("body")
        for child in body.named_children if body is not None else ():
            handler = _TOP.get(child.type)
            if handler is not None and child.type != "linkage_specification":
                handler(self, child)

    # --- parts ---

    def place(self, node: Node, name: Node) -> CPlace:
        span = Span(node.start_byte + self.base, min(node.end_byte + self.base, len(self.text)))
        return CPlace(self.path, span, Span(name.start_byte + self.base, name.end_byte + self.base))

    def function(self, node: Node, declarator: Node | None, *, is_definition: bool) -> CFunction | None:
        view = unwrap(declarator)
        if declarator is None or view.name is None or view.function is None or self.chunk is None:
            return None
        if view.steps.endswith("(("):
            self.has_error = True  # `int EXPORT(f)(void)`: no function returns a function, so a macro makes the name
            return None
        nodes = specifiers(node)
        storage = {name_of(child) for child in nodes if child.type == "storage_class_specifier"}
        parameters, variadic, has_prototype = parameters_of(view.function.child_by_field_name("parameters"))
        attributes = attributes_of(node) if ATTRIBUTE_TEXT.search(self.chunk.text) else ()
        place = self.place(node, view.name)
        result = type_text(base_type(nodes).encode() + b" " + around_name(declarator, view))
        function = CFunction(
            name_of(view.name),
            result,
            parameters,
            variadic,
            "static" in storage,
            bool(storage & {"inline", "__inline", "__inline__", "__forceinline"}),
            is_definition,
            attributes,
            place,
            self.comment(place.span),
            prototype_of(nodes, declarator),
            has_prototype,
            self.chunk.chunk.c_linkage,
            tuple(self.storage(child) for child in nodes if child.type == "storage_class_specifier"),
            self.erased(place),
        )
        self.functions.append(function)
        return function

    def storage(self, node: Node) -> Span:
        """The word and the blanks behind it."""
        start, end = node.start_byte + self.base, node.end_byte + self.base
        while self.text[end : end + 1].isspace():
            end += 1
        return Span(start, end)

    def variable(self, node: Node, declarator: Node | None, view: Declarator, *, initialised: bool) -> None:
        if view.name is None:
            return
        nodes = specifiers(node)
        storage = {name_of(child) for child in nodes if child.type == "storage_class_specifier"}
        base = base_type(nodes)
        place = self.place(node, view.name)
        around = around_name(declarator, view)
        const = b"const" in around if "*" in view.steps else bool(re.search(r"\bconst\b", base))
        self.variables.append(
            CVariable(
                name_of(view.name),
                type_text(base.encode() + b" " + around),
                "static" in storage,
                "extern" in storage,
                const,
                initialised or "extern" not in storage,
                place,
                self.comment(place.span),
                self.variable_attributes(node, place),
                self.erased(place),
            )
        )

    def erased(self, place: CPlace) -> tuple[str, ...]:
        """Words between the start of the chunk and the name that the parser was not shown."""
        assert self.chunk is not None
        start, end = self.chunk.chunk.span.start, place.name_span.start
        if end - start > _LONG_DECLARATION:
            return ()
        raw = self.parsed.split.clean[start:end]
        shown = self.chunk.text[max(start - self.base, 0) : max(end - self.base, 0)]
        if raw == shown:
            return ()
        known = set(_WORDS.findall(shown)) | _SPECIFIERS
        words = _WORDS.findall(ATTRIBUTE.sub(b" ", raw)[-2000:])
        return tuple(word.decode("ascii") for word in words if word not in known)

    def variable_attributes(self, node: Node, place: CPlace) -> tuple[str, ...]:
        """Attributes behind a variable's name are taken out before the grammar reads it; of them, the one that the linker heeds."""
        if place.span.end - place.span.start > _LONG_DECLARATION:
            return ()
        text = self.text[place.span.start : place.span.end]
        if not ATTRIBUTE_TEXT.search(text):
            return ()
        return attributes_of(node) or (("weak",) if _WEAK.search(text) else ())

    def tagged(self, node: Node | None, whole: Node) -> None:
        """A struct, union or enum with a body or a name, wherever it stands."""
        kind = _KINDS.get(node.type) if node is not None else None
        if node is None or kind is None:
            return
        body = node.child_by_field_name("body")
        if kind == "enum" and body is not None:
            for child in body.named_children:
                name = child.child_by_field_name("name")
                if child.type == "enumerator" and name is not None:
                    value = child.child_by_field_name("value")
                    text = one_line(name_of(value)) if value is not None else ""
                    self.constants.append(CEnumConstant(name_of(name), text, self.place(child, name)))
        name = node.child_by_field_name("name")
        if name is not None and (body is not None or whole is node):
            self.add_type(kind, whole, name, self.fields(node))
        if body is not None and kind != "enum":
            for child in body.named_children[:500]:
                inner = child.child_by_field_name("type")
                if inner is not None and inner.type in _KINDS and inner.child_by_field_name("body") is not None:
                    self.inner_tag(inner, 0)

    def inner_tag(self, node: Node, depth: int) -> None:
        """Tags and enumerators declared inside a struct are visible outside of it in C."""
        if depth < 8:
            self.tagged(node, node)

    def fields(self, node: Node) -> tuple[CParameter, ...]:
        body = node.child_by_field_name("body") if node.type in _KINDS else None
        if body is None or node.type == "enum_specifier":
            return ()
        fields: list[CParameter] = []
        for child in body.named_children:
            if child.type != "field_declaration":
                continue
            base = base_type(specifiers(child)).encode()
            for declarator in child.children_by_field_name("declarator"):
                view = unwrap(declarator)
                if view.name is not None:
                    kind = type_text(base + b" " + declarator_type(declarator, view))
                    fields.append(CParameter(name_of(view.name), kind))
        return tuple(fields)

    def add_type(self, kind: TypeKind, node: Node, name: Node, fields: tuple[CParameter, ...]) -> None:
        place = self.place(node, name)
        text = one_line(node.text or b"").rstrip("; ")
        if len(text) > 400:
            text = text[:397] + "..."
        self.types.append(CTypeName(kind, name_of(name), text, fields, place, self.comment(place.span)))

    def comment(self, span: Span) -> str:
        """The comment directly above the declaration, or else the one behind it on its last line."""
        comments = self.parsed.split.comments
        last = bisect.bisect_right(self.comment_ends, span.start) - 1
        first = last + 1
        start = span.start
        while first > 0:
            gap = self.text[comments[first - 1].end : start]
            if gap.strip() or gap.count(b"\n") > 1 or self.is_trailing(comments[first - 1]):
                break
            first -= 1
            start = comments[first].start
        if first <= last:
            return comment_text([self.text[c.start : c.end] for c in comments[first : last + 1]])
        behind = last + 1
        while behind < len(comments) and comments[behind].start < span.end:
            behind += 1
        if behind < len(comments) and not self.text[span.end : comments[behind].start].strip(b" \t;,"):
            return comment_text([self.text[comments[behind].start : comments[behind].end]])
        return ""

    def is_trailing(self, comment: Span) -> bool:
        """Whether code stands before the comment on its line: then it belongs to that code."""
        line = self.text.rfind(b"\n", 0, comment.start) + 1
        return bool(self.parsed.split.clean[line : comment.start].strip())


def _newlines(text: bytes) -> list[int]:
    return [match.start() for match in re.finditer(rb"\n", text)]


_KINDS: dict[str, TypeKind] = {"struct_specifier": "struct", "union_specifier": "union", "enum_specifier": "enum"}
_TOP = {
    "function_definition": _Reader.function_definition,
    "declaration": _Reader.declaration,
    "type_definition": _Reader.type_definition,
    "struct_specifier": _Reader.bare_type,
    "union_specifier": _Reader.bare_type,
    "enum_specifier": _Reader.bare_type,
    "linkage_specification": _Reader.nested,
}
