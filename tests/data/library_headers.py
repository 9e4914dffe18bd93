"""Hold the tables to the real headers of their libraries: `python -m tests.data.library_headers`.

Downloads the Debian packages named in `library_packages.txt`, unpacks them below .cache, has gcc print every function that the headers
in `library_headers.tsv` declare, and compares. What agrees is written down as a digest of the table's prototypes in
`headers_checked.tsv`; `test_library_headers.py` says when a table has changed since. Needs apt-get, dpkg-deb and the network.
"""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from cgo_ls.data.tables import load_library
from tests.data.compiler import prototypes
from tests.data.shapes import shape

HERE = Path(__file__).parent
CHECKED = HERE / "headers_checked.tsv"
# Folders of usr/include (or below its folder for one architecture) that headers expect to be searched.
FOLDERS = [
    "mit-krb5",
    "cups",
    "glib-2.0",
    "gio-unix-2.0",
    "cairo",
    "pango-1.0",
    "harfbuzz",
    "gdk-pixbuf-2.0",
    "atk-1.0",
    "gstreamer-1.0",
    "freetype2",
    "libxml2",
    "json-c",
    "pixman-1",
    "libpng16",
    "libsoup-2.4",
    "at-spi-2.0",
    "dbus-1.0",
    "graphene-1.0",
    "webkitgtk-4.0",
    "vte-2.91",
    "libsecret-1",
    "ostree-1",
    "poppler/glib",
    "librsvg-2.0",
    "polkit-1",
    "libnm",
    "libnl3",
    "lxc",
    "libusb-1.0",
    "postgresql",
    "mariadb",
    "lua5.4",
    "hidapi",
    "ImageMagick-6",
    "gdal",
    "llvm-c-14",
    "llvm-14",
    "tcl8.6",
    "libmongoc-1.0",
    "libbson-1.0",
    "enchant-2",
    "libdrm",
    "fuse3",
    "gobject-introspection-1.0",
    "libayatana-appindicator3-0.1",
    "libdbusmenu-glib-0.4",
    "libdbusmenu-gtk3-0.4",
    "opus",
    "PCSC",
    "leptonica",
    "python3.11",
    "openjpeg-2.5",
    "graphviz",
    "libevdev-1.0",
    "nspr",
    "p11-kit-1",
    "gssapi",
    "net-snmp",
]
MORE = ("glib-2.0", "dbus-1.0", "graphene-1.0")  # have one in usr/lib, too
CACHE = HERE.parents[1] / ".cache" / "library-headers"


def wanted() -> Iterator[tuple[str, list[str], list[str]]]:
    """Library, the headers to include, further flags; a library stands on two lines where two versions of it are held to."""
    with (HERE / "library_headers.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield row["library"], row["headers"].split(), row["flags"].split()


def digest(library: str) -> str:
    """Of the prototypes of a table; another prototype, row or header gives another one."""
    rows = load_library(library).rows
    text = "\n".join(f"{row.header}: {row.prototype}" for row in rows.values())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def unpack() -> Path:
    """The folder with the headers of all packages."""
    root, debs = CACHE / "root", CACHE / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    root.mkdir(exist_ok=True)
    packages = (HERE / "library_packages.txt").read_text(encoding="utf-8").split()
    missing = [name for name in packages if not list(debs.glob(f"{name}_*.deb"))]
    for start in range(0, len(missing), 40):
        subprocess.run(["apt-get", "-q", "download", *missing[start : start + 40]], cwd=debs, check=False)
    for deb in sorted(debs.glob("*.deb")):
        done = deb.with_suffix(".unpacked")
        if not done.exists():
            with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as archive:
                keep = ["./usr/include/*", "./usr/lib/*/include/*"]
                command = ["tar", "-x", "-C", root, "--wildcards", *keep]
                subprocess.run(
                    command, stdin=archive.stdout, stderr=subprocess.DEVNULL, check=False
                )  # not all have both
            done.touch()
    return root


def compare(library: str, found: dict[str, str]) -> list[str]:
    """The rows that the headers do not declare, or declare otherwise."""
    differing = []
    for row in load_library(library).rows.values():
        declared = found.get(row.name)
        if declared is None:
            differing.append(f"{library}: {row.name} is not declared")
        elif shape(declared) != shape(row.prototype):
            differing.append(f"{library}: {row.prototype} | {declared}")
    return differing


def search_flags(root: Path) -> list[str]:
    """-I for every folder that is there."""
    include, machine = root / "usr/include", root / "usr/include/x86_64-linux-gnu"
    folders = [include, machine, *(place / name for name in FOLDERS for place in (include, machine))]
    folders += [root / "usr/lib/x86_64-linux-gnu" / name / "include" for name in MORE]
    return [f"-I{folder}" for folder in [*folders, root / "usr/lib/llvm-14/include"] if folder.is_dir()]


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def main() -> int:
    root = unpack()
    search = search_flags(root)
    found: dict[str, dict[str, str]] = {}
    for library, headers, flags in wanted():
        folders = [*(flag.replace("ROOT", str(root)) for flag in flags), *search]
        with TemporaryDirectory() as folder:
            try:
                found.setdefault(library, {}).update(prototypes(Path(folder), headers, *folders))
            except AssertionError as error:
                say(f"{library}: {str(error)[:300]}")
    lines, wrong = ["library\trows\tdigest"], 0
    for library in sorted(found):
        differing = compare(library, found[library])
        say(*differing)
        wrong += len(differing)
        if not differing:
            lines.append(f"{library}\t{len(load_library(library).rows)}\t{digest(library)}")
    CHECKED.write_text("\n".join(lines) + "\n", encoding="utf-8")
    say(f"{len(lines) - 1} of {len(found)} tables agree with their headers; {wrong} rows differ")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
