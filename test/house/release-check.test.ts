import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

// Every check of a release, on a small tree that is in order, and then on that tree with one thing spoilt.

type Check = (root: string, tarball?: string) => string[];
const load = <T = Check>(name: string) => require(`../../scripts/release-check/${name}.js`) as T;

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-release-check-'));
let root: string;
let count = 0;

const write = (name: string, contents: string | Uint8Array) => {
  const file = path.join(root, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, contents);
};
const read = (name: string) => fs.readFileSync(path.join(root, name), 'utf8');
const remove = (name: string) => fs.rmSync(path.join(root, name), { recursive: true });
const replace = (name: string, from: string, to: string) => {
  expect(read(name)).toContain(from);
  write(name, read(name).replace(from, to));
};
const git = (...args: string[]) =>
  execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], { stdio: 'pipe' });
const commit = () => {
  git('add', '--all');
  git('commit', '--quiet', '--allow-empty', '--message', 'x');
};

const manifest = {
  name: 'chainrule',
  version: '1.2.3',
  license: 'MIT',
  main: './dist/index.js',
  types: './dist/index.d.ts',
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './wasm': './dist/wasm/index.mjs' },
  bin: { chainrule: 'dist/cli/main.js' },
  engines: { node: '>=20' },
  dependencies: { 'node-gyp-build': '^4.0.0' },
};
const change = (changes: object) => write('package.json', JSON.stringify({ ...manifest, ...changes }, null, 2));

const files = {
  'package.json': JSON.stringify(manifest, null, 2),
  'package-lock.json': JSON.stringify(
    { version: '1.2.3', packages: { '': { version: '1.2.3' }, 'node_modules/node-gyp-build': {} } },
    null,
    2,
  ),
  'CHANGELOG.md': '# Changelog\n\n## 1.2.3 (2026-01-31)\n\n- New.\n\n## 1.2.2 (2026-01-30)\n',
  LICENSE: 'MIT License\n\nCopyright (c) 2026 The authors\n',
  'THIRD-PARTY-NOTICES.md': 'node-gyp-build node-addon-api node-api-headers',
  'README.md': '#',
  'native/binding.gyp': '{}',
  'vendor/node-addon-api/napi.h': '',
  'vendor/node-api-headers/node_api.h': '',
  'mpi/CMakeLists.txt': '',
  'dist/index.js': '',
  'dist/index.d.ts': '',
  'dist/cli/main.js': '#!/usr/bin/env node\n',
  'dist/wasm/index.js': '',
  'dist/wasm/index.mjs': '',
  'node_modules/node-gyp-build/package.json': '{ "license": "MIT" }',
  'node_modules/node-addon-api/package.json': '{ "license": "MIT" }',
  'node_modules/node-api-headers/package.json': '{ "license": "MIT" }',
};

beforeEach(() => {
  root = path.join(temporary, `${count++}`);
  for (const [name, contents] of Object.entries(files)) write(name, contents);
  write('dist/wasm/chainrule.wasm', Buffer.from('0061736d01000000', 'hex'));
});
afterAll(() => fs.rmSync(temporary, { recursive: true, force: true, maxRetries: 10 }));

/** A check that has no doubt at first, and then that of each row, which is spoilt as the row says. */
function rows(check: () => Check, prepare: () => void, spoils: [doubt: string | RegExp, spoil: () => void][]) {
  test('in order', () => {
    prepare();
    expect(check()(root)).toEqual([]);
  });
  test.each(spoils)('%s', (doubt, spoil) => {
    prepare();
    spoil();
    const doubts = check()(root);
    expect(doubts).toHaveLength(1);
    expect(doubts[0]).toMatch(doubt);
    expect(doubts[0]).toMatch(/;\s\S/); // what to do
  });
}

const nothing = () => {};

describe('versions', () => {
  rows(() => load('versions'), nothing, [
    ['package-lock.json: version is 1.2.2', () => replace('package-lock.json', '1.2.3', '1.2.2')],
    ['packages[""].version is 9', () => replace('package-lock.json', '"version": "1.2.3"\n    }', '"version": "9"\n    }')],
  ]);
  test('no version', () => {
    change({ version: 'next' });
    expect(load('versions')(root)[0]).toContain('"next" is no semantic version');
  });
});

describe('changelog', () => {
  rows(
    () => load('changelog'),
    nothing,
    [
      ['the newest heading is "1.2.3 (unreleased)"', () => replace('CHANGELOG.md', '2026-01-31', 'unreleased')],
      ['the newest heading is "Unreleased"', () => replace('CHANGELOG.md', '1.2.3 (2026-01-31)', 'Unreleased')],
      ['is of 1.2.2, package.json has 1.2.3', () => replace('CHANGELOG.md', '## 1.2.3', '## 1.2.2')],
      ['9999-01-01 is no day that has come', () => replace('CHANGELOG.md', '2026-01-31', '9999-01-01')],
      ['2026-13-31 is no day', () => replace('CHANGELOG.md', '2026-01-31', '2026-13-31')],
      ['nothing below', () => replace('CHANGELOG.md', '- New.', '')],
      ['has no heading', () => write('CHANGELOG.md', '# Changelog\n')],
    ].map(([doubt, spoil]) => [doubt as string, () => (spoil as () => void)()]),
  );
});

describe('git', () => {
  const init = () => {
    write('.gitignore', 'node_modules/\n');
    git('init', '--quiet');
    commit();
  };
  rows(() => load('git'), init, [
    ['the work tree is not clean; commit or remove new.txt', () => write('new.txt', '')],
    ['not clean; commit or remove README.md', () => write('README.md', 'changed')],
    [
      'the tag v1.2.3 is of another commit',
      () => {
        git('tag', 'v1.2.3');
        commit();
      },
    ],
  ]);
  test('the tag of this very commit', () => {
    init();
    git('tag', 'v1.2.3');
    expect(load('git')(root)).toEqual([]);
  });
});

describe('licences', () => {
  rows(() => load('licences'), nothing, [
    ['license is GPL-3.0', () => change({ license: 'GPL-3.0' })],
    ['LICENSE is not the MIT licence', () => write('LICENSE', 'All rights reserved')],
    ['node-gyp-build: its licence is GPL-3.0', () => write('node_modules/node-gyp-build/package.json', '{ "license": "GPL-3.0" }')],
    ['node-addon-api: its licence is undefined', () => write('node_modules/node-addon-api/package.json', '{}')],
    ['node-gyp-build: its licence is not known', () => remove('node_modules/node-gyp-build')],
    ['does not name node-addon-api', () => write('THIRD-PARTY-NOTICES.md', 'node-gyp-build node-api-headers')],
  ]);
});

describe('dependencies', () => {
  rows(
    () => load('dependencies'),
    () => git('init', '--quiet') && git('add', 'package-lock.json', 'package.json'),
    [
      ['a user installs node-gyp-build, tar', () => change({ dependencies: { 'node-gyp-build': '', tar: '' } })],
      ['a user installs node-gyp-build, fsevents', () => change({ optionalDependencies: { fsevents: '' } })],
      ['a user installs nothing', () => change({ dependencies: {} })],
      ['engines.node is >=18', () => change({ engines: { node: '>=18' } })],
      ['has the script install', () => change({ scripts: { install: 'node-gyp-build' } })],
      ['has the script postinstall', () => change({ scripts: { postinstall: 'node x.js' } })],
      [
        'binding.gyp is at the root',
        () => {
          write('binding.gyp', '{}');
          git('add', 'binding.gyp');
        },
      ],
      [
        '1 packages have "resolved"',
        () => replace('package-lock.json', '"node_modules/node-gyp-build": {}', '"node_modules/node-gyp-build": { "resolved": "x" }'),
      ],
    ],
  );
});

describe('addresses', () => {
  const host = ['https://regis', 'try.example.com/x'].join('');
  const home = ['/ho', 'me/somebody'].join('');
  const add = (text: string) => () => {
    write('notes.md', text);
    git('add', 'notes.md');
  };
  rows(
    () => load('addresses'),
    () => git('init', '--quiet') && git('add', 'README.md'),
    [
      ["notes.md names a package registry's host", add(`see ${host}`)],
      ['notes.md names a home folder', add(`in ${home}/x`)],
      [/notes\.md names the folder/, () => add(`in ${fs.realpathSync(root)}/x`)()],
    ],
  );
  test('what is no text, or not tracked, is not looked at', () => {
    git('init', '--quiet');
    write('notes.md', home);
    write('image.png', Buffer.from(`\0${home}`));
    git('add', 'image.png');
    expect(load('addresses')(root)).toEqual([]);
  });
});

/** A small binary: the headers that are looked at, and the texts. */
function binary(target: string, libc?: string, { symbols = false, entry = 'napi_register_module_v1' } = {}): Buffer {
  const bytes = Buffer.alloc(5000);
  const [system, arch] = target.split('-');
  const x64 = arch === 'x64';
  if (system === 'linux') {
    bytes.write('7f454c460201', 0, 'hex');
    bytes.writeUInt16LE(x64 ? 62 : 183, 18);
    bytes.writeBigUInt64LE(128n, 0x28);
    bytes.writeUInt16LE(64, 0x3a);
    bytes.writeUInt16LE(2, 0x3c);
    bytes.writeUInt32LE(symbols ? 2 : 11, 128 + 64 + 4);
  } else if (system === 'darwin') {
    bytes.writeUInt32LE(0xfeedfacf, 0);
    bytes.writeUInt32LE(x64 ? 0x1000007 : 0x100000c, 4);
  } else {
    bytes.write('MZ');
    bytes.writeUInt32LE(128, 0x3c);
    bytes.write('PE\0\0', 128);
    bytes.writeUInt16LE(x64 ? 0x8664 : 0xaa64, 132);
    bytes.writeUInt32LE(symbols ? 99 : 0, 140);
  }
  bytes.write(`${entry}\0${libc === 'glibc' ? 'libc.so.6\0' : ''}`, 1000);
  return bytes;
}

function writePrebuilds() {
  const { expected } = load<{ expected: Record<string, string> }>('prebuilds');
  expect(Object.keys(expected)).toHaveLength(8);
  for (const [name, target] of Object.entries(expected)) write(`prebuilds/${name}`, binary(target, /glibc|musl/.exec(name)?.[0]));
}

describe('prebuilds', () => {
  const glibc = 'prebuilds/linux-x64/chainrule.glibc.node';
  rows(() => load('prebuilds'), writePrebuilds, [
    ['linux-arm64/chainrule.musl.node is not there', () => remove('prebuilds/linux-arm64/chainrule.musl.node')],
    ['win32-arm64/chainrule.node is not there', () => remove('prebuilds/win32-arm64')],
    ['prebuilds/linux-x64/old.node is none of ours', () => write('prebuilds/linux-x64/old.node', '')],
    ['the binary beside it was compiled by npm install', () => write('prebuilds/linux-x64/COMPILED-HERE.txt', '')],
    ['is no binary; build it for linux-x64', () => write(glibc, 'garbage')],
    ['is for linux-arm64; build it for linux-x64', () => write(glibc, binary('linux-arm64', 'glibc'))],
    ['is for darwin-x64; build it for darwin-arm64', () => write('prebuilds/darwin-arm64/chainrule.node', binary('darwin-x64'))],
    ['is for win32-x64; build it for win32-arm64', () => write('prebuilds/win32-arm64/chainrule.node', binary('win32-x64'))],
    ['has 2605000 bytes, 2600000 at most', () => write(glibc, Buffer.concat([binary('linux-x64', 'glibc'), Buffer.alloc(2.6e6)]))],
    ['glibc.node has a table of symbols; strip it', () => write(glibc, binary('linux-x64', 'glibc', { symbols: true }))],
    [
      'win32-x64/chainrule.node has a table of symbols',
      () => write('prebuilds/win32-x64/chainrule.node', binary('win32-x64', '', { symbols: true })),
    ],
    ['is no addon for Node-API', () => write(glibc, binary('linux-x64', 'glibc', { entry: 'main' }))],
    ['glibc.node is linked with musl', () => write(glibc, binary('linux-x64', 'musl'))],
    ['musl.node is linked with glibc', () => write('prebuilds/linux-x64/chainrule.musl.node', binary('linux-x64', 'glibc'))],
  ]);
});

describe('hashes', () => {
  const { write: writeHashes } = load<{ write(root: string): void }>('hashes');
  const name = 'linux-x64/chainrule.glibc.node';
  rows(() => load<{ check: Check }>('hashes').check, () => {
    writePrebuilds();
    writeHashes(root);
  }, [
    ['prebuilds/SHA256SUMS is not there', () => remove('prebuilds/SHA256SUMS')],
    [`prebuilds/${name} is not the one in SHA256SUMS`, () => write(`prebuilds/${name}`, 'another')],
    ['prebuilds/new.node is not in SHA256SUMS', () => write('prebuilds/new.node', '')],
    [`prebuilds/${name} is in SHA256SUMS, but not there`, () => remove(`prebuilds/${name}`)],
  ]);
  test('the form of sha256sum', () => {
    write(`prebuilds/${name}`, 'contents');
    writeHashes(root);
    expect(read('prebuilds/SHA256SUMS')).toBe(`${createHash('sha256').update('contents').digest('hex')}  ${name}\n`);
  });
  test('of nothing there is none', () => expect(() => writeHashes(root)).toThrow('nothing in prebuilds'));
});

describe('wasm', () => {
  rows(() => load('wasm'), nothing, [
    ['dist/wasm/chainrule.wasm is not there', () => remove('dist/wasm/chainrule.wasm')],
    ['dist/wasm/index.mjs is not there', () => remove('dist/wasm/index.mjs')],
    ['chainrule.wasm is no WebAssembly', () => write('dist/wasm/chainrule.wasm', 'text')],
    ['exports has no "./wasm"', () => change({ exports: {} })],
  ]);
});

describe('exports', () => {
  rows(() => load('exports'), nothing, [
    ['exports names ./dist/wasm/index.mjs, which is not packed', () => remove('dist/wasm/index.mjs')],
    ['exports names ./dist/no.js', () => change({ exports: { './deep': { node: { import: './dist/no.js' } } } })],
    ['bin names dist/cli/main.js, which is not packed', () => remove('dist/cli/main.js')],
    ['package.json has no types', () => change({ types: undefined })],
    ['dist/cli/main.js does not begin with #!', () => write('dist/cli/main.js', '')],
  ]);
});

describe('tarball', () => {
  const tarball = () => path.join(root, '..', `${count}.tgz`);
  const prepare = (size = 10) => {
    for (const name of ['node_modules', 'package-lock.json']) remove(name);
    writePrebuilds();
    fs.writeFileSync(tarball(), Buffer.alloc(size));
  };
  rows(
    () => (folder) => load('tarball')(folder, tarball()),
    () => prepare(),
    [
      ['LICENSE is not packed', () => remove('LICENSE')],
      ['THIRD-PARTY-NOTICES.md is not packed', () => remove('THIRD-PARTY-NOTICES.md')],
      ['test/a.test.js is packed', () => write('test/a.test.js', '')],
      ['examples/notes.txt is packed', () => write('examples/notes.txt', '')],
      ['binding.gyp is packed', () => write('binding.gyp', '')],
      ['native/build/config.gypi is packed', () => write('native/build/config.gypi', '')],
      ['native/binding.gyp is not packed', () => remove('native/binding.gyp')],
      ['dist/network.js is packed', () => write('dist/network.js', '')],
      ['native/.clangd is packed', () => write('native/.clangd', '')],
      [
        'dist/index.js names the source map index.js.map, which is not packed',
        () => write('dist/index.js', '//# sourceMappingURL=index.js.map'),
      ],
      ['dist/index.js.map maps to sources that are not packed', () => write('dist/index.js.map', '{ "sources": ["../lib/index.ts"] }')],
      ['the tarball has 8000001 bytes, 8000000 at most', () => fs.writeFileSync(tarball(), Buffer.alloc(8e6 + 1))],
    ],
  );
  test('a map that brings its sources along', () => {
    prepare();
    write('dist/index.js', '//# sourceMappingURL=index.js.map');
    write('dist/index.js.map', '{ "sources": ["../lib/index.ts", "index.d.ts"], "sourcesContent": [""] }');
    expect(load('tarball')(root, tarball())).toEqual([]);
  });
});

describe('publint and attw', () => {
  const pack = () => {
    for (const name of ['node_modules', 'package-lock.json', 'dist/wasm']) remove(name);
    const { dependencies, bin, ...rest } = manifest;
    write('dist/index.d.ts', 'export declare const one: 1;\n');
    write('dist/index.js', "'use strict';\nexports.one = 1;\n");
    return { ...rest, type: 'commonjs', files: ['dist'], exports: { '.': manifest.exports['.'] } };
  };
  const packed = (contents: object) => {
    write('package.json', JSON.stringify(contents));
    const options = { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' } as const;
    return path.join(root, execFileSync('npm', ['pack', '--silent', '--ignore-scripts'], options).trim());
  };

  test('in order', () => {
    const tarball = packed(pack());
    expect(load('publint')(root, tarball)).toEqual([]);
    expect(load('types')(root, tarball)).toEqual([]);
  });

  test('an export that is not there', () => {
    const tarball = packed({ ...pack(), exports: { '.': './dist/gone.js' } });
    expect(load('publint')(root, tarball)[0]).toMatch(/publint is not content[\s\S]*gone\.js/);
  });

  test('types of another kind of module', () => {
    const contents = pack();
    write('dist/index.d.ts', 'declare const one: 1;\nexport default one;\n');
    write('dist/index.js', 'module.exports = 1;\n');
    expect(load('types')(root, packed(contents))[0]).toMatch(/attw is not content[\s\S]*default/);
  });
});
