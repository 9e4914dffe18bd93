// VS Code as code-server serves it, in a fresh profile, and Debian's Chromium to look at it.

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../../..');
export const EDITORS = process.env.EDITORS ?? path.join(ROOT, '.cache/editors');
const CODE_SERVER = path.join(EDITORS, 'node_modules/code-server/out/node/entry.js');
const { chromium } = createRequire(path.join(EDITORS, 'x.js'))('playwright-core');
const CHROMIUM_FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];
// Nothing but the extension is to be on the screen.
const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': 'Default Dark Modern',
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.startupPrompt': 'never',
  'update.mode': 'none',
  'git.enabled': false,
  'editor.minimap.enabled': false,
  'editor.hover.delay': 100,
  'editor.fontFamily': "'DejaVu Sans Mono'",
};

/** A copy of the examples to work on, with files that are in no example. */
export function workspace(files = {}) {
  const folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'cgo-editors-')), 'journal');
  fs.cpSync(path.join(ROOT, 'examples'), folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

/** Starts a server on a fresh profile with the extension in it. `settings` are the user's. */
export async function startCode({ vsix, folder, settings = {}, trust = true, env = {} }) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'cgo-profile-'));
  const home = path.join(profile, 'home');
  fs.mkdirSync(path.join(profile, 'User'), { recursive: true });
  fs.mkdirSync(home);
  const all = { ...QUIET, 'security.workspace.trust.enabled': !trust, ...settings };
  fs.writeFileSync(path.join(profile, 'User/settings.json'), JSON.stringify(all, null, 2));
  // What names a program is set for a machine, which is the server's side of a browser's window.
  fs.mkdirSync(path.join(profile, 'Machine'));
  fs.writeFileSync(path.join(profile, 'Machine/settings.json'), JSON.stringify(settings));
  const port = await freePort();
  const common = ['--user-data-dir', profile, '--extensions-dir', path.join(profile, 'extensions')];
  const environment = { ...process.env, HOME: home, ...env };
  const installed = spawnSync(process.execPath, [CODE_SERVER, ...common, '--install-extension', vsix, '--force'], { env: environment, encoding: 'utf8' });
  if (installed.status !== 0) throw new Error(`the extension was not installed: ${(installed.stdout + installed.stderr).slice(-800)}`);
  const log = fs.openSync(path.join(profile, 'server.log'), 'w');
  const server = spawn(process.execPath, [
    CODE_SERVER, '--bind-addr', `127.0.0.1:${port}`, '--auth', 'none', '--disable-telemetry', '--disable-update-check',
    '--disable-getting-started-override', ...(trust ? ['--disable-workspace-trust'] : []),
    '--vscode-option', 'enable-smoke-test-driver', ...common, folder,
  ], { env: environment, detached: true, stdio: ['ignore', log, log] });
  const base = `http://127.0.0.1:${port}`;
  const stop = () => {
    try {
      process.kill(-server.pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
    if (!process.env.KEEP) for (const each of [profile, path.dirname(folder)]) fs.rmSync(each, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', stop);
  for (let tries = 0; ; tries += 1) {
    if (await fetch(`${base}/healthz`).then(({ ok }) => ok, () => false)) break;
    if (server.exitCode !== null || tries > 300) throw new Error(fs.readFileSync(path.join(profile, 'server.log'), 'utf8'));
    await sleep(200);
  }
  return { base, folder, profile, stop };
}

/** Opens the folder in a browser that reaches this machine only. `payload` is what VS Code's test runner would pass. */
export async function openWindow({ base, folder }, payload = [], viewport = { width: 1280, height: 800 }) {
  const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => fs.existsSync(file));
  if (!program) throw new Error('no browser: apt-get install chromium');
  const browser = await chromium.launch({ executablePath: program, headless: true, args: CHROMIUM_FLAGS });
  const context = await browser.newContext({ viewport });
  await context.route((url) => url.hostname !== '127.0.0.1', (route) => route.abort());
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  if (process.env.DEBUG) page.on('console', (message) => console.log('console', message.text().slice(0, 300)));
  const query = `folder=${encodeURIComponent(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
  await page.goto(`${base}/?${query}`, { waitUntil: 'domcontentloaded' });
  await page.waitForSelector('.monaco-workbench .part.statusbar', { timeout: 60_000 });
  return { browser, page };
}

/** Runs `file` inside of the extension host; its report. */
export async function runInHost(code, file, limit = 360_000) {
  const report = path.join(code.profile, 'report.txt');
  const host = new URL(code.base).host;
  const { browser, page } = await openWindow(code, [
    ['extensionTestsPath', `vscode-remote://${host}${path.join(import.meta.dirname, 'host', file)}`],
    ['extensionDevelopmentPath', `vscode-remote://${host}${path.join(import.meta.dirname, 'host')}`],
  ]);
  try {
    for (const end = Date.now() + limit; Date.now() < end; await sleep(200)) {
      if (fs.existsSync(report)) return fs.readFileSync(report, 'utf8');
    }
    await page.screenshot({ path: path.join(EDITORS, 'no-report.png') });
    const part = fs.existsSync(`${report}.part`) ? fs.readFileSync(`${report}.part`, 'utf8') : '';
    return `${part}\nFAIL ${file} did not end in ${limit / 1000} s\n0 passed, 1 failed\n`;
  } finally {
    await browser.close();
  }
}

export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
