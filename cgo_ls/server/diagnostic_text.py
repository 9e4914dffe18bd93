"""Diagnostics as JSON text.

A keystroke moves many diagnostics and changes few. So the text of each is kept as a template with its numbers left out: filling one
in costs a tenth of building and serializing the object. Nothing but a template's own words decides which one it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cgo_ls.rules.finding import Diagnostic
from cgo_ls.server.client import ClientTraits
from cgo_ls.server.to_lsp import SOURCE, View, explanation_uri
from cgo_ls.text.positions import range_at

_SEVERITIES = {"error": 1, "warning": 2, "information": 3, "hint": 4}
_UNNECESSARY = 1
_TEMPLATE_LIMIT = 10_000

_NUMBER = "\0number"
_RANGE = {"start": {"line": _NUMBER, "character": _NUMBER}, "end": {"line": _NUMBER, "character": _NUMBER}}


def render_diagnostics(view: View, path: str, found: Sequence[Diagnostic]) -> str:
    """A JSON array, in the order given; empty for a file that cannot be read."""
    if view.document(path) is None:
        return "[]"
    return f"[{','.join([render_diagnostic(view, each) for each in found])}]"


def render_diagnostic(view: View, found: Diagnostic) -> str:
    """A JSON object. The file must be readable; steps in files that are not are left out."""
    client = view.client
    document = view.document(found.path)
    assert document is not None
    numbers = range_at(document, found.span.start, found.span.end, client.encoding)
    message, places = found.message, []
    for step in found.steps:
        path = step.path or found.path
        where = document if path == found.path else view.document(path)
        if where is None:
            continue
        place = range_at(where, step.span.start, step.span.end, client.encoding)
        if client.related_information:
            places.append((view.uri(path), step.message))
            numbers += place
        else:
            message += f"\n  {view.uri(path).rpartition('/')[2]}:{place[0] + 1}: {step.message}"
    key = (found.rule, found.family, found.severity, found.function, found.unnecessary, message, tuple(places))
    template = view.templates.get(key)
    if template is None:
        if len(view.templates) > _TEMPLATE_LIMIT:
            view.templates.clear()
        template = view.templates[key] = _build_template(found, client, message, places)
    return template % numbers


def _build_template(found: Diagnostic, client: ClientTraits, message: str, places: Sequence[tuple[str, str]]) -> str:
    item: dict[str, Any] = {
        "range": _RANGE,
        "severity": _SEVERITIES[found.severity],
        "code": found.rule,
        "source": SOURCE,
        "message": message,
    }
    if client.related_information:
        item["relatedInformation"] = [
            {"location": {"uri": uri, "range": _RANGE}, "message": text} for uri, text in places
        ]
    if client.code_description and (explanation := explanation_uri(found.rule)):
        item["codeDescription"] = {"href": explanation}
    if found.unnecessary and _UNNECESSARY in client.diagnostic_tags:
        item["tags"] = [_UNNECESSARY]
    if client.diagnostic_data:
        item["data"] = {"rule": found.rule, "family": found.family, "function": found.function}
    text = json.dumps(item, separators=(",", ":")).replace("%", "%%")
    return text.replace(json.dumps(_NUMBER), "%d")
