import assert from 'node:assert/strict';
import test from 'node:test';
import { findServer, type Launch, type Machine, type Missing, type Request } from '../src/launch.ts';

const BUNDLE = '/ext/bundled';

/** A machine with these programs, and the answer of each that is a Python. */
function machine(programs: Record<string, string>, platform: NodeJS.Platform = 'linux'): Machine & { started: string[] } {
  const started: string[] = [];
  return {
    platform,
    started,
    searchPath: ['', '.', 'bin', '/work/repo/bin', '/usr/local/bin', '/usr/bin'],
    isFile: (file) => file in programs,
    isExecutable: (file) => file in programs,
    run: async (command) => {
      started.push(command);
      return programs[command] || undefined;
    },
  };
}

function request(changes: Partial<Request> = {}): Request {
  return {
    trusted: true, folders: ['/work/repo'], serverPath: '', interpreter: '', allowUvx: false, bundle: BUNDLE, cache: '/cache', ...changes,
  };
}

const LAUNCHER = { [`${BUNDLE}/launch.py`]: '' };
const python = (version: string) => `cpython ${version} 64\n`;

async function launched(asked: Request, on: Machine): Promise<Launch> {
  const found = await findServer(asked, on);
  assert.ok('command' in found, JSON.stringify(found));
  return found;
}

async function missing(asked: Request, on: Machine): Promise<Missing> {
  const found = await findServer(asked, on);
  assert.ok('tried' in found, JSON.stringify(found));
  return found;
}

test('the bundled server runs with the first Python that is new enough', async () => {
  const on = machine({ ...LAUNCHER, '/usr/bin/python3': python('3.9'), '/usr/bin/python3.12': python('3.12') });
  const found = await launched(request(), on);
  assert.equal(found.command, '/usr/bin/python3.12');
  assert.deepEqual(found.args.slice(-2), [`${BUNDLE}/launch.py`, 'serve']);
  assert.ok(found.args.includes('-I'), 'neither PYTHONPATH nor the current folder supplies code');
});

test('what is set wins', async () => {
  const programs = { ...LAUNCHER, '/opt/cgo-ls': '', '/opt/py': python('3.13'), '/usr/bin/python3': python('3.12') };
  assert.deepEqual(await launched(request({ serverPath: '/opt/cgo-ls' }), machine(programs)), {
    command: '/opt/cgo-ls', args: ['serve'], how: 'cgo.server.path: /opt/cgo-ls',
  });
  assert.equal((await launched(request({ interpreter: '/opt/py' }), machine(programs))).command, '/opt/py');
});

test('a server that is set and is not there is said so, and nothing else is started', async () => {
  const on = machine({ ...LAUNCHER, '/usr/bin/python3': python('3.12') });
  assert.match((await missing(request({ serverPath: '/no/such' }), on)).tried[0]!, /no\/such is not a program/);
  assert.deepEqual(on.started, []);
});

test('in Restricted Mode nothing that is set is started, nor anything of the workspace', async () => {
  const on = machine({ ...LAUNCHER, '/opt/evil': python('3.12'), '/work/repo/bin/python3': python('3.12'), '/usr/bin/python3': python('3.12') });
  const found = await launched(request({ trusted: false, serverPath: '/opt/evil', interpreter: '/opt/evil' }), on);
  assert.equal(found.command, '/usr/bin/python3');
  assert.deepEqual(on.started, ['/usr/bin/python3']);
});

test('a trusted workspace does not supply programs through PATH either', async () => {
  const found = await missing(request(), machine({ 'bin/cgo-ls': '', '/work/repo/bin/cgo-ls': '' }));
  assert.ok(found.tried.includes('no cgo-ls on PATH'));
});

test('PyPy and 32 bits cannot load the native modules', async () => {
  const on = machine({ ...LAUNCHER, '/usr/bin/python3': 'pypy 3.11 64', '/usr/bin/python': 'cpython 3.11 32', '/usr/bin/python3.11': python('3.11') });
  assert.equal((await launched(request(), on)).command, '/usr/bin/python3.11');
});

test('without a Python: the bundled program, then PATH, then uvx once allowed', async () => {
  const binary = `${BUNDLE}/standalone/cgo-ls`;
  const programs = { ...LAUNCHER, '/usr/bin/uvx': '' };
  assert.equal((await launched(request(), machine({ ...programs, [binary]: '', '/usr/bin/cgo-ls': '' }))).command, binary);
  assert.equal((await launched(request(), machine({ ...programs, '/usr/bin/cgo-ls': '' }))).command, '/usr/bin/cgo-ls');
  assert.equal((await missing(request(), machine(programs))).uvx, true);
  assert.deepEqual((await launched(request({ allowUvx: true }), machine(programs))).args, ['cgo-ls', 'serve']);
  assert.equal((await missing(request({ allowUvx: true, trusted: false }), machine(programs))).uvx, false);
});

test('nothing at all: every attempt is named', async () => {
  const found = await missing(request(), machine({ ...LAUNCHER, '/usr/bin/python3': python('3.8') }));
  assert.deepEqual(found, { tried: ['/usr/bin/python3 is Python 3.8, not one of 3.14, 3.13, 3.12, 3.11', 'no cgo-ls on PATH'], uvx: false });
  assert.deepEqual((await missing(request(), machine(LAUNCHER))).tried[0], 'no python3 on PATH');
});

test('on Windows programs end in .exe', async () => {
  const on = machine({ ...LAUNCHER, '/usr/bin/python.exe': python('3.12') }, 'win32');
  assert.equal((await launched(request(), on)).command, '/usr/bin/python.exe');
});
