import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// The package of a user: the tarball with a binary, installed offline into an empty project by npm, pnpm and Yarn; nothing is compiled at installation.

const root = path.join(__dirname, '../..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-package-'));
const project = path.join(folder, 'project');
const minutes = 60_000;
const copy = path.join(folder, 'source');
let tarball: string;
let dependency: string;

/** The environment of a user's shell: without what `npm test` adds, except where to find Node's headers. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_|^VITEST|^NODE_ENV$|^GYP_DEFINES$|^CHAINRULE_/i.test(name) || name === 'npm_config_nodedir',
  ),
);
const musl = process.platform === 'linux' && !('glibcVersionRuntime' in (process.report.getReport() as { header: object }).header);
const libc = process.platform === 'linux' ? (musl ? '.musl' : '.glibc') : '';
const binary = `prebuilds/${process.platform}-${process.arch}/chainrule${libc}.node`;

const run = (file: string, args: string[], cwd: string, variables: NodeJS.ProcessEnv = env) =>
  execFileSync(file, args, { cwd, env: variables, encoding: 'utf8', stdio: 'pipe', shell: process.platform === 'win32' });

/** Packs a folder and returns the tarball's path. */
const pack = (from: string) =>
  path.join(folder, run('npm', ['pack', '--silent', '--pack-destination', folder], from).trim().split('\n').at(-1) as string);

const bin = (name: string) => path.join(root, 'node_modules', '.bin', name);

beforeAll(() => {
  // Packed in a copy, so that the working tree's dist is not rewritten under the other tests.
  for (const name of [
    'lib',
    'native',
    'mpi/CMakeLists.txt',
    'mpi/package.json',
    'mpi/src',
    'scripts',
    'docs',
    'examples',
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'THIRD-PARTY-NOTICES.md',
    'tsconfig.json',
    'tsconfig.build.json',
    'rolldown.config.mjs',
  ]) {
    fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  fs.rmSync(path.join(copy, 'native/build'), { recursive: true, force: true });
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
  fs.mkdirSync(path.join(copy, path.dirname(binary)), { recursive: true });
  fs.copyFileSync(path.join(root, 'build/Release/chainrule.node'), path.join(copy, binary));
  tarball = pack(copy);
  // The only dependency goes along as a file: an offline npm may not have it in its cache.
  dependency = pack(path.join(root, 'node_modules', 'node-gyp-build'));
  fs.mkdirSync(project);
  fs.writeFileSync(path.join(project, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', dependency, tarball], project, withRecorders());
}, 5 * minutes);

afterAll(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

const called = path.join(folder, 'called');

/** An environment in which programs that compile write down that they were called. */
function withRecorders(): NodeJS.ProcessEnv {
  const recorders = path.join(folder, 'recorders');
  fs.mkdirSync(recorders);
  const names = ['cc', 'c++', 'gcc', 'g++', 'clang', 'clang++', 'make', 'python', 'python3', 'node-gyp', 'node-gyp-build'];
  for (const name of names)
    fs.writeFileSync(path.join(recorders, name), `#!/bin/sh\necho ${name} >> '${called}'\nexit 1\n`, { mode: 0o755 });
  const first = { PATH: [recorders, env.PATH].join(path.delimiter), CC: path.join(recorders, 'cc'), CXX: path.join(recorders, 'c++') };
  return { ...env, ...first };
}

test('installing compiles nothing and runs no script', () => {
  expect(fs.existsSync(called)).toBe(false);
  const { scripts } = JSON.parse(fs.readFileSync(path.join(project, 'node_modules/chainrule/package.json'), 'utf8'));
  for (const script of ['preinstall', 'install', 'postinstall']) expect(scripts).not.toHaveProperty(script);
  expect(fs.existsSync(path.join(project, 'node_modules/chainrule/binding.gyp'))).toBe(false);
  const lock = JSON.parse(fs.readFileSync(path.join(project, 'package-lock.json'), 'utf8'));
  expect(lock.packages['node_modules/chainrule']).not.toHaveProperty('hasInstallScript');
});

const useIt = `
  const nn = new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'tanh'), dense(1, 'sigmoid')], seed: 1 });
  nn.fit({ x: [[0, 1], [1, 1]], y: [[1], [0]] }, { epochs: 2 }).then(() => console.log(nn.predict([[0, 1]]).shape.join()));
`;

test('a CommonJS project can require it', () => {
  fs.writeFileSync(path.join(project, 'consumer.cjs'), `const { NeuralNetwork, dense } = require('chainrule');${useIt}`);
  expect(run('node', ['consumer.cjs'], project)).toBe('1,1\n');
});

test('an ES module can import its names', () => {
  fs.writeFileSync(path.join(project, 'consumer.mjs'), `import { NeuralNetwork, dense } from 'chainrule';${useIt}`);
  expect(run('node', ['consumer.mjs'], project)).toBe('1,1\n');
});

test.each(['chainrule', 'chainrule/tabular', 'chainrule/mpi'])('both have the same exports of %s', (entry) => {
  const names = (code: string) => run('node', ['--input-type=module', '-e', code], project).trim().split(',');
  const imported = names(
    `import * as all from '${entry}'; console.log(Object.keys(all).filter((name) => !/^(default|module\\.exports|__esModule)$/.test(name)).join())`,
  );
  const required = names(`import all from '${entry}'; console.log(Object.keys(all).sort().join())`);
  expect(imported).toEqual(required);
});

const readIt = `const table: Table = await readTable({ text: 'a,b\\n1,2\\n' }); console.log(table.rows);`;

test('a project in TypeScript is given its types', () => {
  fs.writeFileSync(
    path.join(project, 'consumer.mts'),
    `import { NeuralNetwork, dense } from 'chainrule'; import { readTable, type Table } from 'chainrule/tabular';${useIt}${readIt}`,
  );
  run(
    bin('tsc'),
    [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--types',
      'node',
      '--typeRoots',
      path.join(root, 'node_modules/@types'),
      'consumer.mts',
    ],
    project,
  );
});

test('chainrule/tabular throws the same classes of errors as chainrule', () => {
  const code = `const { Table } = require('chainrule/tabular'); const { ChainruleTypeError } = require('chainrule');
    try { Table.from(1) } catch (error) { console.log(error instanceof ChainruleTypeError) }`;
  expect(run('node', ['-e', code], project)).toBe('true\n');
});

test('the command line starts', () => {
  expect(run('npx', ['--offline', 'chainrule', '--help'], project)).toContain('xor');
});

test('it installs one dependency and holds nothing but what runs and compiles', () => {
  expect(
    fs
      .readdirSync(path.join(project, 'node_modules'))
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual(['chainrule', 'node-gyp-build']);
  const files = run('tar', ['tzf', path.basename(tarball)], folder)
    .trim()
    .split('\n')
    .map((name) => name.replace(/^package\//, ''));
  const expected =
    /^(dist\/.+\.(js|d\.ts)|dist\/cli\/page\/page\.css|dist\/wasm\/(index\.mjs|chainrule\.wasm|browser\/module\.d\.mts)|native\/(?!build\/).+\.(h|cpp|inl|inc|gypi)|native\/binding\.gyp|vendor\/(node-addon-api|node-api-headers)\/.+|mpi\/(CMakeLists\.txt|package\.json|src\/\w+\.(h|cpp))|scripts\/(sources|napi-headers)\.js|docs\/.+|examples\/.+\.(mjs|csv)|package\.json|README\.md|LICENSE|CHANGELOG\.md|THIRD-PARTY-NOTICES\.md)$/;
  expect(files.filter((name) => !expected.test(name) && name !== binary)).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'docs/install.md',
      'examples/xor.mjs',
      'vendor/node-addon-api/LICENSE.md',
      'vendor/node-api-headers/node_api.h',
      'mpi/CMakeLists.txt',
      'dist/index.js',
      'dist/index.d.ts',
    ]),
  );
});

test('publint finds nothing', () => {
  expect(run(bin('publint'), ['run', tarball, '--strict'], folder)).toContain('All good!');
});

test('attw finds nothing', () => {
  const table = run(bin('attw'), [tarball, '--profile', 'node16', '--no-color', '--format', 'table-flipped'], folder);
  for (const entry of ['chainrule', 'chainrule/tabular', 'chainrule/mpi', 'chainrule/wasm'])
    expect(table).toMatch(new RegExp(`^│ "${entry}" +│ 🟢 \\(CJS\\) +│ 🟢 \\(CJS\\)`, 'm'));
});

test('every document that a message or a file of the package names is in it', () => {
  const installed = path.join(project, 'node_modules/chainrule');
  const named = fs
    .readdirSync(installed, { recursive: true, encoding: 'utf8' })
    .filter((name) => /^(dist|examples|native|scripts).*\.(js|mjs|d\.ts|h|cpp|inl|inc|gyp|gypi)$/.test(name))
    .flatMap((name) => fs.readFileSync(path.join(installed, name), 'utf8').match(/\b(docs|examples|native)\/[\w/-]+\.(md|mjs)\b/g) ?? []);
  expect(named).toContain('docs/install.md');
  for (const name of new Set(named)) expect(fs.existsSync(path.join(installed, name)), name).toBe(true);
});

test('an example runs where it was installed', () => {
  expect(run('node', ['node_modules/chainrule/examples/xor.mjs'], project)).toMatch(/500 more epochs with fit: loss 0\.0/);
});

test('the command that the error names compiles the tarball as it is', { timeout: 15 * minutes }, () => {
  const bare = path.join(folder, 'bare');
  fs.cpSync(project, bare, { recursive: true });
  fs.rmSync(path.join(bare, 'node_modules/chainrule/prebuilds'), { recursive: true });
  const script = `const { NeuralNetwork, dense } = require('chainrule');${useIt}
    console.error(Object.keys(require.cache).find((name) => name.endsWith('.node')));`;
  const use = () =>
    spawnSync(process.execPath, ['-e', script], { cwd: bare, env: { ...env, CHAINRULE_FALLBACK: 'off' }, encoding: 'utf8' });
  const [, command] = /^ {2}npx (node-gyp rebuild --directory=\S+)$/m.exec(use().stderr) ?? [];
  // Not optimised: the compiler is several times faster, and what is tested is that it finds everything.
  const [, ...args] = (command as string).split(' ') as [string, ...string[]];
  run(process.execPath, [path.join(root, 'node_modules/node-gyp/bin/node-gyp.js'), ...args], bare, {
    ...env,
    CXXFLAGS: '-O0',
    JOBS: 'max',
  });
  const { stdout, stderr } = use();
  expect(stdout).toBe('1,1\n');
  expect(stderr.trim()).toBe(fs.realpathSync(path.join(bare, 'node_modules/chainrule/build/Release/chainrule.node')));
});

describe('without a compiler', () => {
  const prebuilt = path.join(folder, 'prebuilt');
  const installed = path.join(prebuilt, 'node_modules', 'chainrule');
  /** A PATH that holds node and npm, and no compiler, Python or shell. */
  let bare: NodeJS.ProcessEnv;

  beforeAll(() => {
    fs.mkdirSync(prebuilt);
    fs.writeFileSync(path.join(prebuilt, 'package.json'), '{ "private": true }');
    fs.copyFileSync(tarball, path.join(prebuilt, 'chainrule.tgz'));
    fs.copyFileSync(dependency, path.join(prebuilt, 'node-gyp-build.tgz'));
    const tools = path.join(folder, 'tools');
    fs.mkdirSync(tools);
    if (process.platform === 'win32') {
      bare = { ...env, PATH: path.dirname(process.execPath), CHAINRULE_FALLBACK: 'off' };
    } else {
      const npm = run('sh', ['-c', 'command -v npm'], folder).trim();
      for (const [name, file] of [['node', process.execPath] as const, ['npm', fs.realpathSync(npm)] as const])
        fs.symlinkSync(file, path.join(tools, name));
      bare = { ...env, PATH: tools, CHAINRULE_FALLBACK: 'off' };
    }
    const offline = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    run('npm', ['install', ...offline, './node-gyp-build.tgz', './chainrule.tgz'], prebuilt, bare);
  }, 5 * minutes);

  const train = () => run(process.execPath, ['-e', `const { NeuralNetwork, dense } = require('chainrule');${useIt}`], prebuilt, bare);

  test('it installs without scripts, compiler or network, and trains', () => {
    expect(fs.existsSync(path.join(installed, 'build'))).toBe(false);
    expect(fs.existsSync(path.join(installed, binary))).toBe(true);
    expect(train()).toBe('1,1\n');
  });

  test('what the error of a package with missing files advises helps', () => {
    fs.rmSync(path.join(installed, 'prebuilds'), { recursive: true });
    expect(train).toThrow(/ERR_CHAINRULE_LOAD/);
    expect(train).toThrow(/\n {2}npm ci\n/);
    run('npm', ['ci', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], prebuilt, bare);
    expect(train()).toBe('1,1\n');
  });
});
