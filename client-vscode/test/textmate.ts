// VS Code's own tokenizer with its Go and C grammars, and our injections on top.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';

const require = createRequire(import.meta.url);
const EMBEDDED = 'meta.embedded.block.c';
const FILES: Record<string, string> = {
  'source.go': require.resolve('tm-grammars/grammars/go.json'),
  'source.c': require.resolve('tm-grammars/grammars/c.json'),
  'cgo.prelude.injection': new URL('../syntaxes/cgo-prelude.injection.tmLanguage.json', import.meta.url).pathname,
  'cgo.preamble.injection': new URL('../syntaxes/cgo-preamble.injection.tmLanguage.json', import.meta.url).pathname,
};

export interface Token {
  text: string;
  scopes: string[];
}

export interface Line {
  text: string;
  tokens: Token[];
  /** Some of it is C. */
  isC: boolean;
}

export async function goGrammar(): Promise<textmate.IGrammar> {
  await oniguruma.loadWASM(fs.readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm')));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) => {
      const file = FILES[scope];
      return file ? textmate.parseRawGrammar(fs.readFileSync(file, 'utf8'), 'grammar.json') : null;
    },
    getInjections: (scope) => (scope === 'source.go' ? Object.keys(FILES).filter((name) => name.startsWith('cgo.')) : undefined),
  });
  const grammar = await registry.loadGrammar('source.go');
  if (!grammar) throw new Error('no grammar for Go');
  return grammar;
}

export function tokenize(grammar: textmate.IGrammar, source: string): Line[] {
  let state = textmate.INITIAL;
  return source.split(/\r?\n/).map((text) => {
    const result = grammar.tokenizeLine(text, state);
    state = result.ruleStack;
    const tokens = result.tokens.map(({ startIndex, endIndex, scopes }) => ({ text: text.slice(startIndex, endIndex), scopes }));
    return { text, tokens, isC: tokens.some(({ scopes }) => scopes.includes(EMBEDDED)) };
  });
}

/** Line numbers (0-based) of the text in the comments right above `import "C"`: what cgo gives to the C compiler. */
export function preambleLines(lines: string[]): Set<number> {
  const found = new Set<number>();
  const behind = lines.findIndex((line) => /^(?:func|type|var|const)\b/.test(line)); // no import stands behind the first of these
  lines.slice(0, behind < 0 ? lines.length : behind).forEach((line, number) => {
    if (!/^(?:import\s+|\s*)"C"\s*;?\s*(?:\/\/.*|\/\*.*)?$/.test(line)) return; // an indented import is an example in a comment
    for (let above = number - 1; above >= 0; above--) {
      const text = lines[above]!;
      if (/^\s*\/\//.test(text)) {
        if (text.trim().length > 2) found.add(above);
      } else if (/\*\/\s*$/.test(text)) {
        for (; above >= 0; above--) {
          const inner = lines[above]!.replace(/^\s*\/\*/, '').replace(/\*\/\s*$/, '').trim();
          if (inner) found.add(above);
          if (/^\s*\/\*/.test(lines[above]!)) break;
        }
      } else {
        break;
      }
    }
  });
  return found;
}
