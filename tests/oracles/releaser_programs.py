"""Memory given back to the wrong allocator, or to one it never came from, judged by the address sanitizer.

A library is two files: `library.S` gives its functions the names of the real ones and jumps to `pool.c`, where the memory carries a
head of its own, as sqlite3's does. So the checker knows the library by its header and the table, and never by a body.
"""

from __future__ import annotations

from tests.oracles.memory_programs import sanitizer
from tests.oracles.scenarios import scenario
from tests.support.oracle import Clean, Program, Sources

SQLITE = {
    "sqlite3.h": """#ifndef SQLITE3_H
#define SQLITE3_H
void *sqlite3_malloc(int n);
void sqlite3_free(void *p);
const char *sqlite3_errstr(int code);
#endif
""",
    "library.S": """	.globl sqlite3_malloc, sqlite3_free, sqlite3_errstr
sqlite3_malloc:
	jmp pool_get
sqlite3_free:
	jmp pool_put
sqlite3_errstr:
	jmp pool_text
	.section .note.GNU-stack,"",@progbits
""",
    "pool.c": """#include <stdlib.h>
void *pool_get(int n) { char *block = malloc((size_t)n + 16); return block ? block + 16 : NULL; }
void pool_put(void *p) { if (p) free((char *)p - 16); }
const char *pool_text(int code) { return code ? "error" : "not an error"; }
""",
}


def sqlite(body: str) -> Sources:
    return {**scenario(body, preamble='#include "sqlite3.h"\n'), **SQLITE}


def mixed(name: str, says: str, wrong: Sources, right: Sources, fixable: bool = True) -> Program:
    return Program(name, "wrong-releaser", sanitizer, says, wrong, right, fixable)


def lent(name: str, wrong: Sources, right: Sources) -> Program:
    return Program(name, "freed-borrowed", sanitizer, NOT_MALLOCED, wrong, right)


# It may fall over its own books before it can say what is wrong with the address.
NOT_MALLOCED = "attempting free on address which was not malloc|AddressSanitizer: SEGV"
PROGRAMS = [
    mixed(
        "library-memory-to-free",
        NOT_MALLOCED,
        sqlite("""
memory := C.sqlite3_malloc(8)
C.first(unsafe.Pointer(memory))
C.free(memory)
"""),
        sqlite("""
memory := C.sqlite3_malloc(8)
C.first(unsafe.Pointer(memory))
C.sqlite3_free(memory)
"""),
    ),
    mixed(
        "string-to-the-library",
        NOT_MALLOCED,
        sqlite("""
text := C.CString("text")
defer C.sqlite3_free(unsafe.Pointer(text))
C.first(unsafe.Pointer(text))
"""),
        sqlite("""
text := C.CString("text")
defer C.free(unsafe.Pointer(text))
C.first(unsafe.Pointer(text))
"""),
    ),
    mixed(
        "mapping-to-free",
        NOT_MALLOCED,
        scenario(
            """
memory := C.mmap(nil, 4096, C.PROT_READ, C.MAP_PRIVATE|C.MAP_ANONYMOUS, -1, 0)
C.first(unsafe.Pointer(memory))
C.free(memory)
""",
            preamble="#include <sys/mman.h>\n",
        ),
        scenario(
            """
memory := C.mmap(nil, 4096, C.PROT_READ, C.MAP_PRIVATE|C.MAP_ANONYMOUS, -1, 0)
C.first(unsafe.Pointer(memory))
C.munmap(memory, 4096)
""",
            preamble="#include <sys/mman.h>\n",
        ),
        fixable=False,
    ),
    lent(
        "environment",
        scenario("""
name := C.CString("PATH")
value := C.getenv(name)
C.free(unsafe.Pointer(name))
if value != nil {
	C.first(unsafe.Pointer(value))
	C.free(unsafe.Pointer(value))
}
"""),
        scenario("""
name := C.CString("PATH")
value := C.getenv(name)
C.free(unsafe.Pointer(name))
if value != nil {
	C.first(unsafe.Pointer(value))
}
"""),
    ),
    lent(
        "text-of-the-library",
        sqlite("""
text := C.sqlite3_errstr(1)
defer C.free(unsafe.Pointer(text))
C.first(unsafe.Pointer(text))
"""),
        sqlite("""
text := C.sqlite3_errstr(1)
C.first(unsafe.Pointer(text))
"""),
    ),
]
CLEAN = [
    Clean(
        "releasers-one-by-one",
        sanitizer,
        sqlite("""
memory := C.sqlite3_malloc(8)
C.first(unsafe.Pointer(memory))
C.sqlite3_free(memory)
memory = C.malloc(8)
C.first(C.memset(memory, 0, 8))
C.free(memory)
"""),
    ),
]
