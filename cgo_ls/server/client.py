"""What the client can do, read once from its capabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lsprotocol import types
from pygls.capabilities import get_capability

from cgo_ls.text.positions import Encoding

_PREFERRED: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")


@dataclass(frozen=True, slots=True)
class ClientTraits:
    """The answers that decide what we send, and how."""

    encoding: Encoding = "utf-16"
    pulls_diagnostics: bool = False
    """Pull alone: the client asks for diagnostics, and asks again when told. One that cannot be told gets them pushed."""
    related_information: bool = False
    code_description: bool = False
    diagnostic_tags: frozenset[int] = frozenset()
    diagnostic_data: bool = False
    hover_markdown: bool = False
    completion_markdown: bool = False
    signature_markdown: bool = False
    label_offsets: bool = False
    action_literals: bool = False
    preferred_actions: bool = False
    disabled_actions: bool = False
    resolves_edits: bool = False
    document_changes: bool = False
    creates_files: bool = False
    refreshes_hints: bool = False
    refreshes_lenses: bool = False
    configuration: bool = False
    registers_configuration: bool = False
    registers_tokens: bool = False
    registers_watchers: bool = False


def client_traits(capabilities: types.ClientCapabilities) -> ClientTraits:
    def has(field: str) -> bool:
        return bool(get_capability(capabilities, field, False))

    pulls = get_capability(capabilities, "text_document.diagnostic") is not None
    tags = get_capability(capabilities, "text_document.publish_diagnostics.tag_support.value_set") or ()

    def shows_markdown(field: str) -> bool:
        return types.MarkupKind.Markdown in (get_capability(capabilities, field) or ())

    resolved = get_capability(capabilities, "text_document.code_action.resolve_support.properties") or ()
    operations = get_capability(capabilities, "workspace.workspace_edit.resource_operations") or ()
    literals = get_capability(capabilities, "text_document.code_action.code_action_literal_support")
    return ClientTraits(
        encoding=choose_encoding(get_capability(capabilities, "general.position_encodings")),
        pulls_diagnostics=pulls and has("workspace.diagnostics.refresh_support"),
        related_information=has("text_document.publish_diagnostics.related_information"),
        code_description=has("text_document.publish_diagnostics.code_description_support"),
        diagnostic_tags=frozenset(int(tag) for tag in tags),
        diagnostic_data=has("text_document.publish_diagnostics.data_support"),
        hover_markdown=shows_markdown("text_document.hover.content_format"),
        completion_markdown=shows_markdown("text_document.completion.completion_item.documentation_format"),
        signature_markdown=shows_markdown("text_document.signature_help.signature_information.documentation_format"),
        label_offsets=has(
            "text_document.signature_help.signature_information.parameter_information.label_offset_support"
        ),
        action_literals=literals is not None,
        preferred_actions=has("text_document.code_action.is_preferred_support"),
        disabled_actions=has("text_document.code_action.disabled_support"),
        resolves_edits="edit" in resolved and has("text_document.code_action.data_support"),
        document_changes=has("workspace.workspace_edit.document_changes"),
        creates_files=types.ResourceOperationKind.Create in operations,
        refreshes_hints=has("workspace.inlay_hint.refresh_support"),
        refreshes_lenses=has("workspace.code_lens.refresh_support"),
        configuration=has("workspace.configuration"),
        registers_tokens=has("text_document.semantic_tokens.dynamic_registration"),
        registers_configuration=has("workspace.did_change_configuration.dynamic_registration"),
        registers_watchers=has("workspace.did_change_watched_files.dynamic_registration"),
    )


def choose_encoding(offered: Sequence[Any] | None) -> Encoding:
    """UTF-8 if the client offers it, since it costs us nothing, then UTF-16, which is also what silence means."""
    names = {str(getattr(kind, "value", kind)) for kind in offered or ()}
    for encoding in _PREFERRED:
        if encoding in names:
            return encoding
    return "utf-16"
