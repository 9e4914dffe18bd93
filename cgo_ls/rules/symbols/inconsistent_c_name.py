"""inconsistent-c-name: two files of a package give one C name two meanings; see inconsistent_c_name.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgo_ls.model.cdecl import CEnumConstant, CFunction, CMacro
from cgo_ls.model.definitions import built_together, is_conditional
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import CDeclaration, Package
from cgo_ls.rules.finding import Finding, Step
from cgo_ls.rules.rule import PackageContext, rule

# What the compiler needs no other declaration for: only such types are certainly different when they are spelt differently.
_INTEGER_WORDS = frozenset(["signed", "unsigned", "char", "short", "int", "long"])
_OTHER_WORDS = frozenset(["void", "float", "double", "_Bool"])
_NUMBER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)[uUlL]*\Z")
_LITERAL = re.compile(
    r"(?:0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*\Z|[0-9]*\.[0-9]+\Z|[0-9]+\.[0-9]*\Z|\"(?:\\.|[^\"\\])*\"\Z|'(?:\\.|[^'\\])+'\Z"
)


@rule("inconsistent-c-name", family="symbols", severity="error", scope="package", since="0.2")
def check(context: PackageContext) -> Iterator[Finding]:
    package = context.package
    for name, meanings in package.made_of_c("inconsistent-names", lambda: _candidates(package)).items():
        using = [file for file in package.files if name in file.c_names and file.path in meanings]
        for index, file in enumerate(using):
            for other in using[:index]:
                before, now = meanings[other.path], meanings[file.path]
                message = _difference(name, before, now, other) if built_together(file, other) else None
                if message is not None:
                    step = Step(before.place.name_span, f"{name} means this here", before.place.path)
                    yield Finding(now.place.name_span, message, (step,), path=file.path)
                    break


def _candidates(package: Package) -> dict[str, dict[str, CDeclaration]]:
    """Names that several preambles declare: name -> path of the Go file -> the only meaning there."""
    found: dict[str, dict[str, CDeclaration]] = {}
    for file in package.files:
        unit = file.c_unit
        if unit is None:
            continue
        declared: dict[str, list[CDeclaration]] = {}
        for one in (*unit.macros, *unit.enum_constants, *unit.functions):
            declared.setdefault(one.name, []).append(one)
        for name, several in declared.items():
            kinds = {type(one) for one in several}
            if len(kinds) == 1 and not any(is_conditional(unit, one.place.span) for one in several):
                found.setdefault(name, {})[file.path] = several[-1]
    return {name: meanings for name, meanings in found.items() if len(meanings) > 1}


def _difference(name: str, before: CDeclaration, now: CDeclaration, other: GoFile) -> str | None:
    where = re.split(r"[\\/]", other.path)[-1]
    if isinstance(before, CMacro) and isinstance(now, CMacro):
        if (
            before.value != now.value
            and before.parameters is None
            and _LITERAL.match(before.value)
            and _LITERAL.match(now.value)
        ):
            return (
                f"{name} is {now.value} here and {before.value} in {where}: C.{name} is one constant for the whole package, "
                "and the last file's value is used in both"
            )
    elif isinstance(before, CEnumConstant) and isinstance(now, CEnumConstant):
        if _value(before) is not None and _value(now) is not None and _value(before) != _value(now):
            return (
                f"{name} is {now.value_text} here and {before.value_text} in {where}: "
                f"the build fails with inconsistent definitions for C.{name}"
            )
    elif isinstance(before, CFunction) and isinstance(now, CFunction) and _types_differ(before, now):
        return (
            f"{name} is declared as {_short(now)} here and as {_short(before)} in {where}: "
            f"the build fails with inconsistent definitions for C.{name}"
        )
    return None


def _value(constant: CEnumConstant) -> int | None:
    text = constant.value_text.strip()
    if not _NUMBER.match(text):
        return None
    digits = text.rstrip("uUlL")
    if re.match(r"[-+]?0[0-7]+\Z", digits):
        return int(digits, 8)
    return int(digits, 0)


def _types_differ(one: CFunction, other: CFunction) -> bool:
    if _certainly_differ(one.result, other.result):
        return True
    if not (one.has_prototype and other.has_prototype) or one.variadic or other.variadic:
        return False
    if len(one.parameters) != len(other.parameters):
        return True
    pairs = zip(one.parameters, other.parameters, strict=True)
    return any(_certainly_differ(mine.type, theirs.type) for mine, theirs in pairs)


def _certainly_differ(one: str, other: str) -> bool:
    mine, theirs = _canonical(one), _canonical(other)
    return mine is not None and theirs is not None and mine != theirs


def _canonical(text: str) -> tuple[str, int] | None:
    """A type of C's own words and stars as a value that equals those of its other spellings; None for any other type."""
    stars = text.count("*")
    words = [word for word in re.findall(r"\w+", text) if word not in ("const", "volatile", "restrict", "register")]
    if "(" in text or "[" in text or not words:
        return None
    if set(words) <= _OTHER_WORDS or words == ["long", "double"]:
        return " ".join(words), stars
    if not set(words) <= _INTEGER_WORDS:
        return None
    sign = "unsigned " if "unsigned" in words else "signed " if "signed" in words and "char" in words else ""
    size = "char" if "char" in words else "short" if "short" in words else "long " * words.count("long") or "int"
    return sign + size, stars


def _short(function: CFunction) -> str:
    return function.prototype.rstrip("; {")
