// The client of the one server: how it is started, what is adapted for VS Code, and what happens when it dies.

import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { LanguageClient, RevealOutputChannelOn, State, type LanguageClientOptions } from 'vscode-languageclient/node';
import { findServer, type Launch, type Machine, type Missing } from './launch.ts';
import { answerSection, SECTION, stringOf } from './settings.ts';
import type { Status } from './status.ts';

export class Server {
  /** Undefined while no server runs. */
  client: LanguageClient | undefined;
  launch: Launch | Missing | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly trace: vscode.LogOutputChannel,
    private readonly status: Status,
  ) {}

  /** Starts are taken in turn, so that two of them never make two servers. */
  restart(): Promise<void> {
    this.turn = this.turn.then(() => this.stopNow()).then(() => this.startNow());
    return this.turn;
  }

  stop(): Promise<void> {
    this.turn = this.turn.then(() => this.stopNow());
    return this.turn;
  }

  /** The answer of one of the server's commands; undefined if it does not run, or does not know the command. */
  async ask<T>(command: string, ...args: unknown[]): Promise<T | undefined> {
    const client = this.client;
    const known = client?.initializeResult?.capabilities.executeCommandProvider?.commands.includes(command);
    if (!client || !known) return undefined;
    return await client.sendRequest<T>('workspace/executeCommand', { command, arguments: args });
  }

  private async startNow(): Promise<void> {
    this.status.show('starting');
    const launch = await findServer(this.request(), machine);
    this.launch = launch;
    if ('tried' in launch) {
      for (const line of launch.tried) this.log.warn(line);
      this.status.show('failed', vscode.l10n.t('no server found'));
      void this.complain(launch);
      return;
    }
    this.log.info(`server: ${launch.how}`);
    const { command, args } = launch;
    const cwd = this.context.extensionPath; // not the workspace: a program's folder is a place it loads code from
    const executable = { command, args, options: { cwd } };
    const client = new LanguageClient(SECTION, 'cgo', { run: executable, debug: executable }, this.options());
    this.client = client;
    client.onDidChangeState(({ newState }) => {
      if (this.client !== client) return;
      if (newState === State.Starting) this.status.show('starting', launch.how);
      else if (newState === State.Running) this.status.show('ready', launch.how);
      else this.status.show('failed', vscode.l10n.t('the server has stopped'));
    });
    client.onNotification('cgo-ls/status', ({ analysing }: { analysing: boolean }) => {
      if (this.client === client) this.status.show(analysing ? 'analysing' : 'ready', launch.how);
    });
    // A failure the client itself shows, with a button that leads to the log.
    await client.start().catch(() => this.status.show('failed', vscode.l10n.t('the server did not start')));
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose(2000).catch((error: unknown) => this.log.warn(`stop: ${String(error)}`));
    this.status.show('idle');
  }

  private request() {
    const settings = vscode.workspace.getConfiguration(SECTION);
    return {
      trusted: vscode.workspace.isTrusted,
      folders: (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
      serverPath: stringOf(settings.get('server.path')),
      interpreter: stringOf(settings.get('server.interpreter')),
      allowUvx: settings.get('server.allowUvx') === true,
      bundle: this.context.asAbsolutePath('bundled'),
      cache: path.join(this.context.globalStorageUri.fsPath, 'pycache'),
    };
  }

  private options(): LanguageClientOptions {
    const languages = ['go', 'c', 'cpp', 'objective-c'];
    return {
      documentSelector: languages.map((language) => ({ scheme: 'file', language })),
      outputChannel: this.log,
      traceOutputChannel: this.trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: { workspaceTrusted: vscode.workspace.isTrusted, status: true },
      synchronize: { configurationSection: SECTION },
      markdown: { isTrusted: false },
      connectionOptions: { maxRestartCount: 4 },
      middleware: {
        handleDiagnostics: (uri, diagnostics, next) => next(uri, diagnostics.map(linked)),
        provideDiagnostics: async (document, previous, token, next) => {
          const report = await next(document, previous, token);
          if (report?.kind === 'full') report.items.forEach(linked);
          return report;
        },
        provideCodeLenses: async (document, token, next) => {
          const lenses = (await next(document, token)) ?? [];
          for (const { command } of lenses) if (command?.command === 'cgo-ls.symbols') command.command = 'cgo.showSymbols';
          return lenses;
        },
        workspace: {
          configuration: ({ items }) =>
            items.map((item) => {
              const settings = vscode.workspace.getConfiguration(SECTION);
              return answerSection(item.section, (name) => settings.get(name));
            }),
        },
      },
    };
  }

  private async complain({ tried, uvx }: Missing): Promise<void> {
    const message = vscode.l10n.t('cgo needs Python 3.11 or newer to find bugs; colours work without it. ({0})', tried.join('; '));
    const buttons = { uvx: vscode.l10n.t('Use uvx'), help: vscode.l10n.t('How to Install'), settings: vscode.l10n.t('Open Settings') };
    const answer = await vscode.window.showErrorMessage(message, ...(uvx ? [buttons.uvx] : []), buttons.help, buttons.settings);
    if (answer === buttons.uvx) await vscode.workspace.getConfiguration(SECTION).update('server.allowUvx', true, vscode.ConfigurationTarget.Global);
    else if (answer === buttons.help) await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${this.context.extension.id}#start`);
    else if (answer === buttons.settings) await vscode.commands.executeCommand('workbench.action.openSettings', 'cgo.server');
  }
}

/** The rule's name leads to its page, which the server knows; package.json has it shown as a preview. */
function linked(diagnostic: vscode.Diagnostic): vscode.Diagnostic {
  const code = diagnostic.code;
  if (typeof code === 'object') {
    const target = vscode.Uri.from({ scheme: 'cgo-rule', path: `/${code.value}.md` });
    diagnostic.code = { value: code.value, target };
  }
  return diagnostic;
}

function isFile(file: string, mode: number): boolean {
  try {
    fs.accessSync(file, mode);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

const machine: Machine = {
  platform: process.platform,
  get searchPath() {
    return (process.env['PATH'] ?? '').split(path.delimiter);
  },
  isFile: (file) => isFile(file, fs.constants.R_OK),
  isExecutable: (file) => isFile(file, fs.constants.X_OK),
  run: (command, args) =>
    new Promise((resolve) => {
      execFile(command, args, { timeout: 10_000 }, (error, stdout) => resolve(error ? undefined : stdout));
    }),
};
