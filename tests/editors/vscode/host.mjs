// The tests inside of the extension host: node host.mjs VSIX [main|restricted|beside_gopls]...

import fs from 'node:fs';
import path from 'node:path';
import { EDITORS, ROOT, runInHost, startCode, workspace } from './code.mjs';

const [vsix, ...chosen] = process.argv.slice(2);
const setups = {
  main: () => startCode({ vsix, folder: workspace({ 'plain/plain.go': 'package plain\n\nimport "fmt"\n\nfunc Hello() { fmt.Println("hello") }\n' }) }),
  restricted() {
    const folder = workspace({ evil: '#!/bin/sh\ntouch "$(dirname "$0")/started"\n' });
    fs.chmodSync(path.join(folder, 'evil'), 0o755);
    const settings = { 'cgo.server.path': path.join(folder, 'evil'), 'cgo.server.interpreter': path.join(folder, 'evil') };
    return startCode({ vsix, folder, settings, trust: false });
  },
  beside_gopls() {
    const env = {
      GO_FOLDER: path.join(ROOT, '.venv/bin'), LANGUAGE_CLIENT: path.join(EDITORS, 'languageclient.cjs'),
      GOTOOLCHAIN: 'local', GOPROXY: 'off', GOFLAGS: '-mod=mod', GOCACHE: path.join(ROOT, '.cache/go-build'),
    };
    return startCode({ vsix, folder: workspace(), env });
  },
};

let failed = false;
for (const name of chosen.length > 0 ? chosen : Object.keys(setups)) {
  console.log(`-- ${name}`);
  const code = await setups[name]();
  const report = await runInHost(code, `${name}.cjs`).finally(code.stop);
  console.log(report);
  failed ||= !report.includes(' 0 failed');
}
process.exit(failed ? 1 : 0);
