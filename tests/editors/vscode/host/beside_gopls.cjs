// Beside gopls, which the window's other extension (this one) runs: nothing is said twice, and each is heard.

const assert = require('node:assert/strict');
const vscode = require('vscode');
const { open, problems, runAll, until } = require('./testing.cjs');
const { LanguageClient } = require(process.env.LANGUAGE_CLIENT);

let gopls;

exports.run = () => runAll({
  async 'both run'() {
    const { document } = await open('main.go');
    await until('our findings', () => problems(document.uri).length > 0);
    // VS Code takes PATH from a login shell, which does not know the Go that the tests use.
    const env = { ...process.env, PATH: `${process.env.GO_FOLDER}:${process.env.PATH}` };
    const program = { command: 'gopls', args: ['serve'], options: { env } };
    gopls = new LanguageClient('gopls', 'gopls', program, { documentSelector: [{ scheme: 'file', language: 'go' }] });
    await gopls.start();
    await until('gopls answers', async () => (await hover(document, 'fmt.Println', 5)).length > 0, 60_000);
  },

  async 'a hover over Go is gopls\' alone'() {
    const { document } = await open('main.go');
    assert.equal((await hover(document, 'fmt.Println', 5)).length, 1);
    assert.equal((await hover(document, 'errors.New', 8)).length, 1);
  },

  async 'a hover over C is ours, and there once'() {
    const { document } = await open('main.go');
    const texts = await hover(document, 'C.journal_close', 5);
    assert.equal(texts.filter((text) => text.includes('void journal_close(journal *j)')).length, 1, JSON.stringify(texts));
  },

  async 'no finding is there twice'() {
    const { document } = await open('main.go');
    const all = vscode.languages.getDiagnostics(document.uri).map((each) => `${each.range.start.line}:${each.range.start.character} ${each.message}`);
    assert.equal(new Set(all).size, all.length, JSON.stringify(all));
    const places = (own) => vscode.languages.getDiagnostics(document.uri)
      .filter((each) => (each.source === 'cgo-ls') === own).map((each) => each.range.start.line);
    assert.deepEqual(places(true).filter((line) => places(false).includes(line)), []);
  },

  async 'completion and definition of C are ours, and there once'() {
    const { document } = await open('main.go');
    const place = document.positionAt(document.getText().indexOf('C.journal_close') + 2);
    const { items } = await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', document.uri, place, '.');
    assert.equal(items.filter((each) => each.label === 'journal_close').length, 1);
    const found = await vscode.commands.executeCommand('vscode.executeDefinitionProvider', document.uri, place);
    assert.equal(found.filter((each) => (each.uri ?? each.targetUri).fsPath.endsWith('journal.c')).length, 1);
  },

  async 'semantic tokens are left to gopls'() {
    const { document } = await open('main.go');
    const legend = await vscode.commands.executeCommand('vscode.provideDocumentSemanticTokensLegend', document.uri);
    assert.equal(legend, undefined);
    await gopls.stop();
  },
});

async function hover(document, text, inside) {
  const place = document.positionAt(document.getText().indexOf(text) + inside);
  const found = await vscode.commands.executeCommand('vscode.executeHoverProvider', document.uri, place);
  return found.flatMap((each) => each.contents).map((each) => each.value ?? each);
}
