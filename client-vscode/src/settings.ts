// The settings of the section "cgo": which of them the server is told, and which ones start it anew.

export const SECTION = 'cgo';
/** The server's own name for its section. */
export const SERVER_SECTION = 'cgo-ls';
/** Settings that say how the server is started; all others it is told while it runs. */
const OF_THE_LAUNCH = ['cgo.server'];

type Get = (name: string) => unknown;

/** What the server gets when it asks for its section. `get` reads one setting of the section. */
export function serverSettings(get: Get): Record<string, unknown> {
  return {
    rules: objectOf(get('rules')),
    inlayHints: { ownership: get('inlayHints.ownership') === true },
    codeLens: { symbols: get('codeLens.symbols') === true },
    semanticTokens: { preamble: get('semanticTokens.preamble') === true },
  };
}

/** Answers one item of workspace/configuration: the server's section by our names, anything else as null. */
export function answerSection(section: string | undefined, get: Get): unknown {
  return section === SERVER_SECTION ? serverSettings(get) : null;
}

export function needsRestart(affects: (section: string) => boolean): boolean {
  return OF_THE_LAUNCH.some(affects);
}

/** A Go text that imports "C", alone or in a group. Comments may fool it: then the server runs and has nothing to say. */
export function importsC(text: string): boolean {
  return /^[ \t]*(?:import[ \t]*(?:\([ \t]*)?)?"C"/m.test(text);
}

/** A setting that is text; "" for anything else. */
export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
