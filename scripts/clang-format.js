'use strict';
// Runs clang-format over all C++ with the options given: `--dry-run -Werror` to check, `-i` to rewrite. The binary comes from a dev
// dependency pinned to one version, because every version formats a little differently.
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const files = ['native', 'mpi/src', 'test/native', 'test/mpi', 'bench/native', 'bench/drivers'].flatMap((folder) =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true })
    .filter((name) => /\.(h|c|cpp|inl)$/.test(name))
    .map((name) => path.join(folder, name)),
);
const { status } = spawnSync(process.execPath, [require.resolve('clang-format'), ...process.argv.slice(2), ...files], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
