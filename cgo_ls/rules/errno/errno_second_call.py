"""errno-second-call: errno read by a C call of its own; see errno_second_call.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.analysis.c_effects import effects_of_units
from cgo_ls.model.c_body import CBody, CReturn
from cgo_ls.model.cdecl import CFunction, CUnit
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import Package
from cgo_ls.rules.errno.parts.locked_threads import first_lock, locked_functions
from cgo_ls.rules.errno.parts.preceding_call import called_c_name
from cgo_ls.rules.errno.parts.two_value_fix import Plan, Read, parse_declaration, plan
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import FileContext, PackageContext, rule
from cgo_ls.syntax.go_nodes import Node, field, text_of, walk

# What the macro errno calls: glibc, musl and Android; macOS and FreeBSD; NetBSD and OpenBSD; Solaris; Windows.
_LOCATIONS = frozenset(["__errno_location", "__error", "__errno", "___errno", "_errno"])


@rule("errno-second-call", family="errno", severity="warning", scope="package", since="0.1", fixable=True)
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    called = _called_names(package)
    helpers = _helpers(package, called)
    names = frozenset(_LOCATIONS | helpers.keys())
    if not called & names:
        return
    locked = locked_functions(package)
    for file in package.files:
        scope = FileContext(file, package.scope(file), package)
        for planned in plan(scope, list(_reads(scope, names, locked)), names, on_result="unsafe"):
            yield _finding(file, planned, helpers)


def _called_names(package: Package) -> set[str]:
    """The C names that Go code calls, of all files."""
    declarations = (declared for file in package.files if file.imports_c for declared in file.declarations)
    return {reference.name for declared in declarations for reference in declared.facts.c_references if reference.call}


def _helpers(package: Package, called: set[str]) -> dict[str, CFunction]:
    """The package's own C functions that do nothing but report errno, by name, with their definition."""
    units = [*package.c_units, *(file.c_unit for file in package.files if file.c_unit is not None)]
    bodies = (body for unit in units for body in unit.bodies if body.function in called)
    candidates = {body.function for body in bodies if any(map(_returns_errno, _returns(body)))}
    if not candidates:
        return {}
    effects = effects_of_units(units, {}, candidates)
    return {
        name: definition
        for name in candidates
        if name in effects and effects[name].returns_errno and (definition := _definition(units, name)) is not None
    }


def _returns(body: CBody) -> Iterator[CReturn]:
    return (event for block in body.blocks for event in block.events if isinstance(event, CReturn))


def _returns_errno(returned: CReturn) -> bool:
    return returned.value is not None and returned.value.kind == "errno"


def _definition(units: list[CUnit], name: str) -> CFunction | None:
    found = (
        function for unit in units for function in unit.functions if function.name == name and function.is_definition
    )
    return next(found, None)


def _reads(scope: FileContext, names: frozenset[str], locked: frozenset[str]) -> Iterator[Read]:
    """The calls of `names`, save those that run with their thread locked."""
    for declaration in scope.file.declarations:
        function = declaration.facts.function
        if function is not None and function.qualified in locked:
            continue
        if not any(reference.call and reference.name in names for reference in declaration.facts.c_references):
            continue
        root = parse_declaration(scope, declaration)
        lock = first_lock(root)
        for node in walk(root):
            if called_c_name(node) in names and (lock is None or node.start_byte < lock):
                yield Read(declaration, root, _dereferenced(node))


def _dereferenced(call: Node) -> Node:
    """`*C.__errno_location()` for the call in it."""
    above = call.parent
    if above is not None and above.type == "unary_expression" and text_of(field(above, "operator")) == "*":
        return above
    return call


def _name(read: Read) -> str:
    call = read.node if read.node.type == "call_expression" else field(read.node, "operand")
    return (called_c_name(call) if call is not None else None) or ""


def _finding(file: GoFile, planned: Plan, helpers: dict[str, CFunction]) -> Finding:
    name, definition = _name(planned.read), helpers.get(_name(planned.read))
    what = "only returns errno" if definition is not None else "gives the errno of the thread it runs on"
    message = (
        f"C.{name} {what}, and as a C call of its own it may run on another thread than the call that failed; "
        f"take the error as a second result: ret, err := C.{planned.callee or 'f'}(...)"
    )
    steps = [Step(planned.call, "errno was set by this call")] if planned.call is not None else []
    if definition is not None:
        steps.append(Step(definition.place.name_span, f"{name} is defined here", definition.place.path))
    fixes = (planned.fix,) if planned.fix is not None else ()
    return Finding(planned.read.span, message, tuple(steps), fixes, path=file.path)
