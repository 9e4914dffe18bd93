// How well the grammar finds preambles in real code: node test/grammar/eval.ts FOLDER...
// Counts lines: those that are C by the grammar, against the comments that stand right above an `import "C"`.

import fs from 'node:fs';
import path from 'node:path';
import { goGrammar, preambleLines, tokenize } from '../textmate.ts';

const folders = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const everyFile = process.argv.includes('--all'); // those without cgo, too: what is C there is false
const grammar = await goGrammar();
const count = { files: 0, lines: 0, hit: 0, false: 0, missed: 0, leaked: 0 };
const started = performance.now();
const wrong: string[] = [];

for (const folder of folders) {
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isFile() || !file.endsWith('.go')) continue;
    const source = fs.readFileSync(file, 'utf8');
    if (everyFile || /^(?:import\s+|\s*)"C"/m.test(source)) measure(file, source);
  }
}

function measure(file: string, source: string): void {
  const lines = tokenize(grammar, source);
  const truth = preambleLines(lines.map(({ text }) => text));
  if (truth.size === 0 && !everyFile) return;
  count.files += 1;
  count.lines += lines.length;
  lines.forEach(({ text, isC, tokens }, number) => {
    const got = isC && text.replace(/^\s*\/\//, '').trim() !== '';
    if (got && truth.has(number)) count.hit += 1;
    else if (got) {
      count.false += 1;
      wrong.push(`${file}:${number + 1}: false: ${text}`);
      if (/^(?:func|type|var|const)\b/.test(text) && !tokens[0]?.scopes.some((scope) => scope.startsWith('comment'))) count.leaked += 1;
    } else if (truth.has(number)) {
      count.missed += 1;
      wrong.push(`${file}:${number + 1}: missed: ${text}`);
    }
  });
}

if (process.argv.includes('--show')) for (const line of wrong) console.log(line);
const percent = (part: number, whole: number) => `${((100 * part) / Math.max(whole, 1)).toFixed(2)} %`;
const milliseconds = performance.now() - started;
console.log(`${count.files} files, ${count.lines} lines: precision ${percent(count.hit, count.hit + count.false)} (${count.false} lines false), ` +
  `recall ${percent(count.hit, count.hit + count.missed)} (${count.missed} of ${count.hit + count.missed} missed), ` +
  `${count.leaked} leaked into Go, ${(milliseconds / Math.max(count.lines, 1)).toFixed(3)} ms a line`);
