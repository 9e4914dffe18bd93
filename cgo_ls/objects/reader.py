"""Bytes of any kind to an ObjectFile. Nothing raises, whatever the bytes are; nothing takes longer than their length allows."""

from __future__ import annotations

from cgo_ls.objects.archive import read_archive
from cgo_ls.objects.object_file import ObjectFile

SIZE_LIMIT = 256 << 20
_SCRIPT_WORDS = (b"GROUP", b"INPUT", b"OUTPUT_FORMAT", b"GNU ld script")
_MACH_O = (
    b"\xfe\xed\xfa\xce", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf",
)  # fmt: skip


def read_object(data: bytes) -> ObjectFile:
    """The names that the file of these bytes defines."""
    if len(data) > SIZE_LIMIT:
        return ObjectFile("unknown", "unknown", error=f"larger than {SIZE_LIMIT >> 20} MiB")
    if data.startswith(b"\x7fELF"):
        from cgo_ls.objects.elf import read_elf

        return read_elf(data)
    if data.startswith((b"!<arch>\n", b"!<thin>\n")):
        return read_archive(data)
    if data.startswith(_MACH_O):
        from cgo_ls.objects.mach_o import read_mach_o

        return read_mach_o(data)
    if data.startswith(b"MZ"):
        from cgo_ls.objects.pe import read_pe

        return read_pe(data)
    if data.startswith(b"--- !tapi"):
        return ObjectFile("mach-o", "stub", error="a text stub, which is not read")
    if any(word in data[:4096] for word in _SCRIPT_WORDS):
        return ObjectFile("script", "stub", error="a linker script, which is not followed")
    return ObjectFile("unknown", "unknown", error="not an object file, an archive or a library")
