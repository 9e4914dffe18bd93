"""Whether everything that could define a C name of a package has been read: only then does a missing definition mean something."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cgo_ls.data.tables import declared_by
from cgo_ls.model.cdecl import CUnit
from cgo_ls.model.definitions import compiled_together, exports_of, imported_paths, is_beside, tags
from cgo_ls.model.go_file import GoFile
from cgo_ls.model.package import CName, CScope, Package

_LIBRARY_FLAGS = re.compile(r"defsym|unresolved|undefined|lookup|wrap|allow-|^-r$|relocatable")
_LINUX_TAGS = frozenset(["cgo", "gc", "linux", "unix", "386", "amd64", "arm", "arm64"])
_STANDARD_ROOTS = (
    "C archive arena bufio builtin bytes cmp compress container context crypto database debug embed encoding errors expvar flag fmt go "
    "hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices sort strconv strings "
    "structs sync syscall testing text time unicode unique unsafe weak"
)
_STANDARD = frozenset(_STANDARD_ROOTS.split(" "))
# `DEFINE_HANDLER(name)` on a line of its own.
_MACRO_CALL = r"^[A-Za-z_]\w*[ \t]*\([^;{{}}()]*\b{}\b"


def is_certainly_undefined(package: Package, file: GoFile, known: CName) -> bool:
    """Of a name that `file` declares and nothing that was read defines: whether nothing else can. The libraries are known to be."""
    names = package.note("closed-world", _names_in_doubt)
    if names is None or known.name in names or not headers_are_known(package.scope(file)):
        return False
    if file.constraint is not None and not tags(file.constraint) <= _LINUX_TAGS:
        return False
    if any(_is_weak_or_renamed(one, file) for one in known.declarations):
        return False
    call = re.compile(_MACRO_CALL.format(re.escape(known.name)).encode(), re.MULTILINE)
    return not any(call.search(unit.text) for unit in package.c_units if known.name.encode() in unit.text)


def headers_are_known(scope: CScope) -> bool:
    """Whether a file includes nothing but headers of the package and of libc, all of them understood."""
    return not any(unit.has_error for unit in scope.units) and _are_known(scope.headers, scope.units)


def links_by_comment(file: GoFile) -> bool:
    """Whether a `//go:` comment of the file ties names together behind the linker's back."""
    return b"//go:cgo_" in file.data or b"//go:linkname" in file.data


def _names_in_doubt(package: Package) -> frozenset[str] | None:
    """The names of macros, which may lead anywhere; None where the package as a whole may get its C from elsewhere."""
    exporting = exports_of(package)
    if any(one.path in exporting and one.package_name == "main" for one in package.files):
        return None  # a C program may link it as an archive, and bring the name
    units = [unit for one in package.files if (unit := one.c_unit) is not None] + list(package.c_units)
    if any(unit.has_error for unit in units) or any(_LIBRARY_FLAGS.search(flag) for flag in package.link.flags):
        return None
    if not all(_is_self_contained(one) for one in package.files):
        return None
    compiled = [unit for unit in package.c_units if is_beside(package, unit)]
    if not all(_are_known([include.name for include in unit.includes], package.c_units) for unit in compiled):
        return None
    macros = [macro for unit in units for macro in unit.macros]
    if any("##" in macro.value or (macro.parameters is not None and "{" in macro.value) for macro in macros):
        return None  # a macro may define functions
    return frozenset(macro.name for macro in macros)


def _are_known(includes: Iterable[str], units: Iterable[CUnit]) -> bool:
    own = tuple("/" + unit.path.replace("\\", "/").lstrip("/") for unit in units)
    outer = [name for name in includes if not any(path.endswith("/" + name.lstrip("./")) for path in own)]
    # Two names that hardly a header declares: None says that one of the includes is not in the table.
    return all(declared_by(name, outer) is not None for name in ("wordexp", "glob"))


def _is_weak_or_renamed(declared: object, file: GoFile) -> bool:
    if any("weak" in text or "alias" in text or "import" in text for text in getattr(declared, "attributes", ())):
        return True
    place = getattr(declared, "place", None)
    return place is not None and place.path == file.path and b"asm" in file.data[place.span.start : place.span.end]


def _is_self_contained(file: GoFile) -> bool:
    """Whether the Go file imports nothing but the standard library: another package may bring C of its own."""
    if links_by_comment(file) or (file.imports_c and not compiled_together(None, file.constraint)):
        return False
    return all(path.partition("/")[0] in _STANDARD for path in imported_paths(file))
