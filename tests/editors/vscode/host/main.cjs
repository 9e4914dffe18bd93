// Inside of the real extension host: the extension as it is installed, through VS Code's own interface.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');
const { codes, edit, extension, file, open, problems, replaceAll, root, runAll, shows, sleep, stage, until } = require('./testing.cjs');

const LEAK = 'leaked-c-memory';
const HEAD = 'package p\n\n// #include <stdlib.h>\n// #include <string.h>\nimport "C"\nimport "unsafe"\n\n';
const leak = (name) => `func ${name}(s string) int {\n\tp := C.CString(s)\n\treturn int(C.strlen(p))\n}\n\n`;
const clean = (name) => leak(name).replace('\treturn', '\tdefer C.free(unsafe.Pointer(p))\n\treturn');
const rest = 'func release(p *C.char) {\n\tC.free(unsafe.Pointer(p))\n}\n';
const EXAMPLE = [LEAK, LEAK, 'use-after-free', 'errno-second-call'];
const report = () => extension().exports.ask('cgo-ls.debugReport');
const isAlive = (pid) => fs.existsSync(`/proc/${pid}`) && !fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
const actionsAt = (uri, range, kind) => vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, range, kind, 20);

async function scratch(name, text) {
  fs.mkdirSync(path.dirname(path.join(root(), name)), { recursive: true });
  fs.writeFileSync(path.join(root(), name), text);
  return open(name);
}

exports.run = () => runAll({
  async 'idle until a file imports "C"'() {
    await open('plain/plain.go');
    await until('the extension is active', () => extension().isActive);
    await sleep(500);
    assert.equal(stage(), 'idle');
    assert.equal(await report(), undefined);
  },

  async 'open, see: each finding on its token, with its steps and the page of its rule'() {
    const { document } = await open('main.go');
    await shows(document.uri, EXAMPLE);
    await until('ready', () => stage() === 'ready');
    const found = problems(document.uri).map((each) => [document.getText(each.range), each.relatedInformation?.length ?? 0]);
    assert.deepEqual(found.slice(0, 3).map(([text]) => text), ['C.CString(path)', 'C.CString(line)', 'text']);
    assert.ok(found.every(([, steps]) => steps > 0), JSON.stringify(found));
    assert.equal(problems(document.uri)[0].code.target.scheme, 'cgo-rule');
  },

  async 'hover says who owns the memory, and nothing about Go'() {
    const { document } = await open('main.go');
    const hover = async (text, inside = 0) => {
      const place = document.positionAt(document.getText().indexOf(text) + inside);
      const found = await vscode.commands.executeCommand('vscode.executeHoverProvider', document.uri, place);
      return found.flatMap((each) => each.contents).map((each) => each.value).join('\n');
    };
    assert.match(await hover('C.CString(path)', 4), /free/);
    assert.match(await hover('cPath))'), /cPath/);
    assert.equal(await hover('errors.New', 8), '');
    assert.equal(await hover('fmt.Println', 5), '');
  },

  async 'fix: the preferred one first, then the ways to suppress; the finding goes'() {
    const { document } = await open('main.go');
    const [found] = problems(document.uri);
    const actions = await actionsAt(document.uri, found.range, 'quickfix');
    assert.ok(actions[0].isPreferred);
    assert.deepEqual(actions.slice(-2).map((each) => each.kind.value), ['quickfix.suppressHere', 'quickfix.suppressInProject']);
    assert.ok(await vscode.workspace.applyEdit(actions[0].edit));
    await shows(document.uri, EXAMPLE.slice(1));
    await vscode.commands.executeCommand('undo');
    await shows(document.uri, EXAMPLE);
  },

  async 'fixAll mends all that is safe to mend'() {
    const { document } = await open('main.go');
    const [action] = await actionsAt(document.uri, new vscode.Range(0, 0, 0, 0), 'source.fixAll');
    assert.equal(action.kind.value, 'source.fixAll.cgo');
    assert.ok(await vscode.workspace.applyEdit(action.edit));
    await until('fewer', () => problems(document.uri).length < EXAMPLE.length);
    assert.match(document.getText(), /defer C\.free\(unsafe\.Pointer\(cLine\)\)/);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await shows(document.uri, EXAMPLE);
  },

  async 'fixAll on save, once the user has set it'() {
    const settings = vscode.workspace.getConfiguration('editor');
    await settings.update('codeActionsOnSave', { 'source.fixAll.cgo': 'explicit' }, vscode.ConfigurationTarget.Workspace);
    const { document } = await scratch('saved/a.go', HEAD + leak('length') + rest);
    await shows(document.uri, [LEAK]);
    await edit(vscode.window.activeTextEditor, new vscode.Range(0, 0, 0, 0), '// Package p.\n');
    await document.save();
    await until('it is mended on the disk', () => fs.readFileSync(document.uri.fsPath, 'utf8').includes('defer C.free(unsafe.Pointer(p))'));
    await shows(document.uri, []);
    await settings.update('codeActionsOnSave', undefined, vscode.ConfigurationTarget.Workspace);
  },

  async 'behind C. names are completed, each with its page; a call shows its prototype'() {
    const { document } = await scratch('complete/a.go', HEAD + 'func f() {\n\tC.\n\tC.strncpy(nil, )\n}\n');
    const behind = (text) => document.positionAt(document.getText().indexOf(text) + text.length);
    const list = await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', document.uri, behind('{\n\tC.'), '.', 400);
    const labels = list.items.map((each) => each.label.label ?? each.label);
    for (const wanted of ['CString', 'strlen', 'size_t']) assert.equal(labels.filter((each) => each === wanted).length, 1, wanted);
    const strdup = list.items.find((each) => each.label === 'strdup');
    assert.equal(strdup.detail, 'char *strdup(const char *s)');
    assert.match(strdup.documentation.value, /you own it/);
    const help = await vscode.commands.executeCommand('vscode.executeSignatureHelpProvider', document.uri, behind('nil, '), ',');
    assert.match(help.signatures[0].label, /^char \*strncpy\(/);
    assert.equal(help.activeParameter, 1);
    const elsewhere = await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', document.uri, behind('func '));
    assert.ok(!elsewhere.items.some((each) => each.label === 'CString' && each.detail), 'only the words of the file');
  },

  async 'a C name leads to its definition, and to all who use it'() {
    const { document } = await open('main.go');
    const place = document.positionAt(document.getText().indexOf('C.journal_close') + 4);
    const [found, ...others] = await vscode.commands.executeCommand('vscode.executeDefinitionProvider', document.uri, place);
    assert.deepEqual([path.basename(found.uri.fsPath), others.length], ['journal.c', 0]);
    const used = await vscode.commands.executeCommand('vscode.executeReferenceProvider', document.uri, place);
    assert.deepEqual([...new Set(used.map((each) => path.basename(each.uri.fsPath)))].sort(), ['journal.c', 'journal.h', 'main.go']);
  },

  async 'type fast: what is shown in the end is about the text in the end'() {
    const editor = await scratch('typed/a.go', HEAD + clean('length') + rest);
    const line = editor.document.getText().split('\n').findIndex((each) => each.includes('defer'));
    await edit(editor, new vscode.Range(line, 0, line + 1, 0), '');
    for (const letter of '\t// typing fast \u{1f600}\n') await edit(editor, new vscode.Range(line, 0, line, 0), letter);
    await shows(editor.document.uri, [LEAK]);
    await replaceAll(editor, HEAD + clean('length') + rest);
    await shows(editor.document.uri, []);
  },

  async 'broken code: a missing brace costs one function'() {
    const editor = await scratch('broken/a.go', HEAD + leak('first') + 'func broken() {\n\tif true {\n}\n\n' + leak('last') + rest);
    await shows(editor.document.uri, [LEAK, LEAK]);
    await replaceAll(editor, HEAD + leak('first') + clean('last') + rest);
    await shows(editor.document.uri, [LEAK]);
  },

  async 'a header changes on disk'() {
    const header = (body) => fs.writeFileSync(path.join(root(), 'header/own.h'), `#include <stdlib.h>\nstatic inline void take(char *p) { ${body} }\n`);
    fs.mkdirSync(path.join(root(), 'header'));
    header('(void)p;');
    const text = 'package p\n\n// #include "own.h"\nimport "C"\n\nfunc give(s string) {\n\tp := C.CString(s)\n\tC.take(p)\n}\n';
    const editor = await scratch('header/a.go', text);
    await shows(editor.document.uri, [LEAK]);
    header('free(p);');
    await shows(editor.document.uri, []);
    header('(void)p;');
    await shows(editor.document.uri, [LEAK]);
  },

  async 'configuration changes: a rule off, in the settings and in the project'() {
    const { document } = await open('header/a.go');
    const settings = vscode.workspace.getConfiguration('cgo');
    await settings.update('rules', { [LEAK]: 'off' }, vscode.ConfigurationTarget.Workspace);
    await shows(document.uri, []);
    await settings.update('rules', undefined, vscode.ConfigurationTarget.Workspace);
    await shows(document.uri, [LEAK]);
    fs.writeFileSync(path.join(root(), '.cgo-ls.toml'), `version = 1\n\n[rules]\nignore = ["${LEAK}"]\n`);
    await shows(document.uri, []);
    fs.rmSync(path.join(root(), '.cgo-ls.toml'));
    await shows(document.uri, [LEAK]);
  },

  async 'inlay hints are off, and say what becomes of memory when they are on'() {
    const { document } = await scratch('hints/a.go', HEAD + clean('kept') + leak('lost') + rest);
    const hints = () => vscode.commands.executeCommand('vscode.executeInlayHintProvider', document.uri, new vscode.Range(0, 0, 999, 0));
    assert.deepEqual(await hints(), []);
    const settings = vscode.workspace.getConfiguration('cgo');
    await settings.update('inlayHints.ownership', true, vscode.ConfigurationTarget.Workspace);
    const shown = await until('hints', async () => { const found = await hints(); return found.length > 0 && found; });
    assert.deepEqual(shown.map((each) => each.label), ['owned, freed on return, line 10', 'owned, never freed']);
    await settings.update('inlayHints.ownership', undefined, vscode.ConfigurationTarget.Workspace);
  },

  async 'semantic tokens of the preamble: none until they are set'() {
    const { document } = await open('main.go');
    const legend = () => vscode.commands.executeCommand('vscode.provideDocumentSemanticTokensLegend', document.uri);
    assert.equal(await legend(), undefined);
    const settings = vscode.workspace.getConfiguration('cgo');
    await settings.update('semanticTokens.preamble', true, vscode.ConfigurationTarget.Workspace);
    await until('a legend', legend);
    const tokens = await vscode.commands.executeCommand('vscode.provideDocumentSemanticTokens', document.uri);
    assert.ok(tokens.data.length >= 20);
    await settings.update('semanticTokens.preamble', undefined, vscode.ConfigurationTarget.Workspace);
    await until('no legend', async () => !(await legend()));
  },

  async 'explain: the page of the rule as a preview'() {
    await vscode.commands.executeCommand('cgo.explainRule', LEAK);
    await until('a preview', () => vscode.window.tabGroups.activeTabGroup.activeTab?.label.includes(LEAK));
    const page = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme: 'cgo-rule', path: `/${LEAK}.md` }));
    assert.match(page.getText(), /## Why this matters/);
  },

  async 'suppress here, and in the project'() {
    const editor = await scratch('quiet/a.go', HEAD + leak('length') + rest);
    const { document } = editor;
    await shows(document.uri, [LEAK]);
    editor.selection = new vscode.Selection(problems(document.uri)[0].range.start, problems(document.uri)[0].range.start);
    await until('the cursor is there', () => vscode.window.activeTextEditor.selection.active.line > 0);
    await sleep(500); // the window hears of it later than this does, and a moving cursor ends the search for actions
    await vscode.commands.executeCommand('cgo.suppressHere');
    await shows(document.uri, []);
    assert.match(document.getText(), new RegExp(`\t//cgols:ignore ${LEAK}\n\tp := `));
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await shows(document.uri, [LEAK]);
    await vscode.commands.executeCommand('cgo.suppressInProject');
    await shows(document.uri, []);
    assert.match(fs.readFileSync(path.join(root(), '.cgo-ls.toml'), 'utf8'), new RegExp(`ignore = \\["${LEAK}"\\]`));
    fs.rmSync(path.join(root(), '.cgo-ls.toml'));
    await shows(document.uri, [LEAK]);
  },

  async 'the server crashes, and comes back by itself'() {
    const editor = await open('main.go');
    await shows(editor.document.uri, EXAMPLE);
    const { process: pid } = await report();
    process.kill(pid, 'SIGKILL');
    const again = await until('another process', async () => { const now = await report().catch(() => undefined); return now && now.process !== pid && now; });
    assert.ok(isAlive(again.process));
    await shows(editor.document.uri, EXAMPLE);
  },

  async 'restart: another process, the old one is gone'() {
    const { process: pid } = await report();
    await vscode.commands.executeCommand('cgo.restart');
    await until('the old one is gone', () => !isAlive(pid));
    await shows(file('main.go'), EXAMPLE);
    assert.notEqual((await report()).process, pid);
  },

  async 'shutdown in mid-analysis'() {
    const functions = Array.from({ length: 3000 }, (_, number) => leak(`f${number}`)).join('');
    await scratch('large/a.go', HEAD + functions + rest);
    const { process: pid } = await report();
    const start = Date.now();
    await vscode.commands.executeCommand('cgo.restart');
    await until('the old one is gone', () => !isAlive(pid), 15_000);
    assert.ok(Date.now() - start < 60_000);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  },

  async 'no Python: failed, and said so; uvx once it is allowed; then there is a Python'() {
    const before = process.env.PATH;
    process.env.PATH = '/nowhere';
    await vscode.commands.executeCommand('cgo.restart');
    assert.equal(stage(), 'failed');
    assert.deepEqual(codes(file('main.go')), []);
    // uvx is there: it is asked for first, and started once it is allowed.
    const folder = path.join(process.env.HOME, 'programs');
    fs.mkdirSync(folder);
    const server = path.join(__dirname, '../../../../.venv/bin/cgo-ls');
    fs.writeFileSync(path.join(folder, 'uvx'), `#!/bin/sh\n[ "$*" = "cgo-ls serve" ] && exec "${server}" serve\n`, { mode: 0o755 });
    process.env.PATH = folder;
    await vscode.commands.executeCommand('cgo.restart');
    assert.equal(stage(), 'failed');
    const settings = vscode.workspace.getConfiguration('cgo');
    await settings.update('server.allowUvx', true, vscode.ConfigurationTarget.Global);
    await until('ready by uvx', () => stage() === 'ready');
    assert.ok((await report()).version);
    await settings.update('server.allowUvx', undefined, vscode.ConfigurationTarget.Global);
    process.env.PATH = before;
    await vscode.commands.executeCommand('cgo.restart');
    await open('main.go');
    await shows(file('main.go'), EXAMPLE);
  },

  async 'a change of the server\'s settings starts it anew'() {
    const { process: pid } = await report();
    const settings = vscode.workspace.getConfiguration('cgo');
    await settings.update('server.interpreter', '/nowhere/python', vscode.ConfigurationTarget.Global);
    await until('failed', () => stage() === 'failed');
    await settings.update('server.interpreter', undefined, vscode.ConfigurationTarget.Global);
    await until('another process', async () => { const now = await report().catch(() => undefined); return now && now.process !== pid; });
  },
});
