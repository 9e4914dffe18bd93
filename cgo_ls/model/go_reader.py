"""One Go declaration to its facts: a parse, the signature, and one query for calls and uses of C."""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import attrgetter, itemgetter

from cgo_ls.model.go_facts import (
    NO_FACTS,
    CReference,
    DeclarationFacts,
    Export,
    GoFunction,
    GoImport,
    Receiver,
)
from cgo_ls.model.go_types import GoParameter, GoType, TypeKind, base_name
from cgo_ls.syntax.declarations import Chunk, attach
from cgo_ls.syntax.go_nodes import Node, field, function_node, named, span_of, strip_parentheses, text_of
from cgo_ls.syntax.go_parser import Captures, capture_uses, parse_go
from cgo_ls.text.span import Span

# Beyond this many bytes a declaration is a generated table; parsing it at each keystroke would cost seconds.
# (An import is long by its preamble, which is one token.)
PARSE_LIMIT = 1 << 18

_EXPORT = re.compile(rb"//export [ \t]*(\S+)")
_IMPORT_PARTS = frozenset(("source_file", "import_declaration", "import_spec_list", "ERROR"))
_TYPE_KINDS: dict[str, TypeKind] = {
    "struct_type": "struct",
    "interface_type": "interface",
    "type_identifier": "defined",
    "qualified_type": "defined",
    "generic_type": "defined",
    "pointer_type": "defined",
    "slice_type": "defined",
    "array_type": "defined",
    "map_type": "defined",
}
_ASSIGNMENTS = {
    "short_var_declaration": ("left", "right"),
    "assignment_statement": ("left", "right"),
    "var_spec": ("name", "value"),
}


def read_declaration(text: bytes, chunk: Chunk) -> DeclarationFacts:
    """The facts of a region's bytes. Any text will do; what cannot be read is left out."""
    uses_c = b"C." in text
    if not uses_c and (chunk.kind in ("var", "const") or (chunk.kind == "package" and b"import" not in text)):
        return NO_FACTS
    if len(text) > PARSE_LIMIT and chunk.kind != "import":
        return DeclarationFacts(has_error=True)
    root = parse_go(text)
    function = function_node(root)
    imports, grouped = _imports(root, text, chunk) if chunk.kind != "func" else ((), False)
    references, calls = _read_uses(root, text, uses_c) if uses_c or function is not None else ((), ())
    return DeclarationFacts(
        function=_function(function, text) if function is not None else None,
        imports=imports,
        grouped=grouped,
        c_references=references,
        c_names=frozenset([reference.name for reference in references]),
        c_values=frozenset([reference.name for reference in references if not reference.call]),
        calls=calls if function is not None else (),
        exports=_exports(text, chunk) if chunk.kind == "func" else (),
        types=_types(root),
        has_error=root.has_error,
    )


def _function(node: Node, text: bytes) -> GoFunction | None:
    name, parameters = field(node, "name"), field(node, "parameters")
    if name is None or parameters is None or name.is_missing:
        return None
    body, result = field(node, "body"), field(node, "result")
    if result is None:
        results = ()
    elif result.type == "parameter_list":
        results = _parameters(result)
    else:
        results = (GoParameter("", text_of(result), span_of(result)),)
    return GoFunction(
        name=text_of(name),
        receiver=_receiver(field(node, "receiver")),
        parameters=_parameters(parameters),
        results=results,
        name_span=span_of(name),
        body=span_of(body) if body is not None else None,
        # By the text: the parser may have been shown a method without its type parameters.
        generic=b"[" in text[name.end_byte : parameters.start_byte],
    )


def _receiver(node: Node | None) -> Receiver | None:
    parameters = _parameters(node) if node is not None else ()
    if not parameters:
        return None
    first = parameters[0]
    bare = first.type.strip("() \t\n")
    return Receiver(first.name, base_name(bare) or bare.lstrip("*"), bare.startswith("*"))


def _parameters(node: Node) -> tuple[GoParameter, ...]:
    found: list[GoParameter] = []
    for declaration in named(node):
        kind = field(declaration, "type")
        if kind is None:
            continue
        type_text = text_of(kind)
        if declaration.type == "variadic_parameter_declaration":
            type_text = "..." + type_text
        names = declaration.children_by_field_name("name")
        found += [GoParameter(text_of(name), type_text, span_of(name)) for name in names if name.type != ","]
        if not names:
            found.append(GoParameter("", type_text, span_of(kind)))
    return tuple(found)


def _exports(text: bytes, chunk: Chunk) -> tuple[Export, ...]:
    found = []
    for span in chunk.doc:
        if match := _EXPORT.match(text, span.start, span.end):
            found.append(Export(match[1].decode("utf-8", "replace"), span, Span(*match.span(1))))
    return tuple(found)


def _imports(root: Node, text: bytes, chunk: Chunk) -> tuple[tuple[GoImport, ...], bool]:
    """All import specs, broken declarations included; whether a parenthesis opens a group."""
    found: list[GoImport] = []
    grouped = False
    declaration: list[tuple[Node, tuple[Span, ...]]] = []
    doc: tuple[Span, ...] = ()
    code_end, comments = -1, []
    for node in _import_parts(root):
        if node.type == "comment":
            comments.append((node.start_byte, node.end_byte))
            continue
        if node.type == "import":
            found += _specs(declaration, doc)
            declaration, doc = [], chunk.doc if node.start_byte == chunk.keyword else ()
        elif node.type == "import_spec":
            _, lead = attach(text, comments, code_end, node.start_byte) if comments else (0, 0)
            declaration.append((node, tuple([Span(*comment) for comment in comments[lead:]])))
        elif node.type == "(":
            grouped = True
        if node.type != "\n":
            code_end, comments = node.end_byte, []
    return (*found, *_specs(declaration, doc)), grouped


def _import_parts(root: Node) -> Iterator[Node]:
    """Specs, comments and tokens, in order, from whatever the parser made of the import."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type in _IMPORT_PARTS and node.child_count:
            stack.extend(reversed(node.children))
        else:
            yield node


def _specs(specs: list[tuple[Node, tuple[Span, ...]]], doc: tuple[Span, ...]) -> list[GoImport]:
    """The imports of one declaration, with the doc cgo takes (cmd/cgo: the spec's, else that of a declaration of one)."""
    made = []
    for node, own in specs:
        path, name = field(node, "path"), field(node, "name")
        if path is not None:
            alias = text_of(name) if name is not None else None
            value = text_of(path).strip('"`')
            attached = own or (doc if len(specs) == 1 else ())
            made.append(GoImport(alias, value, span_of(node), span_of(path), attached))
    return made


def _types(root: Node) -> tuple[GoType, ...]:
    found = []
    for declaration in root.named_children:
        if declaration.type == "type_declaration":
            found += [_type(spec) for spec in declaration.named_children if spec.type in ("type_spec", "type_alias")]
    return tuple([made for made in found if made is not None])


def _type(spec: Node) -> GoType | None:
    name, behind = field(spec, "name"), field(spec, "type")
    if name is None or behind is None:
        return None
    kind = _TYPE_KINDS.get(behind.type, "other")
    fields = _fields(behind) if kind == "struct" else ()
    underlying = kind if kind in ("struct", "interface") else text_of(behind)
    if spec.type == "type_alias" and kind not in ("struct", "interface"):
        kind = "alias"
    return GoType(text_of(name), kind, fields, underlying, span_of(name), field(spec, "type_parameters") is not None)


def _fields(struct: Node) -> tuple[GoParameter, ...]:
    found: list[GoParameter] = []
    for block in named(struct):
        for declaration in named(block):
            kind = field(declaration, "type")
            if kind is None:
                continue
            names = declaration.children_by_field_name("name")
            found += [GoParameter(text_of(name), text_of(kind), span_of(name)) for name in names if name.type != ","]
            if not names:
                found.append(_embedded(declaration, kind))
    return tuple(found)


def _embedded(declaration: Node, kind: Node) -> GoParameter:
    tag = field(declaration, "tag")
    end = kind.end_byte if tag is None or kind.end_byte <= tag.start_byte else tag.start_byte
    pointer = declaration.children[0].type == "*"
    type_text = ("*" if pointer else "") + text_of(kind)
    name = (base_name(type_text) or "").rpartition(".")[2]
    return GoParameter(name, type_text, Span(declaration.start_byte, end), embedded=True)


def _read_uses(root: Node, text: bytes, uses_c: bool) -> tuple[tuple[CReference, ...], tuple[str, ...]]:
    """Uses of C, and the names of what is called, each in source order."""
    captures = capture_uses(root)
    callees = [strip_parentheses(callee) for callee in captures.get("callee", ())]
    calls = [(callee.start_byte, -callee.end_byte, _called_name(callee)) for callee in callees]
    # `f[int](x)` reads like a conversion to a generic type.
    calls += [(node.start_byte, -node.end_byte, text_of(node)) for node in captures.get("generic", ())]
    names = dict.fromkeys([name for _, _, name in sorted(calls, key=itemgetter(0, 1)) if name is not None])
    return _references(captures, callees, text) if uses_c else (), tuple(names)


def _references(captures: Captures, callees: list[Node], text: bytes) -> tuple[CReference, ...]:
    called = {(node.start_byte, node.end_byte) for node in callees}
    pairs = [_two_value_callee(node, _ASSIGNMENTS[node.type]) for node in captures.get("assignment", ())]
    two_values = {(node.start_byte, node.end_byte) for node in pairs if node is not None}
    bodies = sorted([(node.start_byte, node.end_byte) for node in captures.get("block", ())], reverse=True)
    found, body_end = [], -1
    for node in sorted(captures.get("selector", ()), key=attrgetter("start_byte")):
        place = (node.start_byte, node.end_byte)
        while bodies and bodies[-1][0] <= place[0]:
            body_end = max(body_end, bodies.pop()[1])
        reference = _reference(node, text, place in called, place in two_values, place[0] < body_end)
        if reference is not None:
            found.append(reference)
    return tuple(found)


def _called_name(callee: Node) -> str | None:
    if callee.type == "index_expression":
        # A generic function, or an element of a slice of functions: the text alone does not tell.
        callee = field(callee, "operand") or callee
    if callee.type == "identifier":
        return text_of(callee)
    if callee.type != "selector_expression":
        return None
    operand, name = field(callee, "operand"), field(callee, "field")
    if operand is None or name is None or (operand.type == "identifier" and text_of(operand) == "C"):
        return None
    return "." + text_of(name)


def _two_value_callee(node: Node, sides: tuple[str, str]) -> Node | None:
    """What is called in `a, b := f()`, `a, b = f()`, `var a, b = f()`."""
    left, right = sides
    targets = [child for child in node.children_by_field_name(left) if child.type != ","]
    if len(targets) == 1 and targets[0].type == "expression_list":
        targets = named(targets[0])
    value = field(node, right)
    values = named(value) if value is not None else []
    if len(targets) != 2 or len(values) != 1:
        return None
    call = strip_parentheses(values[0])
    return strip_parentheses(call.child(0) or call) if call.type == "call_expression" else None


def _reference(node: Node, text: bytes, call: bool, two_value: bool, in_function: bool) -> CReference | None:
    package, name = node.child(0), node.child(node.child_count - 1)
    if package is None or name is None or text[package.start_byte : package.end_byte] != b"C":
        return None
    if name.start_byte == name.end_byte or name.type not in ("field_identifier", "type_identifier"):
        return None
    if b"\n" in text[package.end_byte : name.start_byte]:
        return None  # `C.` is being typed, and this is the first word of the next line
    return CReference(text_of(name), span_of(node), span_of(name), call, two_value, in_function)
