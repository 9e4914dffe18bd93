"""Words that a C declaration cannot have for a name, where cgo makes C of Go's names."""

from __future__ import annotations

_KEYWORD_LIST = """
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
    _Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert _Thread_local
    asm typeof __asm__ __attribute__ __extension__ __inline__ __typeof__
    """
_KEYWORDS = frozenset(_KEYWORD_LIST.split())
# gcc's default dialect defines the first two on Linux; the others come with the <stdlib.h> that every export file includes.
_MACRO_LIST = "linux unix NULL EXIT_FAILURE EXIT_SUCCESS RAND_MAX MB_CUR_MAX WNOHANG WUNTRACED"
_MACROS = frozenset(_MACRO_LIST.split())
# What the C function of an export declares for itself.
_OWN = frozenset(["_cgo_a", "_cgo_ctxt", "_cgo_argtype", "_cgo_zero"])


def is_c_keyword(name: str) -> bool:
    """In gcc's default dialect (C17 with GNU words)."""
    return name in _KEYWORDS


def is_common_macro(name: str) -> bool:
    """A macro that is there whatever the preamble includes."""
    return name in _MACROS


def is_wrapper_name(name: str) -> bool:
    """A name that the C function cgo writes for an export uses in its body."""
    return name in _OWN
