"""variadic-c-function: Go names a C function with `...`; see variadic_c_function.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.data.tables import declared_by
from cgo_ls.data.tables import function as table_row
from cgo_ls.model.cdecl import CFunction
from cgo_ls.model.go_facts import CReference
from cgo_ls.rules.finding import Finding, Fix, Step
from cgo_ls.rules.rule import FileContext, rule
from cgo_ls.rules.symbols.parts.wrappers import arguments_at, c_type_of, declaration, wrapper_fix
from cgo_ls.text.span import Span

_PROTOTYPE = re.compile(r"(.*?)\b\w+\s*\((.*),\s*\.\.\.\s*\)\s*;?\s*\Z", re.DOTALL)
_NAME_AT_END = re.compile(r"(.*[^\w])(\w+)\Z", re.DOTALL)
_OF_LIBC = frozenset(
    [
        "printf",
        "fprintf",
        "dprintf",
        "sprintf",
        "snprintf",
        "asprintf",
        "scanf",
        "fscanf",
        "sscanf",
        "wprintf",
        "fwprintf",
        "swprintf",
        "syslog",
        "err",
        "errx",
        "warn",
        "warnx",
        "error",
        "open",
        "openat",
        "fcntl",
        "ioctl",
        "prctl",
        "syscall",
        "semctl",
        "mremap",
        "execl",
        "execlp",
        "execle",
        "mq_open",
        "sem_open",
        "ptrace",
        "clone",
        "strfmon",
    ]
)
_STORAGE = re.compile(r"\b(?:static|inline|extern)\b\s*")


@rule("variadic-c-function", family="symbols", severity="error", scope="file", since="0.2", fixable=True)
def check(context: FileContext) -> Iterator[Finding]:
    file = context.file
    own = context.package.made_of_c(("variadic-functions", file.path), lambda: _own_variadic(context))
    if file.c_names.isdisjoint(own) and file.c_names.isdisjoint(_OF_LIBC):
        return
    wanted = {
        name: found for name in file.c_names & (own | _OF_LIBC) if (found := _variadic(context, name)) is not None
    }
    for reference, span in file.uses_of(wanted.keys()):
        name, (prototype, declared) = reference.name, wanted[reference.name]
        steps = ()
        if declared is not None:
            steps = (Step(declared.place.name_span, f"{name} is declared here", declared.place.path),)
        fix = _fix(context, reference, span, prototype)
        message = (
            f"C.{name} cannot be used: cgo has no way to call a function with variable arguments (...). "
            "Write a C function with fixed ones around it"
        )
        yield Finding(span, message, steps, (fix,) if fix is not None else ())


def _own_variadic(context: FileContext) -> frozenset[str]:
    return frozenset(one.name for unit in context.scope.units for one in unit.functions if one.variadic)


def _variadic(context: FileContext, name: str) -> tuple[str, CFunction | None] | None:
    """The prototype of a variadic function, and its declaration where it is the package's own."""
    known = context.scope.resolve(name)
    if known is not None:
        functions = [one for one in known.declarations if isinstance(one, CFunction)]
        if not functions or not all(one.variadic for one in functions):
            return None
        if any(macro.name == name for unit in context.scope.units for macro in unit.macros):
            return None
        return functions[0].prototype, functions[0]
    row = table_row(name, context.scope.headers)
    if row is None or "..." not in row.prototype or declared_by(name, context.scope.headers) is not True:
        return None
    return row.prototype, None


def _fix(context: FileContext, reference: CReference, span: Span, prototype: str) -> Fix | None:
    """A wrapper for just this call: the named parameters, and more of the types that the call tells."""
    name = reference.name
    arguments = arguments_at(context.file.data, span.end) if reference.call else None
    match = _PROTOTYPE.match(_STORAGE.sub("", prototype))
    if arguments is None or match is None or "(" in match.group(2):
        return None
    parameters, names = [], []
    for text in match.group(2).split(","):
        named = _NAME_AT_END.match(text.strip())
        if named is None or not named.group(1).strip():
            return None
        parameters.append(text.strip())
        names.append(named.group(2))
    extra = [c_type_of(argument) for argument in arguments[len(parameters) :]]
    if len(arguments) < len(parameters) or None in extra or len(extra) > 10:
        return None
    for index, kind in enumerate(extra):
        names.append(f"more{index + 1}")
        parameters.append(declaration(kind or "", names[-1]))
    result = match.group(1).strip()
    body = f"{'' if result == 'void' else 'return '}{name}({', '.join(names)});"
    text = f"static {declaration(result, f'call_{name}')}({', '.join(parameters)}) {{ {body} }}"
    place = reference.name_span.shift(span.start - reference.span.start)
    return wrapper_fix(context.file, context.scope, name, place, text, "safe")
