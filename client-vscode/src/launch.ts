// Which program serves. Knows nothing of the editor, so that every way to start can be tested without one.

import * as path from 'node:path';

/** What there is on the machine; the tests bring their own. */
export interface Machine {
  platform: NodeJS.Platform;
  /** Folders of PATH. */
  searchPath: string[];
  isFile(file: string): boolean;
  isExecutable(file: string): boolean;
  /** Standard output, or undefined if the program cannot be started, fails, or takes too long. */
  run(command: string, args: string[]): Promise<string | undefined>;
}

export interface Request {
  /** Untrusted: nothing that a setting names is started, and nothing below `folders`. */
  trusted: boolean;
  folders: string[];
  serverPath: string;
  interpreter: string;
  allowUvx: boolean;
  /** Where the extension keeps the server it came with, and where Python may keep compiled files. */
  bundle: string;
  cache: string;
}

export interface Launch {
  command: string;
  args: string[];
  /** For the log: "bundled server, /usr/bin/python3 (3.12)". */
  how: string;
}

/** No server: what was tried, in order, and whether uvx is there and only has to be allowed. */
export interface Missing {
  tried: string[];
  uvx: boolean;
}

/** The CPython versions whose native modules are bundled. */
export const PYTHONS = ['3.14', '3.13', '3.12', '3.11'];
const PROBE = 'import sys, struct; print(sys.implementation.name, "%d.%d" % sys.version_info[:2], struct.calcsize("P") * 8)';

export async function findServer(request: Request, machine: Machine): Promise<Launch | Missing> {
  const tried: string[] = [];
  if (request.trusted && request.serverPath) {
    if (machine.isExecutable(request.serverPath)) {
      return { command: request.serverPath, args: ['serve'], how: `cgo.server.path: ${request.serverPath}` };
    }
    return { tried: [`cgo.server.path: ${request.serverPath} is not a program`], uvx: false };
  }
  const launch = (await bundledServer(request, machine, tried)) ?? installedServer(request, machine, tried);
  if (launch) return launch;
  const uvx = request.trusted ? onPath('uvx', request, machine) : undefined;
  if (uvx && request.allowUvx) return { command: uvx, args: ['cgo-ls', 'serve'], how: `${uvx} cgo-ls` };
  return { tried, uvx: uvx !== undefined };
}

async function bundledServer(request: Request, machine: Machine, tried: string[]): Promise<Launch | undefined> {
  const launcher = path.join(request.bundle, 'launch.py');
  if (machine.isFile(launcher)) {
    for (const command of interpreters(request, machine)) {
      const version = await probe(command, machine);
      if (version && PYTHONS.includes(version)) {
        const cache = `pycache_prefix=${path.join(request.cache, version)}`;
        return {
          command,
          args: ['-I', '-X', 'utf8', '-X', cache, launcher, 'serve'],
          how: `bundled server, ${command} (Python ${version})`,
        };
      }
      tried.push(version ? `${command} is Python ${version}, not one of ${PYTHONS.join(', ')}` : `${command} is no CPython of 64 bits`);
    }
    if (tried.length === 0) tried.push('no python3 on PATH');
  } else {
    tried.push('this build of the extension brings no server along');
  }
  const binary = path.join(request.bundle, 'standalone', machine.platform === 'win32' ? 'cgo-ls.exe' : 'cgo-ls');
  if (!machine.isExecutable(binary)) return undefined;
  return { command: binary, args: ['serve'], how: `bundled program ${binary}` };
}

function installedServer(request: Request, machine: Machine, tried: string[]): Launch | undefined {
  const command = onPath('cgo-ls', request, machine);
  if (command) return { command, args: ['serve'], how: `PATH: ${command}` };
  tried.push('no cgo-ls on PATH');
  return undefined;
}

/** The interpreter that is set; else those on PATH, each once, the plain names first. */
function interpreters(request: Request, machine: Machine): string[] {
  if (request.trusted && request.interpreter) return [request.interpreter];
  const names = ['python3', 'python', ...PYTHONS.map((version) => `python${version}`)];
  const found = names.map((name) => onPath(name, request, machine)).filter((file) => file !== undefined);
  return [...new Set(found)];
}

async function probe(command: string, machine: Machine): Promise<string | undefined> {
  const answer = (await machine.run(command, ['-I', '-c', PROBE]))?.trim().split(' ');
  return answer?.[0] === 'cpython' && answer[2] === '64' ? answer[1] : undefined;
}

/** The first program of that name on PATH. Relative folders and the workspace are passed over: a repository must not supply it. */
function onPath(name: string, request: Request, machine: Machine): string | undefined {
  const files = machine.platform === 'win32' ? [`${name}.exe`] : [name];
  for (const folder of machine.searchPath) {
    if (!path.isAbsolute(folder) || request.folders.some((root) => liesIn(folder, root))) continue;
    for (const file of files) {
      const full = path.join(folder, file);
      if (machine.isExecutable(full)) return full;
    }
  }
  return undefined;
}

function liesIn(folder: string, root: string): boolean {
  const relative = path.relative(root, folder);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}
