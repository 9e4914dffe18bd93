// What the command palette offers.

import * as vscode from 'vscode';
import type { Server } from './client.ts';
import { SECTION } from './settings.ts';

interface Page {
  rule: string;
  markdown: string;
}

export function registerCommands(context: vscode.ExtensionContext, server: Server, log: vscode.LogOutputChannel): void {
  const commands: Record<string, (...args: never[]) => unknown> = {
    restart: () => server.restart(),
    showLog: () => log.show(),
    explainRule: (rule?: string) => explainRule(server, rule),
    showSymbols: () => showSymbols(server),
    suppressHere: () => suppress('quickfix.suppressHere'),
    suppressInProject: () => suppress('quickfix.suppressInProject'),
    copyDebugReport: () => copyDebugReport(context, server),
  };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(`cgo.${name}`, run));
  }
  context.subscriptions.push(vscode.workspace.registerTextDocumentContentProvider('cgo-rule', { provideTextDocumentContent }));

  async function provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const page = await server.ask<Page>('cgo-ls.explain', uri.path.replace(/^\/|\.md$/g, ''));
    return page?.markdown ?? vscode.l10n.t('The server does not run, and the pages are its own.');
  }
}

/** The page of a rule as a Markdown preview. Without a name: of the finding at the cursor, or of one to choose. */
async function explainRule(server: Server, rule?: string): Promise<void> {
  const name = rule ?? findingAtCursor() ?? (await chooseRule(server));
  if (!name) return;
  await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.from({ scheme: 'cgo-rule', path: `/${name}.md` }));
}

function findingAtCursor(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return undefined;
  const found = vscode.languages
    .getDiagnostics(editor.document.uri)
    .find((each) => each.source === 'cgo-ls' && each.range.intersection(editor.selection));
  return typeof found?.code === 'object' ? String(found.code.value) : undefined;
}

async function chooseRule(server: Server): Promise<string | undefined> {
  const rules = await server.ask<{ name: string; summary: string }[]>('cgo-ls.rules');
  const items = (rules ?? []).map(({ name, summary }) => ({ label: name, detail: summary }));
  return (await vscode.window.showQuickPick(items, { matchOnDetail: true }))?.label;
}

/** A picture of which C name comes from where, as the server draws it. Its HTML holds no script. */
async function showSymbols(server: Server): Promise<void> {
  const uri = vscode.window.activeTextEditor?.document.uri;
  const answer = uri && (await server.ask<{ title: string; html: string }>('cgo-ls.symbols', uri.toString()));
  if (!answer) {
    void vscode.window.showInformationMessage(vscode.l10n.t('cgo: open a Go file that imports "C" to see its symbols.'));
    return;
  }
  const panel = vscode.window.createWebviewPanel('cgo.symbols', answer.title, vscode.ViewColumn.Active, { enableScripts: false });
  panel.webview.html = answer.html;
}

/** The code action of that kind for the finding at the cursor; the editor asks which one, if there are several, or says that there is none. */
function suppress(kind: string): Thenable<unknown> {
  return vscode.commands.executeCommand('editor.action.codeAction', { kind, apply: 'ifSingle' });
}

async function copyDebugReport(context: vscode.ExtensionContext, server: Server): Promise<void> {
  const report = {
    extension: String(context.extension.packageJSON.version),
    editor: `${vscode.env.appName} ${vscode.version} (${vscode.env.uiKind === vscode.UIKind.Web ? 'web' : 'desktop'})`,
    platform: `${process.platform}-${process.arch}`,
    trusted: vscode.workspace.isTrusted,
    gopls: vscode.extensions.getExtension('golang.go')?.isActive ?? false,
    launch: server.launch ?? null,
    settings: vscode.workspace.getConfiguration(SECTION),
    server: (await server.ask('cgo-ls.debugReport')) ?? null,
  };
  await vscode.env.clipboard.writeText(`${JSON.stringify(report, null, 2)}\n`);
  void vscode.window.showInformationMessage(vscode.l10n.t('cgo: the report is in the clipboard. It holds paths of this machine, and no code.'));
}
