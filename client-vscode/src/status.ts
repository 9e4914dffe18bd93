// The entry beside the language in the status bar: what the server is doing, and the way to its log.

import * as vscode from 'vscode';

export type Stage = 'idle' | 'starting' | 'analysing' | 'ready' | 'failed';

export class Status {
  readonly item = vscode.languages.createLanguageStatusItem('cgo.status', [{ language: 'go' }]);
  stage: Stage = 'idle';

  constructor() {
    this.item.name = 'cgo';
    this.item.command = { command: 'cgo.showLog', title: vscode.l10n.t('Show Log') };
    this.show('idle');
  }

  show(stage: Stage, detail = ''): void {
    const texts: Record<Stage, string> = {
      idle: vscode.l10n.t('cgo: idle, no file imports "C"'),
      starting: vscode.l10n.t('cgo: starting'),
      analysing: vscode.l10n.t('cgo: analysing'),
      ready: vscode.l10n.t('cgo: ready'),
      failed: vscode.l10n.t('cgo: failed'),
    };
    this.stage = stage;
    this.item.text = texts[stage];
    this.item.detail = detail;
    this.item.busy = stage === 'starting' || stage === 'analysing';
    this.item.severity = stage === 'failed' ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    void vscode.commands.executeCommand('setContext', 'cgo.running', stage === 'ready' || stage === 'analysing');
  }

  dispose(): void {
    this.item.dispose();
  }
}
