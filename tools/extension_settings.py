"""The settings in the VS Code extension's package.json, made from the server's own list.

python tools/extension_settings.py            say whether package.json and package.nls.json are up to date
python tools/extension_settings.py --write    bring them up to date
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cgo_ls import __version__
from cgo_ls.features.rule_pages import rule_summaries
from cgo_ls.workspace.config import SEVERITIES
from cgo_ls.workspace.settings import SETTINGS, Setting

EXTENSION = Path(__file__).resolve().parents[1] / "client-vscode"
SECTION = "cgo"

# The extension's own: how it starts the server, and what it writes down. `machine` ones cannot be set by a repository.
CLIENT: dict[str, dict[str, Any]] = {
    "server.path": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "markdownDescription": "A `cgo-ls` program to use in place of the server that the extension brings along.",
    },
    "server.interpreter": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "markdownDescription": "The Python (3.11 to 3.14) that runs the bundled server. Empty: the first one on `PATH`.",
    },
    "server.allowUvx": {
        "type": "boolean",
        "default": False,
        "scope": "machine",
        "markdownDescription": "Where no Python and no `cgo-ls` are found, start the server by `uvx cgo-ls`, which downloads it.",
    },
    "trace.server": {
        "type": "string",
        "enum": ["off", "messages", "verbose"],
        "default": "off",
        "scope": "window",
        "markdownDescription": "Write the messages between editor and server into the output channel *cgo Trace*.",
    },
}


def properties() -> tuple[dict[str, Any], dict[str, str]]:
    """`contributes.configuration.properties`, and the English texts that they name."""
    rows = {setting.name: _of_server(setting) for setting in SETTINGS} | CLIENT
    texts: dict[str, str] = {}
    forms: dict[str, Any] = {}
    for name, row in rows.items():
        key = f"setting.{name}"
        texts[key] = row["markdownDescription"]
        forms[f"{SECTION}.{name}"] = {**row, "markdownDescription": f"%{key}%"}
    return forms, texts


def _of_server(setting: Setting) -> dict[str, Any]:
    if setting.kind == "boolean":
        return {
            "type": "boolean",
            "default": False,
            "scope": "window",
            "markdownDescription": setting.description,
        }
    levels = {"type": "string", "enum": list(SEVERITIES)}
    return {
        "type": "object",
        "default": {},
        "scope": "window",
        "properties": {name: {**levels, "description": summary} for name, summary in rule_summaries()},
        "additionalProperties": False,
        "markdownDescription": setting.description,
    }


def render(package: str, names: str) -> tuple[str, str]:
    """Both files as they should be, given as they are."""
    forms, texts = properties()
    manifest = json.loads(package)
    manifest["version"] = __version__
    manifest["contributes"]["configuration"]["properties"] = forms
    others = {key: text for key, text in json.loads(names).items() if not key.startswith("setting.")}
    return _to_json(manifest), _to_json(others | texts)


def _to_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    files = [EXTENSION / "package.json", EXTENSION / "package.nls.json"]
    now = [file.read_text(encoding="utf-8") for file in files]
    wanted = render(*now)
    stale = [file for file, old, new in zip(files, now, wanted, strict=True) if old != new]
    if "--write" in sys.argv[1:]:
        for file, text in zip(files, wanted, strict=True):
            file.write_text(text, encoding="utf-8")
        return 0
    for file in stale:
        print(f"{file.name} is stale: run python tools/extension_settings.py --write")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
