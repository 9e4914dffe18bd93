"""From an analysed folder to what the client shows: which files are reported, and when a report is withdrawn."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cgo_ls.rules.finding import Diagnostic
from cgo_ls.server.diagnostic_text import render_diagnostics
from cgo_ls.server.scheduler import Cancellation, Work
from cgo_ls.server.to_lsp import View
from cgo_ls.text.span import Span
from cgo_ls.workspace.config import ConfigError
from cgo_ls.workspace.disk import lies_in
from cgo_ls.workspace.session import RuleError

if TYPE_CHECKING:
    from cgo_ls.server.app import CgoLanguageServer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """What one file is to show. `version` None: the file is not open, or its text in the editor is unknown."""

    uri: str
    version: int | None
    items: str
    """The JSON array of diagnostics."""

    @property
    def is_empty(self) -> bool:
        return self.items == "[]"


Reports = dict[str, Report]


class Publisher:
    """Keeps the client's diagnostics equal to the last analysis of each folder.

    A file that is open is reported whenever its version is new, so that the client knows the report is about this version; a
    file on disk only when its report changes. A client that pulls gets pushed only what it does not ask for: files not open.
    """

    def __init__(self, server: CgoLanguageServer) -> None:
        self._server = server
        self._published: dict[str, Reports] = {}
        self._noted: set[str] = set()

    @property
    def folders(self) -> tuple[str, ...]:
        return tuple(self._published)

    def begin(self, folder: str) -> Work[Reports]:
        """Take the state now, analyse later."""
        take_view = self._server.view_taker()

        def work(cancelled: Cancellation) -> Reports:
            view = take_view(cancelled)
            reports = build_reports(view, folder, self._server.session.folder(folder).config.errors)
            self._note_errors(view.snapshot.errors(folder))
            return reports

        return work

    def _note_errors(self, errors: Iterable[RuleError]) -> None:
        """A rule that failed is a defect of ours: one line in the log for each, without its words, which may quote code."""
        for error in errors:
            note = f"{error.rule} failed ({error.message.partition(':')[0]})"
            if note not in self._noted:
                self._noted.add(note)
                log.warning("internal error: %s", note)

    def publish(self, folder: str, reports: Reports) -> None:
        current = {path: report for path, report in reports.items() if self._is_reported(path)}
        last = self._published.get(folder, {})
        self._published[folder] = current
        for path, report in current.items():
            if report != last.get(path) and not (path not in last and report.is_empty and report.version is None):
                self._send(report)
        for path, report in last.items():
            if path not in current and not report.is_empty:
                self._send(Report(report.uri, None, "[]"))

    def withdraw(self, path: str, folder: str) -> None:
        """The text of `path` is unknown: what was said about it may be wrong."""
        report = self._published.get(folder, {}).pop(path, None)
        if report is not None and not report.is_empty:
            self._send(Report(report.uri, None, "[]"))

    def forget(self, folder: str) -> None:
        """The folder is no longer ours to report on."""
        for report in self._published.pop(folder, {}).values():
            if not report.is_empty:
                self._send(Report(report.uri, None, "[]"))

    def _is_reported(self, path: str) -> bool:
        server = self._server
        if server.drafts.is_open(path):
            return server.drafts.document(path) is not None and not server.client.pulls_diagnostics
        return not server.roots or any(lies_in(path, root) for root in server.roots)

    def _send(self, report: Report) -> None:
        version = "" if report.version is None else f',"version":{report.version}'
        params = f'{{"uri":{json.dumps(report.uri)}{version},"diagnostics":{report.items}}}'
        self._server.protocol.send_rendered_notification("textDocument/publishDiagnostics", params)


def build_reports(view: View, folder: str, config_errors: Iterable[ConfigError]) -> Reports:
    """A report for each file of the folder with diagnostics, and for each open one; what is wrong with the settings is
    a diagnostic of their file, which may lie above the folder."""
    by_path: dict[str, list[Diagnostic]] = {path: [] for path in view.uris if os.path.dirname(path) == folder}
    for found in view.snapshot.diagnostics_of_folder(folder):
        by_path.setdefault(found.path, []).append(found)
    for error in config_errors:
        by_path.setdefault(error.path, []).append(config_diagnostic(view, error))
    return {
        path: Report(view.uri(path), view.version(path), render_diagnostics(view, path, found))
        for path, found in by_path.items()
    }


def config_diagnostic(view: View, error: ConfigError) -> Diagnostic:
    """On the line that is wrong, or on the first where the whole file is meant."""
    document = view.document(error.path)
    line = min(max(error.line - 1, 0), document.line_count - 1) if document else 0
    span = Span(*document.line_bounds(line)) if document else Span(0, 0)
    return Diagnostic(error.path, span, "configuration", "", "error", error.message, "", (), ())


def render_pulled(items: str, previous_result_id: str | None) -> str:
    """The JSON of a pulled report. Its id names its content: the same diagnostics at the same places are "unchanged"."""
    name = hashlib.blake2b(items.encode("ascii"), digest_size=12).hexdigest()
    if name == previous_result_id:
        return f'{{"kind":"unchanged","resultId":"{name}"}}'
    return f'{{"kind":"full","resultId":"{name}","items":{items}}}'
