"""errno-direct: `C.errno` in Go code; see errno_direct.md."""

from __future__ import annotations

from collections.abc import Iterator

from cgo_ls.rules.errno.parts.preceding_call import c_name
from cgo_ls.rules.errno.parts.two_value_fix import Plan, Read, parse_declaration, plan
from cgo_ls.rules.finding import FileEdit, Finding, Fix, Step
from cgo_ls.rules.preamble.parts.import_lines import delete_line
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.syntax.go_nodes import field, span_of, text_of, walk

_REFUSED = "cgo refuses C.errno"
_TWO_VALUES = "a C call gives its errno as a second result: ret, err := C.{}(...)"


@rule("errno-direct", family="errno", severity="error", scope="file", since="0.1", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    if "errno" not in context.file.c_names:
        return
    reads = list(_reads(context))
    for planned in plan(context, reads, frozenset(), on_result="safe"):
        if _is_assigned(planned.read):
            yield _assignment(context, planned.read)
        else:
            yield _finding(planned)


def _reads(context: FileContext) -> Iterator[Read]:
    for declaration in context.file.declarations:
        if any(reference.name == "errno" for reference in declaration.facts.c_references):
            root = parse_declaration(context, declaration)
            yield from (Read(declaration, root, node) for node in walk(root) if c_name(node) == "errno")


def _finding(planned: Plan) -> Finding:
    message = f"{_REFUSED}; {_TWO_VALUES.format(planned.callee or 'f')}"
    steps = (Step(planned.call, f"errno would be that of C.{planned.callee}"),) if planned.call is not None else ()
    return Finding(planned.read.span, message, steps, (planned.fix,) if planned.fix is not None else ())


def _is_assigned(read: Read) -> bool:
    above = read.node.parent
    statement = above.parent if above is not None else None
    return statement is not None and statement.type == "assignment_statement" and field(statement, "left") == above


def _assignment(context: FileContext, read: Read) -> Finding:
    """`C.errno = 0`: nothing needs it, since the two-value form clears errno itself."""
    message = f"{_REFUSED}, and nothing needs to clear it: a C call with two results sets errno to 0 first"
    left = read.node.parent
    statement = left.parent if left is not None else None
    fixes: tuple[Fix, ...] = ()
    if statement is not None and text_of(field(statement, "right")) == "0":
        edit = delete_line(
            context.file.data, span_of(statement).shift(read.declaration.declaration.start), with_comment=True
        )
        if edit is not None:
            fixes = (Fix("Delete the assignment", (FileEdit((edit,)),)),)
    return Finding(read.span, message, (), fixes)
