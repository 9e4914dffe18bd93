"""file: URIs and operating system paths. Other schemes have no path here, so such documents are not analysed."""

from __future__ import annotations

import os
import re
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

_DRIVE = re.compile(r"/[A-Za-z]:")


def path_of(uri: str) -> str | None:
    """The absolute, normalized path of a file: URI; None for any other URI. Bytes that are no text survive."""
    try:
        parts = urlsplit(uri)
        path = os.fsdecode(unquote_to_bytes(parts.path))
    except ValueError:
        return None
    if parts.scheme != "file" or not path.startswith("/") or "\0" in path:
        return None
    if os.name == "nt":
        path = path[1:] if _DRIVE.match(path) else path
        path = f"//{parts.netloc}{path}" if parts.netloc else path
    elif parts.netloc not in ("", "localhost"):
        return None
    return os.path.normpath(path)


def uri_of(path: str) -> str:
    """The file: URI of an absolute path."""
    if os.name == "nt":
        path = path.replace("\\", "/")
        if path.startswith("//"):
            return "file:" + quote_from_bytes(os.fsencode(path), safe="/~")
        path = "/" + path
    return "file://" + quote_from_bytes(os.fsencode(path), safe="/~")
