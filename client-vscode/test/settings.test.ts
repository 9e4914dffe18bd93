import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { answerSection, importsC, needsRestart, serverSettings } from '../src/settings.ts';

const manifest = JSON.parse(fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const names = JSON.parse(fs.readFileSync(new URL('../package.nls.json', import.meta.url), 'utf8'));
const properties: Record<string, { default: unknown; scope: string }> = manifest.contributes.configuration.properties;

test('the server is told each setting that is not about its launch', () => {
  const asked: string[] = [];
  serverSettings((name) => void asked.push(name));
  const wanted = Object.keys(properties).map((name) => name.replace(/^cgo\./, '')).filter((name) => !/^(server|trace)\./.test(name));
  assert.deepEqual(asked.sort(), wanted.sort());
});

test('only a plain true turns something on, and only an object sets rules', () => {
  const off = { rules: {}, inlayHints: { ownership: false }, codeLens: { symbols: false }, semanticTokens: { preamble: false } };
  for (const value of [undefined, null, 'true', 1, []]) assert.deepEqual(serverSettings(() => value), off);
  assert.deepEqual(serverSettings((name) => (name === 'rules' ? { 'double-free': 'off' } : true)), {
    rules: { 'double-free': 'off' }, inlayHints: { ownership: true }, codeLens: { symbols: true }, semanticTokens: { preamble: true },
  });
});

test('what the server asks for under its own name it gets, and nothing else', () => {
  assert.deepEqual(answerSection('cgo-ls', () => undefined), serverSettings(() => undefined));
  assert.equal(answerSection('http', () => 'secret'), null);
  assert.equal(answerSection(undefined, () => 'secret'), null);
});

test('only the launch needs a new server', () => {
  const restarts = (changed: string) => needsRestart((section) => changed === section || changed.startsWith(`${section}.`));
  assert.ok(restarts('cgo.server.path'));
  assert.ok(restarts('cgo.server.interpreter'));
  assert.ok(!restarts('cgo.rules'));
  assert.ok(!restarts('cgo.trace.server'));
});

test('what names a program cannot be set by a repository, and is restricted', () => {
  const launch = Object.keys(properties).filter((name) => name.startsWith('cgo.server.'));
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.sort(), launch.sort());
  for (const name of launch) assert.equal(properties[name]!.scope, 'machine', name);
});

test('files that import "C"', () => {
  const yes = ['import "C"', 'import ("C"', 'import (\n\t"fmt"\n\t"C"\n)', '// #include <x.h>\nimport "C"\r\n', 'import ( "C" )'];
  const no = ['import "fmt"', 'x := "C"', 'import "C/d"', 'f("a", "C")', ''];
  for (const text of yes) assert.ok(importsC(`package p\n\n${text}`), text);
  for (const text of no) assert.ok(!importsC(`package p\n\n${text}`), text);
});

test('every text of the manifest is in package.nls.json, and none is left over', () => {
  const used = [...JSON.stringify(manifest).matchAll(/%([\w.]+)%/g)].map((match) => match[1]!);
  assert.deepEqual([...new Set(used)].sort(), Object.keys(names).sort());
});

test('every text of the source can be translated', () => {
  const bundle = JSON.parse(fs.readFileSync(new URL('../l10n/bundle.l10n.json', import.meta.url), 'utf8'));
  const source = new URL('../src/', import.meta.url);
  const used = fs.readdirSync(source).flatMap((name) =>
    [...fs.readFileSync(new URL(name, source), 'utf8').matchAll(/l10n\.t\('((?:[^'\\]|\\.)*)'/g)].map((match) => match[1]!.replace(/\\'/g, "'")));
  assert.deepEqual(Object.keys(bundle).sort(), [...new Set(used)].sort());
});

test('nothing is sent anywhere', () => {
  const source = new URL('../src/', import.meta.url);
  for (const name of fs.readdirSync(source)) {
    assert.doesNotMatch(fs.readFileSync(new URL(name, source), 'utf8'), /fetch\(|https?:\/\/|createTelemetryLogger|node:https?|node:net/, name);
  }
});
