"""Colours of the preamble's C for editors without a grammar, off until they are set: an editor shows the tokens of one server only,
and gopls has some, so that they are registered only when somebody wants them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from cgo_ls.features.preamble_tokens import Token, preamble_tokens
from cgo_ls.server import from_lsp
from cgo_ls.server.client import ClientTraits
from cgo_ls.server.scheduler import Cancellation
from cgo_ls.server.to_lsp import Json
from cgo_ls.text.document import Document
from cgo_ls.text.positions import range_at

if TYPE_CHECKING:
    from cgo_ls.server.app import CgoLanguageServer

_KINDS = ("keyword", "type", "function", "macro", "string", "number", "comment")
OPTIONS = types.SemanticTokensRegistrationOptions(
    legend=types.SemanticTokensLegend(token_types=list(_KINDS), token_modifiers=[]),
    full=True,
    document_selector=[types.TextDocumentFilterLanguage(language="go", scheme="file")],
)
REGISTRATION = types.Registration(id="cgo-ls tokens", method="textDocument/semanticTokens", register_options=OPTIONS)


async def text_document_semantic_tokens_full(ls: CgoLanguageServer, params: types.SemanticTokensParams) -> Json | None:
    path = from_lsp.source_path(params.text_document.uri)
    document = ls.drafts.document(path) if path else None
    if path is None or document is None or not ls.session.settings.preamble_tokens:
        return None
    take_view = ls.view_taker()

    def work(cancelled: Cancellation) -> Json | None:
        view = take_view(cancelled)
        shown = view.document(path)
        return {"data": _encoded(shown, preamble_tokens(view.snapshot, path), view.client)} if shown else None

    return await ls.worker.submit(work)


def _encoded(document: Document, tokens: tuple[Token, ...], client: ClientTraits) -> list[int]:
    """Five numbers each, the place relative to the token before."""
    data: list[int] = []
    line = column = 0
    for token in tokens:
        first, start, last, end = range_at(document, token.span.start, token.span.end, client.encoding)
        if first != last:
            continue
        data += (first - line, start - column if first == line else start, end - start, _KINDS.index(token.kind), 0)
        line, column = first, start
    return data
