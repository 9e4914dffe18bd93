"""Every shipped row proves itself: our own C reader reads its prototype and must agree with the rest of the row."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from cgo_ls.analysis.effects import is_pointer_like
from cgo_ls.data import rows, tables
from cgo_ls.data.libraries import HEADS, Head
from cgo_ls.data.tables import LIBRARIES, FunctionRow, libraries_for, load_library
from cgo_ls.model.c_reader import read_c_unit
from cgo_ls.model.cdecl import CFunction

FOLDER = Path(tables.__file__).parent / "functions"
# Names of types that are pointers behind a typedef, in the tables that were written by hand.
POINTER_TYPES = frozenset(
    {"iconv_t", "nl_catd", "timer_t", "locale_t", "va_list", "jmp_buf", "gpointer", "gconstpointer"}
) | {"gzFile", "z_streamp", "gz_headerp", "SDL_GLContext", "sqlite3_filename"}
# Pointer results without a word on who owns them, in rows that say something else: each with its reason.
OWNER_UNSAID = {
    "g_variant_new_take_string": "a floating reference",
    "SDL_CreateThread": "SDL_WaitThread or SDL_DetachThread ends it",
    "SDL_LoadWAV_RW": "the second argument, or NULL",
    "SDL_SetWindowData": "what the caller stored there before",
}
HAND_WRITTEN = ("libc", "curl", "glib", "openssl", "sdl2", "sqlite3", "zlib")
"""Tables in which every row with a pointer result says whose it is; elsewhere a row may be there for its parameters alone."""


def all_rows() -> list[FunctionRow]:
    return [row for name in LIBRARIES for row in load_library(name).rows.values()]


def text_of(library: str) -> str:
    return (FOLDER / f"{library}.toml").read_text(encoding="utf-8")


def read_prototype(row: FunctionRow) -> CFunction:
    unit = read_c_unit("row.h", f"{row.prototype};\n".encode())
    assert not unit.has_error, row.prototype
    (function,) = unit.functions
    return function


def points(type_text: str) -> bool:
    """Whether a type is a pointer or (a name that only its library knows) may be one."""
    return is_pointer_like(type_text.replace("const ", "").strip())


def surely_points(type_text: str) -> bool:
    return any(mark in type_text for mark in "*[(") or type_text.replace("const ", "").strip() in POINTER_TYPES


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_whole_file_is_what_its_pieces_are(library: str) -> None:
    """The loader cuts the file at its header lines; parsing the whole file must say the same."""
    head = HEADS.get(library, Head((), "man 3"))
    rows, errors = tables.parse_rows(tables.complete(tomllib.loads(text_of(library)), head), library)
    assert errors == []
    assert dict(load_library(library).rows) == rows


def test_libraries_are_recognised_by_their_headers() -> None:
    for name, head in HEADS.items():
        assert head.manual and not head.headers[0].endswith("/"), name
        assert {"libc", name, *head.brings} <= {library.name for library in libraries_for([head.headers[0]])}, name
        assert all(brought in HEADS for brought in head.brings), name
        assert not (FOLDER / f"{name}.toml").read_text(encoding="utf-8").startswith("["), "a file says what it is about"


@pytest.mark.parametrize("library", LIBRARIES)
def test_keys_are_sorted(library: str) -> None:
    names = list(load_library(library).rows)
    assert names == sorted(names)


def test_every_file_of_rows_is_listed() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.toml" for name in LIBRARIES}
    assert not [path for path in FOLDER.parent.glob("*.toml") if "\nprototype = " in path.read_text(encoding="utf-8")]


def test_every_word_of_a_row_is_described_where_a_contributor_looks() -> None:
    described = text_of("libc").split("\n[", 1)[0]
    for keys in (rows._ROW_KEYS, rows._RETURN_KEYS, rows._PARAM_KEYS, rows._ERRNO_KEYS):
        for key in keys:
            assert re.search(rf"\b{key} = ", described), key


def test_no_function_stands_in_two_libraries() -> None:
    names = [row.name for row in all_rows()]
    assert len(names) == len(set(names))


def test_prototypes_read_the_same_by_the_c_reader() -> None:
    for row in all_rows():
        function = read_prototype(row)
        assert function.name == row.name
        assert tuple(parameter.name for parameter in function.parameters) == row.parameter_names, row.prototype
        assert function.variadic == row.variadic, row.prototype


def test_every_parameter_has_a_name_of_its_own() -> None:
    for row in all_rows():
        assert all(row.parameter_names), row.prototype
        assert len(set(row.parameter_names)) == len(row.parameter_names), row.prototype


def test_every_row_names_a_header_and_a_source() -> None:
    for row in all_rows():
        assert row.header and row.source, row.name
        assert not row.header.startswith("bits/"), row.name


def test_owned_results_are_pointers_and_opened_ones_are_numbers() -> None:
    for row in all_rows():
        result, facts = read_prototype(row).result, row.result
        if facts.owned or facts.borrowed or facts.aliases or facts.null_on:
            assert points(result), row.prototype
        if facts.opens:
            assert not surely_points(result), row.prototype


def test_filled_parameters_are_pointers_to_pointers() -> None:
    for row in all_rows():
        for name, facts in row.parameters.items():
            type_text = next(parameter.type for parameter in read_prototype(row).parameters if parameter.name == name)
            if facts.fills:
                inner = type_text.replace("*", "", 1).strip()
                assert points(type_text) and points(inner), f"{row.name}: {name}"
            if facts.inits or facts.opens:
                assert points(type_text), f"{row.name}: {name}"


def test_every_releaser_is_a_row_that_takes_its_argument() -> None:
    """In the same table, or in one that is loaded with it."""
    for name in LIBRARIES:
        near = [load_library(other).rows for other in (name, *HEADS.get(name, Head((), "")).brings, "libc")]
        for row in load_library(name).rows.values():
            named = [row.result.owned, row.result.opens]
            for facts in row.parameters.values():
                named += [facts.fills, facts.inits, facts.opens, facts.elements]
            for releaser in filter(None, named):
                found = next((rows[releaser] for rows in near if releaser in rows), None)
                assert found is not None, f"{row.name} is released by {releaser}, which has no row"
                words = [facts.takes or facts.ends or facts.empties for facts in found.parameters.values()]
                assert any(words), f"{releaser} releases nothing"


def test_heaps_are_those_of_functions_that_free() -> None:
    for row in all_rows():
        if row.heap is not None:
            assert any(facts.frees for facts in row.parameters.values()), row.name


def test_every_pointer_result_says_whose_it_is() -> None:
    silent = [
        row.name
        for name in HAND_WRITTEN
        for row in load_library(name).rows.values()
        if surely_points(re.sub(r"\bconst\b", "", read_prototype(row).result))
        and not (row.result.owned or row.result.borrowed or row.result.aliases)
        and row.errno != tables.ErrnoFacts(failure="== (void *)-1")
    ]
    assert sorted(silent) == sorted(OWNER_UNSAID)


def test_functions_that_never_return_say_nothing_else() -> None:
    ending = {row.name for row in all_rows() if row.never_returns}
    assert {"abort", "exit", "_exit", "_Exit", "quick_exit", "longjmp", "siglongjmp", "pthread_exit"} <= ending
    for row in all_rows():
        if row.never_returns:
            assert row.prototype.startswith("void ") and row.errno is None, row.name


def test_pairs_that_every_c_programmer_knows() -> None:
    libc = load_library("libc").rows
    owned = {
        name: libc[name].result.owned for name in ("malloc", "strdup", "fopen", "opendir", "popen", "mmap", "dlopen")
    }
    assert owned == {
        "malloc": "free",
        "strdup": "free",
        "fopen": "fclose",
        "opendir": "closedir",
        "popen": "pclose",
        "mmap": "munmap",
        "dlopen": "dlclose",
    }
    assert libc["getline"].parameters["lineptr"].fills == "free"
    assert libc["getaddrinfo"].parameters["res"].fills == "freeaddrinfo"
    assert libc["realloc"].parameters["ptr"].takes and libc["realloc"].parameters["ptr"].when == "success"
    assert libc["getenv"].result.borrowed and libc["strcpy"].result.aliases == "dst"
    assert libc["putenv"].parameters["string"].holds
