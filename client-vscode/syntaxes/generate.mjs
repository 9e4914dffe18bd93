// Writes the two injection grammars beside it: node syntaxes/generate.mjs [--check]
//
// cgo.prelude marks the part of a Go file from `package` to the first func, type, var or const. Only there can a preamble stand,
// so nothing below it is ever looked at.
//
// cgo.preamble works inside that mark. A grammar cannot look ahead to `import "C"`, so it goes by looks: a comment turns to C at
// its first line that looks like C and stays C to the comment's end. The rules are begin/while, not begin/end: `while` is asked at
// the start of each line, so that a brace or a quote the C leaves open ends with the comment, and never reaches the Go below.
// A comment that begins with prose is prose to its end: as a preamble it would not compile.
// The C has no `comment` scope: themes would paint it as one, and VS Code does not complete words inside of comments.

import fs from 'node:fs';

const DIRECTIVES = 'include|include_next|import|define|undef|if|ifdef|ifndef|elif|else|endif|pragma|error|warning|line|cgo';
const TYPE_WORDS =
  'static|extern|typedef|inline|struct|union|enum|const|volatile|unsigned|signed|void|char|short|int|long|float|double|bool|_Bool|' +
  'size_t|ssize_t|u?int(?:8|16|32|64|ptr)_t|__attribute__|_Static_assert';
const directive = String.raw`#\s*(?:${DIRECTIVES})\b`;
// Prose that starts with such a word seldom ends as C does, and has a full stop before its end.
const declaration = String.raw`(?:${TYPE_WORDS})\b(?:[^.]|\.\.\.|\.h\b)*[;{},()\\]\s*(?://.*|/\*.*)?$`;
const looksLikeC = `(?:${directive}|${declaration})`;

// Three words or a sentence's end, and nothing that only C would write.
const prose = String.raw`\s*[A-Za-z](?=[^;{}()*#=<>\[\]&|]*$)(?:\S*[ \t]+\S+[ \t]+\S|[^.:]*[.:]\s*$)`;

const C = 'meta.embedded.block.c';
const hash = { name: 'punctuation.definition.directive.c' };
const goLine = { name: 'comment.line.double-slash.go punctuation.definition.comment.go' };
const goBlock = { name: 'comment.block.go punctuation.definition.comment.go' };

const cgoDirective = {
  patterns: [
    {
      name: 'meta.preprocessor.cgo.c',
      match: String.raw`\s*(#)\s*(cgo)\b([^:]*?)\s*\b(CFLAGS|CPPFLAGS|CXXFLAGS|FFLAGS|LDFLAGS|pkg-config)\s*(:)(.*)$`,
      captures: {
        1: hash,
        2: { name: 'keyword.control.directive.cgo.c' },
        3: { name: 'constant.language.constraint.cgo.c' },
        4: { name: 'variable.other.constant.cgo.c' },
        5: { name: 'punctuation.separator.cgo.c' },
        6: { name: 'string.unquoted.cgo.c' },
      },
    },
    {
      name: 'meta.preprocessor.cgo.c',
      match: String.raw`\s*(#)\s*(cgo)\b\s*(noescape|nocallback)?\s*(\w+)?`,
      captures: {
        1: hash,
        2: { name: 'keyword.control.directive.cgo.c' },
        3: { name: 'keyword.control.directive.cgo.c' },
        4: { name: 'entity.name.function.c' },
      },
    },
  ],
};

const inBlock = [cgoDirective, { include: 'source.c' }];
// The C grammar wants a directive at the start of the line. Behind `//` or `/*` it is not there, so these stand in.
const behindSlashes = [
  cgoDirective,
  {
    name: 'meta.preprocessor.include.c',
    match: String.raw`(#)\s*(include|include_next|import)\b\s*(?:(<[^>]*>)|("[^"]*"))?`,
    captures: {
      1: hash,
      2: { name: 'keyword.control.directive.include.c' },
      3: { name: 'string.quoted.other.lt-gt.include.c' },
      4: { name: 'string.quoted.double.include.c' },
    },
  },
  {
    name: 'meta.preprocessor.macro.c',
    match: String.raw`(#)\s*(define|undef)\b\s*(\w+)?`,
    captures: { 1: hash, 2: { name: 'keyword.control.directive.define.c' }, 3: { name: 'entity.name.function.preprocessor.c' } },
  },
  {
    name: 'meta.preprocessor.c',
    match: String.raw`(#)\s*(ifdef|ifndef|if|elif|else|endif|pragma|error|warning|line)\b`,
    captures: { 1: hash, 2: { name: 'keyword.control.directive.conditional.c' } },
  },
  { include: 'source.c' },
];

const grammars = {
  'cgo-prelude': {
    scopeName: 'cgo.prelude.injection',
    injectionSelector: 'L:source.go -meta.prelude.go -comment -string',
    patterns: [
      {
        name: 'meta.prelude.go',
        begin: String.raw`^(?=package\s)`,
        end: String.raw`^(?=(?:func|type|var|const)\b)`,
        patterns: [{ include: 'source.go' }],
      },
    ],
  },
  'cgo-preamble': {
    scopeName: 'cgo.preamble.injection',
    injectionSelector: 'L:meta.prelude.go -comment -string -meta.embedded -meta.preamble',
    patterns: [{ include: '#one-line' }, { include: '#block' }, { include: '#lines' }, { include: '#prose' }],
    repository: {
      // /* #include <math.h> */
      'one-line': {
        match: String.raw`^\s*(/\*)(\s*${directive}.*?)(\*/)`,
        captures: { 1: goBlock, 2: { name: C, patterns: behindSlashes }, 3: goBlock },
      },
      block: {
        name: 'meta.preamble.block.go',
        begin: String.raw`^\s*(/\*)`,
        beginCaptures: { 1: goBlock },
        end: String.raw`(\*/)`,
        endCaptures: { 1: goBlock },
        patterns: [
          // A line that starts with // inside of /* */ can only be a comment of C.
          {
            begin: String.raw`(?:^|\G)(?=\s*(?:${looksLikeC}|//))(?!.*\*/)`,
            while: String.raw`^(?!.*\*/)`,
            contentName: C,
            patterns: inBlock,
          },
          { name: 'comment.block.go', begin: String.raw`(?:^|\G)(?=${prose})(?!.*\*/)`, while: String.raw`^(?!.*\*/)` },
          // } */
          { match: String.raw`^(\s*(?=[}#]|(?:${TYPE_WORDS})\b.*[;}]\s*\*/).*?)(?=\*/)`, captures: { 1: { name: C, patterns: inBlock } } },
          { name: 'comment.block.go', match: String.raw`(?:(?!\*/).)+` },
        ],
      },
      prose: {
        name: 'comment.line.double-slash.go',
        begin: String.raw`^\s*(//)(?=${prose})`,
        beginCaptures: { 1: { name: 'punctuation.definition.comment.go' } },
        while: String.raw`^\s*(//)`,
        whileCaptures: { 1: { name: 'punctuation.definition.comment.go' } },
      },
      lines: {
        begin: String.raw`^\s*(//)(?=\s*${looksLikeC})`,
        beginCaptures: { 1: goLine },
        while: String.raw`^\s*(//)`,
        whileCaptures: { 1: goLine },
        contentName: C,
        patterns: behindSlashes,
      },
    },
  },
};

let stale = 0;
for (const [name, grammar] of Object.entries(grammars)) {
  const file = new URL(`${name}.injection.tmLanguage.json`, import.meta.url);
  const text = `${JSON.stringify(grammar, null, 1)}\n`;
  if (!process.argv.includes('--check')) fs.writeFileSync(file, text);
  else if (fs.readFileSync(file, 'utf8') !== text) {
    console.log(`${name} is stale: run node syntaxes/generate.mjs`);
    stale = 1;
  }
}
process.exit(stale);
