"""What C functions do with their arguments, read from bodies, attributes, tables and names."""

from __future__ import annotations

import pytest

from cgo_ls.analysis.c_effects import effects_of_units
from cgo_ls.analysis.effects import CEffects, ParameterEffect, ResultEffect, effects_from_name, is_pointer_like
from cgo_ls.model.c_reader import read_c_unit
from cgo_ls.model.cdecl import CFunction, CUnit

PRELUDE = """
#define xfree free
#define SAFE_FREE(p) do { free(p); (p) = NULL; } while (0)
#define DUP(s) strdup(s)
typedef struct node { char *name; struct node *next; } node;
static node *head; static char *cache; struct opts { char *n; };
static void node_free(node *n) { free(n->name); free(n); }
static void die(const char *m) { puts(m); exit(1); }
"""


def read(*texts: str) -> list[CUnit]:
    return [read_c_unit(f"/p/f{index}.c", text.encode()) for index, text in enumerate(texts)]


def effects(text: str, name: str = "f") -> CEffects:
    (unit,) = read(PRELUDE + text)
    assert not unit.has_error, text
    return effects_of_units([unit], {})[name]


# The body of f; its parameters are all pointers unless they are named n. One word a parameter.
PARAMETERS = {
    "void f(char *p) { free(p); }": "takes",
    "void f(char *p) { if (p) free(p); }": "takes",
    "void f(char *p) { if (p != NULL) { free(p); } else { puts(0); } }": "takes",
    "void f(char *p) { if (!p) return; SAFE_FREE(p); }": "takes",
    "void f(char *p) { if (NULL == p || !*p) { free(p); return; } xfree(p); }": "takes",
    "void f(char *p, int n) { if (n) free(p); }": "unknown borrows",
    "void f(char *p, int n) { if (n) { free(p); return; } xfree(p); }": "takes borrows",
    "void f(unsigned char *p) { void *x = (void *)p; (void)p; free(x); }": "takes",
    "void f(node *p) { node_free(p); }": "takes",
    "void f(node *p) { while (p) { node *next = p->next; node_free(p); p = next; } }": "takes",
    "void f(node *p) { if (!p) return; f(p->next); node_free(p); }": "takes",
    "void f(char *p) { if (puts(p)) goto out; puts(p); out: free(p); }": "takes",
    "void f(int n, char *p) { switch (n) { case 1: free(p); break; case 2: xfree(p); break; default: free(p); } }": (
        "borrows takes"
    ),
    "void f(int n, char *p) { switch (n) { case 1: free(p); break; case 2: break; } }": "borrows unknown",
    "void f(int n, char *p) { n ? free(p) : xfree(p); }": "borrows takes",
    "void f(char *p, int n) { for (int i = 0; i < n; i++) { puts(p); } free(p); }": "takes borrows",
    "void f(char *p, int n) { if (n) die(p); free(p); }": "takes borrows",
    "void f(char *p) {\n#ifdef X\n  free(p);\n#else\n  xfree(p);\n#endif\n}": "takes",
    "void f(char *p) {\n#ifdef X\n  free(p);\n#endif\n}": "unknown",
    "void f(char *p) { struct opts o = { .n = p }; free(o.n); }": "takes",
    "void f(char *p) { struct opts o; o.n = p; puts(o.n); }": "borrows",
    "void f(char *p) { struct opts o; o.n = p; external_use(&o); }": "borrows",
    "void f(char *p) { cache = p; }": "holds",
    "void f(char *p) { static char *last; last = p; }": "holds",
    "void f(node *p) { p->next = head; head = p; }": "holds",
    "void f(node *p, char *q) { p->name = q; }": "borrows holds",
    "void f(char **p, char *q) { *p = q; }": "borrows holds",
    "void f(char *t[], char *q) { t[1] = q; }": "borrows holds",
    "node *f(char *q) { node *n = malloc(sizeof *n); n->name = q; return n; }": "holds",
    "void f(char *q) { node n; n.name = q; node *p = malloc(8); p->name = q; free(p); }": "borrows",
    "void f(node *p) { p->next = p; }": "borrows",
    "char *f(char *p) { return p + 1; }": "returns",
    "char *f(char *p, char *q) { return p ? p : q; }": "returns returns",
    "char *f(char *p) { char *q = p; while (*q) q++; return q; }": "returns",
    "int f(char **p) { *p = malloc(10); return *p ? 0 : -1; }": "fills",
    'int f(char **p) { char *x; asprintf(&x, "a"); *p = x; return 0; }': "fills",
    "int f(node **p, const char *s) { node *n = malloc(8); if (!n) return -1; if (*s) { free(n); return -2; } *p = n; }": (
        "fills borrows"
    ),
    'int f(char **p) { return g(p); } int g(char **p) { *p = strdup(""); return 0; }': "fills",
    "void f(char **p) { *p = cache; }": "borrows",
    "void f(int *p) { *p = 3; }": "borrows",
    "void f(char *p) { external_free(p); }": "unknown",
    "void f(char *p) { external_print(p); }": "borrows",
    "void f(node *p) { p->destroy(p); }": "unknown",
    "void f(void (*cb)(void *), void *p) { cb(p); }": "borrows borrows",
    "void f(void *p) { lib_attach(head, p, free); }": "takes",
    "void f(node *p) { lib_keep(head, p, 1, node_free); }": "takes",
    'void f(char *p) { asm("nop"); free(p); }': "takes",
    "char *f(char *p, int n) { char *q = realloc(p, n); if (!q) { free(p); return NULL; } return q; }": "takes borrows",
    "void f(char *d, const char *s) { strcpy(d, s); }": "borrows borrows",
    "void f(char *p) { char *q __attribute__((unused)); q = p; free(q); }": "takes",
    "void f(uintptr_t p) { free((void *)p); }": "takes",
    "void f(char *p) { do { free(p); } while (0); }": "takes",
    "void f(char *p) { for (;;) { free(p); break; } }": "takes",
    "void f(node *p) { free(p->name); }": "borrows",
}


@pytest.mark.parametrize("text", PARAMETERS)
def test_parameters(text: str) -> None:
    assert " ".join(effect.value for effect in effects(text).parameters) == PARAMETERS[text]


RESULTS = {
    "char *f(void) { return malloc(3); }": ("owned", "free", True),
    "char *f(const char *s) { return DUP(s); }": ("owned", "free", True),
    'void *f(size_t n) { void *p = malloc(n); if (p == NULL) die("x"); return p; }': ("owned", "free", False),
    "void *f(size_t n) { void *p = malloc(n); if (!p) abort(); return memset(p, 0, n); }": ("owned", "free", False),
    "node *f(char *s) { node *n = calloc(1, 8); if (!n) return NULL; n->name = strdup(s); return n; }": (
        "owned",
        "free",
        True,
    ),
    'char *f(int n) { char *p = NULL; if (n) p = strdup("a"); return p; }': ("owned", "free", True),
    "const char *f(node *p) { return p->name; }": ("borrowed", "", True),
    "char *f(node *p) { char *c = p->name; p->name = NULL; return c; }": ("unknown", "", False),
    'const char *f(int n) { return n ? "a" : "b"; }': ("borrowed", "", True),
    "char *f(void) { if (!cache) cache = malloc(10); return cache; }": ("borrowed", "", True),
    "char *f(void) { char *p = malloc(10); cache = p; return p; }": ("unknown", "", False),
    "char *f(char *p) { return p; }": ("parameter", "", False),
    "char *f(char *p, int n) { return n ? p : strdup(p); }": ("unknown", "", False),
    "int f(char *p) { return p[0]; }": ("none", "", False),
    "void *f(void) { return external(); }": ("unknown", "", False),
    "char *f(void) { char *p = malloc(3); free(p); return p; }": ("unknown", "", False),
    "char *f(void) { char b[3]; return b; }": ("unknown", "", False),
}


@pytest.mark.parametrize("text", RESULTS)
def test_result(text: str) -> None:
    kind, releaser, nullable = RESULTS[text]
    result = effects(text).result
    assert (result.kind, result.releaser, result.nullable) == (kind, releaser, nullable)


def test_releasers_follow_through_wrappers() -> None:
    assert effects("void f(node *p) { node_free(p); }").releasers == ("free",)
    assert effects("int f(char **p) { *p = malloc(1); return 0; }").releasers == ("free",)


def test_the_packages_own_destructor_is_named() -> None:
    text = "typedef struct t { char *s; } t; t *make(void) { return malloc(8); } int open_t(t **p) { *p = make(); return 0; }"
    (unit,) = read(text + "void t_free(t *p) { if (p) free(p->s); free(p); } char *s(void) { return malloc(1); }")
    found = effects_of_units([unit], {})
    assert found["make"].result.releaser == "t_free"
    assert found["open_t"].releaser(0) == "t_free"
    assert found["s"].result.releaser == "free"
    (unit,) = read(text + "static void t_free(t *p) { free(p); }")
    assert effects_of_units([unit], {})["make"].result.releaser == "free"  # Go cannot call it


def test_taken_at_once_or_later() -> None:
    assert effects("void f(char *p) { free(p); }").frees == {0}
    assert effects("void f(char *p) { lib_attach(head, p, free); }").frees == frozenset()


def test_freed_fields() -> None:
    assert effects("void f(node *p) { node_free(p); }").frees_fields == {0}
    assert effects("void f(node *p) { free(p->name); p->name = NULL; }").frees_fields == {0}
    assert effects("void f(node *p) { free(p); }").frees_fields == frozenset()
    own = "int f(node *p) { p->name = malloc(3); if (!p->next) { free(p->name); return -1; } return 0; }"
    assert effects(own).frees_fields == frozenset()


ERRNO = {
    "int f(void) { return errno; }": (True, False),
    "int f(void) { return *__errno_location(); }": (True, False),
    "int f(void) { return (int)-errno; }": (True, False),
    "int f(void) { int e = errno; errno = 0; return e; }": (True, True),
    "int f(void) { return g(); } int g(void) { return errno; }": (True, False),
    "int f(const char *p) { if (open(p, 0) < 0) return errno; return 0; }": (False, None),
    "void f(void) { errno = 0; }": (False, True),
    "int f(int n) { return n + 1; }": (False, False),
}


@pytest.mark.parametrize("text", ERRNO)
def test_errno(text: str) -> None:
    found = effects(text)
    assert (found.returns_errno, found.sets_errno) == ERRNO[text]


def test_never_returns() -> None:
    assert effects('void f(void) { die("x"); }').never_returns
    assert effects("void f(void) { for (;;) { } }").never_returns
    assert not effects('void f(int n) { if (n) die("x"); }').never_returns
    assert effects("void f(void) __attribute__((noreturn));").never_returns
    assert effects("void f(int n) __attribute__((noreturn)); void f(int n) { external(n); }").never_returns


def test_attributes_of_declarations() -> None:
    made = effects("char *f(int n) __attribute__((malloc(node_free, 1)));")
    assert (made.origin, made.result) == ("attribute", ResultEffect("owned", "node_free", None, True))
    taken = effects("void f(int n, void *p) __attribute__((ownership_takes(malloc, 2)));")
    assert taken.parameters == (ParameterEffect.BORROWS, ParameterEffect.TAKES)
    assert (taken.releaser(1), taken.frees) == ("free", {1})
    held = effects("void f(void *p) __attribute__((ownership_holds(malloc, 1)));")
    assert held.parameters == (ParameterEffect.HOLDS,)
    owned = effects("void *f(int n) __attribute__((ownership_returns(malloc), returns_nonnull));")
    assert owned.result == ResultEffect("owned", "free", None, False)


def test_a_cleanup_variable_is_not_judged() -> None:
    found = effects("void f(char *p) { __attribute__((cleanup(done))) char *q = p; puts(q); }")
    assert found.parameters == (ParameterEffect.UNKNOWN,)


def test_declared_only_functions_are_left_to_tables_and_names() -> None:
    (unit,) = read("void lib_use(void *p);\n#define other lib_use\n#define xfree free\nint k;")
    found = effects_of_units([unit], {})
    assert set(found) == {"xfree"}
    assert found["xfree"].parameters == (ParameterEffect.TAKES,)


def test_the_table_is_asked_for_functions_without_a_body() -> None:
    row = CEffects(
        "lib_close", (ParameterEffect.TAKES,), ResultEffect("none"), "table", "lib", frozenset([0]), releasers=("x",)
    )
    (unit,) = read("void lib_close(void *); void f(void *p) { lib_close(p); }")
    assert effects_of_units([unit], {"lib_close": row})["f"].parameters == (ParameterEffect.TAKES,)
    assert effects_of_units([unit], {})["f"].parameters == (ParameterEffect.UNKNOWN,)


def test_across_units_and_static_functions() -> None:
    units = read(
        "void done(char *p); void f(char *p) { done(p); }",
        "static void helper(char *p) { free(p); } void done(char *p) { helper(p); }",
        "static void helper(char *p) { puts(p); } void g(char *p) { helper(p); }",
    )
    found = effects_of_units(units, {})
    assert found["f"].parameters == (ParameterEffect.TAKES,)
    assert found["g"].parameters == (ParameterEffect.BORROWS,)
    assert found["helper"].parameters == (ParameterEffect.UNKNOWN,)  # two functions of one name disagree
    assert found["f"].note == "f0.c:1 frees it"


def test_definitions_in_two_branches_must_agree() -> None:
    (unit,) = read("#ifdef A\nvoid f(char *p) { free(p); }\n#else\nvoid f(char *p) { }\n#endif\n")
    assert effects_of_units([unit], {})["f"].parameters == (ParameterEffect.UNKNOWN,)


def test_mutual_recursion_settles() -> None:
    chain = "".join(
        f"void f{i}(char *p, int n) {{ if (n) f{(i + 1) % 40}(p, n - 1); else free(p); }}\n" for i in range(40)
    )
    found = effects_of_units(read(chain), {})
    assert {found[f"f{i}"].parameters[0] for i in range(40)} <= {ParameterEffect.TAKES, ParameterEffect.UNKNOWN}


def test_only_what_is_wanted_is_solved() -> None:
    units = read("void a(char *p) { free(p); } void b(char *p) { a(p); } void c(char *p) { free(p); }")
    found = effects_of_units(units, {}, wanted=["b", "nothing"])
    assert set(found) == {"b"}
    assert found["b"].parameters == (ParameterEffect.TAKES,)


def test_an_unreadable_body_is_unknown() -> None:
    (unit,) = read("void f(char *p, int n) { if (p { @ free(p); }\nvoid g(char *p) { goto *labels[1]; }")
    found = effects_of_units([unit], {})
    assert found["f"].parameters == (ParameterEffect.UNKNOWN, ParameterEffect.BORROWS)
    assert found["g"].parameters == (ParameterEffect.UNKNOWN,)


def test_cplusplus() -> None:
    text = (
        'extern "C" {\nvoid close(Mat m) { delete m; }\nMat make(void *p) { return new cv::Mat(p); }\n'
        "int show(const char *name, Mat m) { try { cv::show(name, *m); } catch (const std::exception &e) { return 1; } }\n"
        "void cast(void *p) { free(static_cast<std::vector<int> *>(p)); }\n}\n"
    )
    unit = read_c_unit("/p/x.cpp", text.encode())
    found = effects_of_units([unit], {})
    assert not unit.has_error
    assert {name: [effect.value for effect in one.parameters] for name, one in found.items()} == {
        "close": ["takes"],
        "make": ["unknown"],
        "show": ["borrows", "borrows"],
        "cast": ["takes"],
    }


def declared(text: str) -> CFunction:
    return read(text)[0].functions[0]


NAMES = {
    "void foo_free(char *p);": "unknown",
    "void xmlFreeDoc(void *p);": "unknown",
    "void freeaddrinfo(void *p);": "unknown",
    "int sqlite3_close(void *db);": "unknown",
    "void fclose(void *f);": "unknown",
    "void thing_release(const void *p);": "unknown",
    "void list_append(void *l, void *item);": "unknown unknown",
    "void list_append(void *l, const char *item);": "unknown borrows",
    "void SSL_set0_key(void *s, void *k);": "unknown unknown",
    "void print(char *p, int n);": "borrows borrows",
    "void freeze(char *p);": "borrows",
    "void download(char *p);": "borrows",
    "void set_name(void *w, const char *name);": "borrows borrows",
    "void list_insert(void *l, int index, void *item);": "unknown borrows unknown",
}


@pytest.mark.parametrize("text", NAMES)
def test_names(text: str) -> None:
    function = declared(text)
    found = effects_from_name(function, function.name, len(function.parameters))
    assert " ".join(effect.value for effect in found.parameters) == NAMES[text]
    assert found.origin == "name"


def test_a_name_alone() -> None:
    assert effects_from_name(None, "puts", 1).parameters == (ParameterEffect.BORROWS,)
    assert effects_from_name(None, "g_object_unref", 1).parameters == (ParameterEffect.UNKNOWN,)
    assert effects_from_name(None, "printf", 3).parameters == (ParameterEffect.BORROWS,) * 3


def test_pointer_like_types() -> None:
    assert all(map(is_pointer_like, ["char *", "handle", "int []", "void (*)(int)", "uintptr_t", "struct s", ""]))
    assert not any(map(is_pointer_like, ["int", "unsigned long", "const size_t", "enum color", "void"]))
