import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import test from 'node:test';
import { goGrammar, preambleLines, tokenize } from './textmate.ts';

const grammar = await goGrammar();
const file = new URL('grammar/preamble.go', import.meta.url);
const source = fs.readFileSync(file, 'utf8');
const lines = tokenize(grammar, source);

/** The scopes of the first token of the file that holds `text` on a line that holds `within`. */
function scopesOf(text: string, within = text): string[] {
  const token = lines.find((line) => line.text.includes(within))?.tokens.find((each) => each.text.includes(text));
  assert.ok(token, `no token ${text}`);
  return token.scopes;
}

test('the grammars are what generate.mjs makes', () => {
  const script = new URL('../syntaxes/generate.mjs', import.meta.url).pathname;
  const run = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stdout);
});

test('exactly the preambles are C', () => {
  const wanted = preambleLines(lines.map(({ text }) => text));
  // A comment above another import, or above the first declaration, looks like a preamble until the next line is read.
  const found = lines.flatMap((line, number) => (line.isC && line.text.replace(/^\s*\/\//, '').trim() ? [number] : []));
  const others = found.filter((number) => !wanted.has(number)).map((number) => lines[number]!.text.trim());
  assert.deepEqual(others, ['#include <errno.h>', '#include <after/declarations.h>']);
  assert.deepEqual([...wanted].filter((number) => !found.includes(number)), []);
});

test('C is coloured as C', () => {
  assert.ok(scopesOf('include', '#include <stdio.h>').includes('keyword.control.directive.include.c'));
  assert.ok(scopesOf('return', 'return a + ANSWER').includes('keyword.control.c'));
  assert.ok(scopesOf('include', '// #include <stdint.h>').includes('keyword.control.directive.include.c'));
  assert.ok(scopesOf('CFLAGS').includes('variable.other.constant.cgo.c'));
  assert.ok(scopesOf('linux').includes('constant.language.constraint.cgo.c'));
  assert.ok(scopesOf('pkg-config').includes('variable.other.constant.cgo.c'));
});

test('C is no comment, or words would not be completed there', () => {
  for (const { text, scopes } of lines.find((line) => line.text.includes('return a + ANSWER'))!.tokens) {
    assert.ok(!scopes.some((scope) => scope.startsWith('comment')), text);
  }
});

test('what the C leaves open ends with the comment', () => {
  for (const word of ['import', 'func', 'package']) {
    const scopes = scopesOf(word, word === 'package' ? 'package main' : word === 'func' ? 'func main' : 'import "C"');
    assert.ok(!scopes.some((scope) => scope.includes('meta.embedded') || scope.startsWith('comment')), `${word}: ${scopes}`);
  }
});

test('nothing outside of the prelude changes', async () => {
  assert.ok(scopesOf('no.h', '_ = unsafe.Pointer').some((scope) => scope.startsWith('comment')));
  const plain = 'package p\n\nfunc f() string {\n\treturn `/*\n#include <x.h>\n*/`\n}\n';
  assert.ok(tokenize(grammar, plain).every(({ isC }) => !isC));
});

test('CRLF changes nothing', () => {
  const windows = tokenize(grammar, source.replaceAll('\n', '\r\n'));
  assert.deepEqual(windows.map(({ isC }) => isC), lines.map(({ isC }) => isC));
});

test('a long line takes no longer than it is long', () => {
  const long = `package p\n\n/*\n${'word . '.repeat(2000)}\n${'a'.repeat(15000)}\n*/\nimport "C"\n`;
  assert.ok(tokenize(grammar, long).every(({ isC }) => !isC));
});
