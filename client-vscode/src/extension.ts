// Activated by Go files. Nothing runs until one of them imports "C".

import * as vscode from 'vscode';
import { Server } from './client.ts';
import { registerCommands } from './commands.ts';
import { importsC, needsRestart } from './settings.ts';
import { Status } from './status.ts';

let server: Server | undefined;

/** What other extensions may use: what the server is doing, and its commands (see cgo_ls/server/commands.py). */
export interface Api {
  stage(): string;
  ask(command: string, ...args: unknown[]): Promise<unknown>;
}

export function activate(context: vscode.ExtensionContext): Api {
  const log = vscode.window.createOutputChannel('cgo', { log: true });
  const trace = vscode.window.createOutputChannel('cgo Trace', { log: true });
  const status = new Status();
  const running = new Server(context, log, trace, status);
  server = running;
  let needed = false;

  function look(document: vscode.TextDocument): void {
    if (needed || document.languageId !== 'go' || document.uri.scheme !== 'file' || !importsC(document.getText())) return;
    needed = true;
    void running.restart();
  }

  function restartIfNeeded(): void {
    if (needed) void running.restart();
  }

  registerCommands(context, running, log);
  context.subscriptions.push(
    log,
    trace,
    status,
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidChangeTextDocument(({ document }) => look(document)),
    vscode.workspace.onDidChangeConfiguration((event) => needsRestart((name) => event.affectsConfiguration(name)) && restartIfNeeded()),
    vscode.workspace.onDidGrantWorkspaceTrust(restartIfNeeded),
  );
  vscode.workspace.textDocuments.forEach(look);
  return { stage: () => status.stage, ask: (command, ...args) => running.ask(command, ...args) };
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
