"""How much work an edit makes: one function is parsed and analysed, and those that read a summary which changed."""

from __future__ import annotations

import pytest

from tests.workspace.sources import FILES
from tests.workspace.support import Editor

CHAIN = """package p

// #include <stdlib.h>
import "C"

import "unsafe"

func acquire(s string) *C.char { return C.CString(s) }

func release(p *C.char) { C.free(unsafe.Pointer(p)) }

func first(s string) {
	p := acquire(s)
	release(p)
}

func second(s string) {
	p := acquire(s)
	C.free(unsafe.Pointer(p))
}

func quiet(s string) { _ = acquire(s) }

func alone(s string) { C.free(nil) }

func outer(s string) { quiet(s) }
"""


def analysed(work: dict[str, int]) -> set[str]:
    return {name.partition(":")[2] for name in work if name.startswith("analysed:")}


def opened(text: str = CHAIN) -> Editor:
    editor = Editor({"a.go": text})
    editor.open("a.go")
    return editor


def test_an_edit_in_a_body_parses_and_analyses_that_function_alone() -> None:
    editor = opened()
    work = editor.work(lambda: editor.replace("a.go", "p := acquire(s)\n", "p := acquire(s + s)\n"))
    assert work == {"parsed": 1, "analysed": 1, "analysed:first": 1}


def test_a_package_is_read_once() -> None:
    editor = opened()
    work = editor.work(lambda: None)
    assert work == {}


def test_an_equal_summary_re_analyses_nobody() -> None:
    editor = opened()
    work = editor.work(lambda: editor.replace("a.go", "{ return C.CString(s) }", "{ return C.CString(s + s) }"))
    assert work == {"parsed": 1, "analysed": 1, "analysed:acquire": 1}


def test_a_changed_summary_re_analyses_exactly_the_callers_that_read_it() -> None:
    editor = opened()
    work = editor.work(lambda: editor.replace("a.go", "{ C.free(unsafe.Pointer(p)) }", "{ C.puts(p) }"))
    assert work["parsed"] == 1
    assert analysed(work) == {"release", "first"}


def test_a_summary_is_passed_on_only_as_far_as_it_changes() -> None:
    """`quiet` reads acquire's and keeps its own, so that `outer` is not looked at."""
    editor = opened()
    work = editor.work(lambda: editor.replace("a.go", "{ return C.CString(s) }", "{ return nil }"))
    assert analysed(work) <= {"acquire", "first", "second", "quiet"}
    assert {"acquire", "first", "second"} <= analysed(work)


def test_a_function_that_can_no_longer_hold_c_memory_loses_its_findings() -> None:
    editor = opened()
    assert ("quiet", "leaked-c-memory") in editor.rules()
    editor.replace("a.go", "{ return C.CString(s) }", "{ return nil }")
    assert ("quiet", "leaked-c-memory") not in editor.rules()
    editor.replace("a.go", "{ return nil }", "{ return C.CString(s) }")
    assert ("quiet", "leaked-c-memory") in editor.rules()


def test_what_comes_back_is_not_analysed_again() -> None:
    editor = opened()
    editor.work(lambda: editor.replace("a.go", "{ C.free(unsafe.Pointer(p)) }", "{ C.puts(p) }"))
    work = editor.work(lambda: editor.replace("a.go", "{ C.puts(p) }", "{ C.free(unsafe.Pointer(p)) }"))
    assert work == {}


@pytest.mark.parametrize("place", ["package p", "func alone", "func release"])
def test_text_between_functions_moves_them_and_no_more(place: str) -> None:
    """A comment with a blank line below it belongs to nothing."""
    editor = opened()
    work = editor.work(lambda: editor.replace("a.go", place, "// words\n\n" + place))
    assert work == {}


def test_a_comment_above_a_function_is_part_of_it() -> None:
    editor = opened()
    work = editor.work(lambda: editor.replace("a.go", "func alone", "// alone is.\nfunc alone"))
    assert work == {"parsed": 1, "analysed": 1, "analysed:alone": 1}


def test_a_new_function_is_analysed_and_nobody_else() -> None:
    editor = opened()
    work = editor.work(lambda: editor.replace("a.go", "func alone", "func extra(p *C.char) {}\n\nfunc alone"))
    assert (work["parsed"], analysed(work)) == (1, {"extra"})


def test_a_function_that_appears_is_read_by_those_who_call_it() -> None:
    editor = opened(CHAIN + "\nfunc waits(s string) { p := C.CString(s); later(p) }\n")
    assert ("waits", "leaked-c-memory") not in editor.rules()
    work = editor.work(lambda: editor.replace("a.go", "func alone", "func later(p *C.char) {}\n\nfunc alone"))
    assert analysed(work) == {"later", "waits"}
    assert ("waits", "leaked-c-memory") in editor.rules()


def test_a_broken_function_costs_itself_alone() -> None:
    editor = opened()
    work = editor.work(
        lambda: editor.replace("a.go", "p := acquire(s)\n\trelease", "if {\n\tp := acquire(s)\n\trelease")
    )
    assert (work["parsed"], analysed(work)) == (1, {"first"})
    before = editor.rules()
    assert {("quiet", "leaked-c-memory")} <= set(before)


def test_a_new_include_concerns_only_those_whose_facts_it_changes() -> None:
    """<curl/curl.h> brings a table; who asks about nothing in it keeps its result."""
    editor = opened(CHAIN + "\nfunc fetch(s string) { p := C.curl_easy_init(); C.puts(nil); _ = p }\n")
    work = editor.work(
        lambda: editor.replace("a.go", "// #include <stdlib.h>", "// #include <stdlib.h>\n// #include <curl/curl.h>")
    )
    assert analysed(work) == {"fetch"}


def test_a_body_in_the_preamble_concerns_those_who_call_it() -> None:
    preamble = "// #include <stdlib.h>\n// static void done(char *p) { free(p); }"
    editor = opened(CHAIN.replace("// #include <stdlib.h>", preamble) + "\nfunc ends(p *C.char) { C.done(p) }\n")
    work = editor.work(lambda: editor.replace("a.go", "{ free(p); }", "{ }"))
    assert analysed(work) == {"ends"}


def test_a_moved_preamble_concerns_nobody() -> None:
    preamble = "// #include <stdlib.h>\n// void done(const char *p);\n// #define WIDTH 3"
    editor = opened(
        CHAIN.replace("// #include <stdlib.h>", preamble) + "\nfunc ends(s string) { p := C.CString(s); C.done(p) }\n"
    )
    work = editor.work(lambda: editor.replace("a.go", "// void done", "//\n// void done"))
    assert analysed(work) == set()


def test_a_c_file_that_is_saved_concerns_those_who_call_what_changed() -> None:
    editor = Editor(dict(FILES))
    editor.open("main.go")
    assert ("finished", "leaked-c-memory") not in editor.rules()
    work = editor.work(lambda: editor.write("include/api.h", FILES["include/api.h"].replace("{ free(p); }", "{ }")))
    assert work["c-read"] == 1 and "parsed" not in work
    assert analysed(work) == {"finished"}
    assert ("finished", "leaked-c-memory") in editor.rules()


def test_a_file_that_is_saved_as_it_was_makes_no_work() -> None:
    editor = Editor(dict(FILES))
    editor.open("main.go")
    assert editor.work(lambda: editor.write("api.c", FILES["api.c"])) == {}


def test_a_type_that_becomes_an_interface_is_noticed() -> None:
    text = CHAIN + "\ntype closer struct{}\n\nfunc (c closer) Close(p *C.char) { C.free(unsafe.Pointer(p)) }\n"
    editor = opened(
        text + "\nfunc ends(c closer, s string) { p := C.CString(s); c.Close(p); C.free(unsafe.Pointer(p)) }\n"
    )
    assert ("ends", "double-free") in editor.rules()
    work = editor.work(lambda: editor.replace("a.go", "type closer struct{}", "type closer func()"))
    assert analysed(work) <= {"ends", "closer.Close"}


def test_a_recursion_is_solved_from_nothing() -> None:
    text = CHAIN + (
        "\nfunc even(n int, p *C.char) {\n\tif n == 0 {\n\t\trelease(p)\n\t\treturn\n\t}\n\todd(n-1, p)\n}\n"
        "\nfunc odd(n int, p *C.char) {\n\tif n == 0 {\n\t\trelease(p)\n\t\treturn\n\t}\n\teven(n-1, p)\n}\n"
    )
    editor = opened(text)
    work = editor.work(lambda: editor.replace("a.go", "odd(n-1, p)", "odd(n-2, p)"))
    assert "even" in analysed(work) and analysed(work) <= {"even", "odd"}
    assert work["parsed"] == 1


def test_a_c_of_ones_own_is_no_cgo() -> None:
    """In a file without import "C", C is a variable like any other."""
    other = 'package p\n\nimport "unsafe"\n\ntype text struct{}\n\nfunc (text) CString(string) *byte { return nil }\n\nvar C text\n\n'
    body = 'func f() {\n\tp := C.CString("x")\n\tprintln(unsafe.Pointer(p))\n}\n'
    editor = Editor({"a.go": CHAIN, "b.go": other + body})
    assert [name for name, _ in editor.rules()] == ["quiet"]
    editor.write("b.go", 'package p\n\nimport "C"\n\nimport "unsafe"\n\n' + body)
    assert sorted(name for name, _ in editor.rules()) == ["f", "quiet"]
