"""The types of a prototype in one spelling, so that a row can be compared with what gcc prints."""

from __future__ import annotations

import re

from cgo_ls.model.c_reader import read_c_unit

FUNCTION_TYPES = frozenset({"__compar_fn_t", "__compar_d_fn_t", "__sighandler_t", "sighandler_t", "thrd_start_t"}) | {
    "__free_fn_t",
    "__action_fn_t",
    "__ftw_func_t",
    "__nftw_func_t",
    "zactor_fn",
}


def normal(type_text: str) -> str:
    """One spelling for a type that a row and gcc write differently."""
    text = re.sub(r"\b(extern|restrict|struct (?=__va_list_tag)|volatile(?= pthread_spinlock_t))\b", "", type_text)
    text = re.sub(r"^(\w+) ?\(\*\)$", r"\1 *", text.strip())  # a pointer to a function type that has a name
    if text.strip().removesuffix(" *") in FUNCTION_TYPES or re.search(r"\(\s*\*", text):
        return "function"
    text = re.sub(r"\b__va_list_tag ?\*|\bva_list\b", "va_list", text)
    text = (
        re.sub(r"\[[\w ]*\]", "*", text)
        .replace("gchar", "char")
        .replace("gint", "int")
        .replace("struct __jmp_buf_tag *", "jmp_buf")
        .replace("sigjmp_buf", "jmp_buf")
    )
    text = text.replace("enum __rlimit_resource", "int").replace("__gwchar_t", "wchar_t")
    text = re.sub(r"\b__(itimer_which|priority_which|rlimit_resource|rusage_who)_t\b", "int", text)
    text = text.replace("__CONST_SOCKADDR_ARG", "const struct sockaddr *").replace(
        "__SOCKADDR_ARG", "struct sockaddr *"
    )
    text = re.sub(r"\b__(\w+_t|FILE)\b", r"\1", text)
    words = re.findall(r"\w+|\*", re.sub(r"^char const\b", "const char", text))
    if set(words) & {"unsigned", "long", "short"}:
        words = [word for word in words if word != "int"]
        sign = ["unsigned"] if "unsigned" in words else []
        words = sign + [word for word in words if word != "unsigned"]
    return " ".join(words)


def shape(prototype: str) -> tuple[str, ...]:
    unit = read_c_unit("prototype.h", f"{prototype};\n".encode())
    assert len(unit.functions) == 1, prototype
    function = unit.functions[0]
    end = ("...",) if function.variadic else ()
    return (normal(function.result), *(normal(parameter.type) for parameter in function.parameters), *end)
