// In Restricted Mode: the bundled server works, and the program that the settings name is not started.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');
const { extension, open, problems, root, runAll, stage, until } = require('./testing.cjs');

exports.run = () => runAll({
  async 'the folder is not trusted, and the findings are there'() {
    assert.equal(vscode.workspace.isTrusted, false);
    const { document } = await open('main.go');
    await until('findings', () => problems(document.uri).length > 0);
    assert.equal(stage(), 'ready');
  },

  async 'the server knows that it is not trusted'() {
    const report = await extension().exports.ask('cgo-ls.debugReport');
    assert.equal(report.trusted, false);
  },

  async 'the program that is set was not started'() {
    assert.match(vscode.workspace.getConfiguration('cgo').get('server.path'), /evil$/);
    assert.ok(!fs.existsSync(path.join(root(), 'started')));
  },

  async 'the server has started no program'() {
    const { process: pid } = await extension().exports.ask('cgo-ls.debugReport');
    assert.equal(fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim(), '');
  },
});
