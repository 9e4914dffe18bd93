// The little that a test inside of the extension host needs.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');

const root = () => vscode.workspace.workspaceFolders[0].uri.fsPath;
const file = (name) => vscode.Uri.file(path.join(root(), name));
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(what, question, limit = 60_000) {
  for (const end = Date.now() + limit; ; await sleep(50)) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${limit / 1000} s: ${what}`);
  }
}

// What the tests are about; a rule that is added later may have more to say about the examples.
const WATCHED = ['leaked-c-memory', 'use-after-free', 'errno-second-call'];
const problems = (uri) =>
  vscode.languages.getDiagnostics(uri).filter((each) => each.source === 'cgo-ls' && WATCHED.includes(each.code.value));
const codes = (uri) => problems(uri).map((each) => each.code.value).sort();

async function open(name) {
  const document = await vscode.workspace.openTextDocument(file(name));
  return vscode.window.showTextDocument(document);
}

/** Shows the problems `wanted`, by code, and no others. */
async function shows(uri, wanted, limit) {
  const text = JSON.stringify([...wanted].sort());
  await until(`${path.basename(uri.fsPath)} shows ${text}, not ${JSON.stringify(codes(uri))}`, () => JSON.stringify(codes(uri)) === text, limit)
    .catch((error) => { throw new Error(`${error.message}; it shows ${JSON.stringify(codes(uri))}`); });
}

async function edit(editor, range, text) {
  assert.ok(await editor.edit((builder) => builder.replace(range, text)));
}

async function replaceAll(editor, text) {
  const end = editor.document.lineAt(editor.document.lineCount - 1).range.end;
  await edit(editor, new vscode.Range(new vscode.Position(0, 0), end), text);
}

/** Runs the tests in order and writes the report, which ends in `N passed, N failed`. */
async function runAll(tests) {
  const lines = [];
  const report = path.join(process.env.HOME, '..', 'report.txt');
  let failed = 0;
  for (const [name, run] of Object.entries(tests)) {
    const start = Date.now();
    try {
      await run();
      lines.push(`ok   ${name} (${Date.now() - start} ms)`);
    } catch (error) {
      failed += 1;
      lines.push(`FAIL ${name}: ${error.stack.slice(0, 2000)}`);
    }
    fs.writeFileSync(`${report}.part`, lines.join('\n'));
  }
  lines.push(`${lines.length - failed} passed, ${failed} failed`, '');
  fs.writeFileSync(`${report}.part`, lines.join('\n'));
  fs.renameSync(`${report}.part`, report);
}

const extension = () => vscode.extensions.getExtension('cgo-ls.cgo-ls');
const stage = () => extension().exports.stage();

module.exports = { codes, edit, extension, file, open, problems, replaceAll, root, runAll, shows, sleep, stage, until };
