"""Bytes and positions: documents, spans, edits. Knows no Go, no C and no LSP."""
