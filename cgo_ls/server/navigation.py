"""Completion behind `C.`, signatures, definitions and references of C names: gopls knows none of them, so there is nobody to repeat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types

from cgo_ls.features.completion import Completion, completed_span, completion_text, completions
from cgo_ls.features.definitions import Location, definitions, references
from cgo_ls.features.signature_help import signature_help
from cgo_ls.server import from_lsp
from cgo_ls.server.scheduler import Cancellation
from cgo_ls.server.to_lsp import Json, View, markup, range_of
from cgo_ls.text.positions import offset_at

if TYPE_CHECKING:
    from cgo_ls.server.app import CgoLanguageServer

_KINDS = {"function": 3, "variable": 6, "constant": 21, "enum": 20, "type": 22}
_Answer = TypeVar("_Answer")


async def text_document_completion(ls: CgoLanguageServer, params: types.CompletionParams) -> Json | None:
    """Asked at each dot of any Go file: what is not behind `C.` is answered without a look at the package."""
    path = from_lsp.source_path(params.text_document.uri)
    document = ls.drafts.document(path) if path else None
    if path is None or document is None:
        return None
    offset = offset_at(document, from_lsp.position(params.position), ls.client.encoding)
    if completed_span(document.data, offset) is None:
        return None
    uri, take_view = params.text_document.uri, ls.view_taker()

    def work(cancelled: Cancellation) -> Json | None:
        view = take_view(cancelled)
        found, shown = completions(view.snapshot, path, offset), view.document(path)
        if found is None or shown is None:
            return None
        place = range_of(shown, found.span, view.client)
        items = [_item(each, order, place, uri) for order, each in enumerate(found.items)]
        return {"isIncomplete": not found.complete, "items": items}

    return await ls.worker.submit(work)


async def completion_item_resolve(ls: CgoLanguageServer, item: types.CompletionItem) -> Json:
    """The item with what a hover over its name would say."""
    data = item.data if isinstance(item.data, dict) else {}
    uri, name = data.get("uri"), data.get("name")
    path = from_lsp.source_path(uri) if isinstance(uri, str) else None
    answer = ls.to_json(item)
    if path is None or not isinstance(name, str):
        return answer
    take_view, detail = ls.view_taker(), item.detail or ""
    text = await ls.worker.submit(lambda cancelled: completion_text(take_view(cancelled).snapshot, path, name, detail))
    return answer | ({"documentation": markup(text, ls.client.completion_markdown)} if text else {})


async def text_document_signature_help(ls: CgoLanguageServer, params: types.SignatureHelpParams) -> Json | None:
    def answer(view: View, path: str, offset: int) -> Json | None:
        found = signature_help(view.snapshot, path, offset)
        if found is None:
            return None
        signature = {
            "label": found.label,
            "documentation": markup(found.markdown, view.client.signature_markdown),
            "parameters": [
                {"label": [start, end] if view.client.label_offsets else found.label[start:end]}
                for start, end in found.parameters
            ],
        }
        return {"signatures": [signature], "activeSignature": 0, "activeParameter": found.active}

    return await _ask(ls, params, answer)


async def text_document_definition(ls: CgoLanguageServer, params: types.DefinitionParams) -> list[Json] | None:
    return await _ask(ls, params, lambda view, path, offset: _locations(view, definitions(view.snapshot, path, offset)))


async def text_document_references(ls: CgoLanguageServer, params: types.ReferenceParams) -> list[Json] | None:
    declared = params.context.include_declaration
    return await _ask(
        ls, params, lambda view, path, offset: _locations(view, references(view.snapshot, path, offset, declared))
    )


async def _ask(
    ls: CgoLanguageServer,
    params: types.SignatureHelpParams | types.DefinitionParams | types.ReferenceParams,
    question: Callable[[View, str, int], _Answer],
) -> _Answer | None:
    """`question` of the place in an open document, on the worker; None for a document that is not ours."""
    path = from_lsp.source_path(params.text_document.uri)
    document = ls.drafts.document(path) if path else None
    if path is None or document is None:
        return None
    offset = offset_at(document, from_lsp.position(params.position), ls.client.encoding)
    take_view = ls.view_taker()
    return await ls.worker.submit(lambda cancelled: question(take_view(cancelled), path, offset))


def _item(each: Completion, order: int, place: Json, uri: str) -> Json:
    return {
        "label": each.name,
        "kind": _KINDS[each.kind],
        "detail": each.detail,
        "sortText": f"{order:04}",
        "textEdit": {"range": place, "newText": each.name},
        "data": {"uri": uri, "name": each.name},
    }


def _locations(view: View, found: tuple[Location, ...]) -> list[Json] | None:
    """None for none, so that a client asks no further; files that cannot be read are left out."""
    shown = [(each, view.document(each.path)) for each in found]
    return [
        {"uri": view.uri(each.path), "range": range_of(document, each.span, view.client)}
        for each, document in shown
        if document is not None
    ] or None


HANDLERS: Mapping[str, Any] = {
    types.TEXT_DOCUMENT_COMPLETION: text_document_completion,
    types.COMPLETION_ITEM_RESOLVE: completion_item_resolve,
    types.TEXT_DOCUMENT_SIGNATURE_HELP: text_document_signature_help,
    types.TEXT_DOCUMENT_DEFINITION: text_document_definition,
    types.TEXT_DOCUMENT_REFERENCES: text_document_references,
}
