"""The name in the source behind a mangled C++ one, for functions and variables of everyday kinds.

What is not understood keeps its parameters to itself: `ns::f(...)`. A name that is not mangled is None.
"""

from __future__ import annotations

import re

_BUILT_IN = {
    "v": "void", "b": "bool", "c": "char", "a": "signed char", "h": "unsigned char", "s": "short", "t": "unsigned short",
    "i": "int", "j": "unsigned int", "l": "long", "m": "unsigned long", "x": "long long", "y": "unsigned long long",
    "f": "float", "d": "double", "e": "long double", "w": "wchar_t", "z": "...", "n": "__int128", "o": "unsigned __int128",
}  # fmt: skip
_STANDARD = {
    "St": "std", "Sa": "std::allocator", "Sb": "std::basic_string", "Ss": "std::string", "Si": "std::istream", "So": "std::ostream",
}  # fmt: skip
_OPERATORS = {
    "nw": "new", "dl": "delete", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "aS": "=", "pl": "+", "mi": "-", "ml": "*", "dv": "/",
    "ix": "[]", "cl": "()", "ls": "<<", "rs": ">>", "pp": "++", "mm": "--", "pL": "+=", "mI": "-=", "le": "<=", "ge": ">=", "nt": "!",
}  # fmt: skip
_NUMBER = re.compile(r"\d+")
_MICROSOFT = re.compile(r"\?([A-Za-z_]\w*)@((?:[A-Za-z_]\w*@)*)@")
_DEPTH, _LENGTH = 40, 2_000


def demangle(name: str) -> str | None:
    """`_Z6helperi` -> `helper(int)`; None for a plain C name."""
    if len(name) > _LENGTH:
        return None
    microsoft = _MICROSOFT.match(name)
    if microsoft is not None:
        scopes = [scope for scope in microsoft.group(2).split("@") if scope]
        return "::".join([*reversed(scopes), microsoft.group(1)]) + "(...)"
    if not name.startswith("_Z"):
        return None
    reader = _Reader(name[2:])
    try:
        return reader.encoding()
    except (_Unknown, RecursionError):
        return None


def function_name(name: str) -> str | None:
    """The bare name of a mangled function outside of classes and namespaces (`_Z6helperi` -> `helper`); else None."""
    match = re.match(r"_ZL?(\d{1,4})", name)
    if match is not None:
        length = int(match.group(1))
        plain = name[match.end() : match.end() + length]
        return plain if len(plain) == length and plain.isidentifier() else None
    microsoft = re.match(r"\?([A-Za-z_]\w*)@@Y", name)
    return microsoft.group(1) if microsoft is not None else None


class _Unknown(Exception):
    """A construct that is not read."""


class _Reader:
    """Reads one mangled name from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.seen: list[str] = []

    def encoding(self) -> str:
        if self.text.startswith(("TV", "TI", "TS", "GV")):
            what = {"TV": "vtable for ", "TI": "typeinfo for ", "TS": "typeinfo name for ", "GV": "guard variable for "}
            self.at = 2
            return what[self.text[:2]] + self.name()[0]
        name, template = self.name()
        end = self.text.find(".", self.at)
        stop = len(self.text) if end < 0 else end
        if self.at >= stop:
            return name
        try:
            if template:
                self.type()  # templates say their result
            parameters = []
            while self.at < stop:
                parameters.append(self.type())
        except (_Unknown, RecursionError):
            return f"{name}(...)"
        return f"{name}({'' if parameters == ['void'] else ', '.join(parameters)})"

    def peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def take(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def name(self) -> tuple[str, bool]:
        """The name, and whether it ends in template arguments."""
        if self.take("N"):
            return self.nested()
        if self.take("St"):
            text = f"std::{self.source_name('')}"
        elif self.peek() == "S":
            text = self.substitution()
        else:
            self.take("L")
            text = self.source_name("")
        if self.peek() == "I":
            self.seen.append(text)
            return text + self.arguments(), True
        return text, False

    def nested(self) -> tuple[str, bool]:
        while self.peek() in ("r", "V", "K", "R", "O") and self.peek():
            self.at += 1
        text, template = "", False
        while not self.take("E"):
            if self.peek() == "I":
                text, template = text + self.arguments(), True
            elif self.peek() == "S" and not text:
                standard = self.peek(2) == "St"
                text, template = self.substitution(), False
                if not standard:
                    continue
            else:
                self.take("L")
                piece = self.source_name(text)
                text, template = f"{text}::{piece}" if text else piece, False
            self.seen.append(text)
        if self.seen:
            self.seen.pop()  # the whole name of a function is no type
        return text, template

    def source_name(self, scope: str) -> str:
        match = _NUMBER.match(self.text, self.at)
        if match is not None:
            length = int(match.group()[:5])
            self.at = match.end()
            text = self.peek(length)
            if len(text) != length:
                raise _Unknown
            self.at += length
            return "(anonymous namespace)" if text.startswith("_GLOBAL__N_") else text
        two = self.peek(2)
        self.at += 2
        last = scope.split("<")[0].rpartition("::")[2]
        if two in ("C1", "C2", "C3"):
            return last
        if two in ("D0", "D1", "D2"):
            return f"~{last}"
        if two in _OPERATORS:
            return f"operator{_OPERATORS[two]}"
        raise _Unknown

    def arguments(self) -> str:
        self.enter()
        self.at += 1
        found = []
        while not self.take("E"):
            found.append(self.literal() if self.take("L") else self.type())
        self.depth -= 1
        return f"<{', '.join(found)}>"

    def literal(self) -> str:
        kind = self.type()
        end = self.text.find("E", self.at)
        if end < 0:
            raise _Unknown
        text, self.at = self.text[self.at : end], end + 1
        suffix = {
            "unsigned int": "u",
            "unsigned long": "ul",
            "long": "l",
            "unsigned long long": "ull",
            "long long": "ll",
        }
        return {"bool0": "false", "bool1": "true"}.get(kind + text, text.replace("n", "-") + suffix.get(kind, ""))

    def substitution(self) -> str:
        two = self.peek(2)
        if two in _STANDARD:
            self.at += 2
            text = _STANDARD[two]
            return f"{text}::{self.source_name('')}" if two == "St" else text
        end = self.text.find("_", self.at)
        digits = self.text[self.at + 1 : end]
        if end < 0 or len(digits) > 3 or (digits and not digits.isalnum()):
            raise _Unknown
        index = int(digits, 36) + 1 if digits else 0
        self.at = end + 1
        if index >= len(self.seen):
            raise _Unknown
        return self.seen[index]

    def type(self) -> str:
        self.enter()
        text = self.plain_type()
        self.depth -= 1
        return text

    def plain_type(self) -> str:
        code = self.peek()
        if code in _BUILT_IN and code:
            self.at += 1
            return _BUILT_IN[code]
        suffix = {"P": "*", "R": "&", "O": "&&", "K": " const", "V": " volatile"}.get(code)
        if suffix is not None:
            self.at += 1
            inner = self.type()
            text = inner + suffix
        elif code == "S" and self.peek(2) != "St":
            text = self.substitution()
            if self.peek() != "I":
                return text
            text += self.arguments()
        elif code in ("N", "S") or code.isdigit():
            text, _ = self.name()
        else:
            raise _Unknown
        self.seen.append(text)
        return text

    def enter(self) -> None:
        self.depth += 1
        if self.depth > _DEPTH or len(self.seen) > 500 or sum(map(len, self.seen[-3:])) > _LENGTH:
            raise _Unknown
