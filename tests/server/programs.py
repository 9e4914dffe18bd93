"""Small Go programs for the server to look at."""

from __future__ import annotations

LEAK = """package p

/*
#include <stdlib.h>
#include <string.h>
*/
import "C"
import "unsafe"

func length(s string) int {
	p := C.CString(s)
	return int(C.strlen(p))
}

func release(p *C.char) {
	C.free(unsafe.Pointer(p))
}
"""

CALL_LINE = 10
"""0-based line of the call of C.CString in LEAK, the finding's place."""
RETURN_LINE = 11

RULE = "leaked-c-memory"

CLEAN = LEAK.replace("\treturn", "\tdefer C.free(unsafe.Pointer(p))\n\treturn")


def large(functions: int) -> str:
    """A file with `functions` leaks, one in each function."""
    head = LEAK[: LEAK.index("func length")]
    return head + "\n".join(
        f"func f{number}(s string) int {{\n"
        f"\tp := C.CString(s)\n"
        f"\tfor i := 0; i < {number}; i++ {{\n"
        f'\t\tif s == "x" {{\n'
        f"\t\t\tC.free(unsafe.Pointer(p))\n"
        f"\t\t\treturn i\n"
        f"\t\t}}\n"
        f"\t}}\n"
        f"\treturn int(C.strlen(p))\n"
        f"}}\n"
        for number in range(functions)
    )
