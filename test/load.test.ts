import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';

// A package whose binary does not load, for every reason there is: what the error says. test/fallback.test.ts has what happens without
// CHAINRULE_FALLBACK=off.

const root = path.join(__dirname, '..');
const temporary = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'chainrule-load-'));
const modules = path.join(temporary, 'node_modules');
const installed = path.join(modules, 'chainrule');
const target = `${process.platform}-${process.arch}`;
const otherArch = process.arch === 'x64' ? 'arm64' : 'x64';
const glibc = process.platform === 'linux' && 'glibcVersionRuntime' in (process.report.getReport() as { header: object }).header;

beforeEach(() => {
  fs.rmSync(modules, { recursive: true, force: true });
  for (const name of ['dist', 'package.json', 'native/binding.gyp'])
    fs.cpSync(path.join(root, name), path.join(installed, name), { recursive: true });
  fs.cpSync(path.join(root, 'node_modules/node-gyp-build'), path.join(modules, 'node-gyp-build'), { recursive: true });
});
afterAll(() => fs.rmSync(temporary, { recursive: true, force: true, maxRetries: 10 }));

const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(LIBC|PREBUILDS_ONLY|npm_.*|CHAINRULE_.*)$/i.test(name))),
  CHAINRULE_FALLBACK: 'off',
};

function requireIt(variables: NodeJS.ProcessEnv = {}) {
  const script = `try { require('chainrule'); console.log('{}') }
    catch ({ name, code, message, cause }) { console.log(JSON.stringify({ name, code, message, cause: cause.message })) }`;
  const output = execFileSync(process.execPath, ['-e', script], { cwd: temporary, encoding: 'utf8', env: { ...env, ...variables } });
  return JSON.parse(output) as { name?: string; code?: string; message: string; cause?: string };
}

function write(name: string, contents: Uint8Array | string): string {
  const file = path.join(installed, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, contents);
  return file;
}

/** The start of an ELF file for a CPU. */
function elf(arch: string): Uint8Array {
  const bytes = Buffer.alloc(4096);
  bytes.write('7f454c4602010100', 0, 'hex');
  bytes.writeUInt16LE(3, 16);
  bytes.writeUInt16LE(arch === 'x64' ? 62 : 183, 18);
  return bytes;
}

const built = () => fs.readFileSync(path.join(root, 'build/Release/chainrule.node'));

test('no binary: every place, the machine, and what helps', () => {
  const { name, code, message, cause } = requireIt();
  expect({ name, code }).toEqual({ name: 'ChainruleError', code: 'ERR_CHAINRULE_LOAD' });
  expect(cause).toContain('No native build was found');
  expect(message).toMatch(/^chainrule has no binary that loads on /);
  expect(message).toContain(` ${target} (`);
  expect(message).toContain(`Node.js ${process.versions.node}, Node-API ${process.versions.napi}`);
  if (glibc) expect(message).toMatch(/\(glibc 2\.\d+, /);
  for (const place of ['build/Release', 'build/Debug', `prebuilds/${target}`]) {
    expect(message).toContain(`  ${path.join(installed, place)}: not there\n`);
  }
  expect(message).toContain(`  ${path.join(path.dirname(process.execPath), 'prebuilds', target)}: not there\n`);
  expect(message.match(/^ {2}np[mx] .*/gm)).toEqual([
    '  npm ci',
    `  npx node-gyp rebuild --directory=${path.join('node_modules/chainrule/native')}`,
    '  npx esbuild <program> --bundle --platform=node --outdir=<folder> --external:chainrule',
  ]);
  expect(message).toContain('docs/install.md');
});

test('binaries for other systems only: which they are', () => {
  write('prebuilds/aix-ppc64/chainrule.node', elf('x64'));
  write('prebuilds/sunos-x64/chainrule.node', elf('x64'));
  expect(requireIt().message).toContain(`${path.join('prebuilds', target)}: not there; there are aix-ppc64, sunos-x64\n`);
});

test('a folder without an addon', () => {
  write('build/Release/config.txt', '');
  expect(requireIt().message).toContain(`${path.join(installed, 'build/Release')}: holds no addon\n`);
});

test('a damaged binary: the words of the system, and those not tried after it', () => {
  const damaged = write('build/Release/chainrule.node', 'garbage');
  const next = write(`prebuilds/${target}/chainrule.node`, built());
  const { message, cause, code } = requireIt();
  expect(code).toBe('ERR_CHAINRULE_LOAD');
  expect(cause).toContain('chainrule.node');
  expect(message).toContain(`  ${damaged}: is no addon, or a damaged one (`);
  expect(message).toContain(`  ${next}: not tried: an earlier file was used\n`);
});

test('a binary for another CPU is called that, though the system says that there is no such file', () => {
  const file = write('build/Release/chainrule.node', elf(otherArch));
  expect(requireIt().message).toContain(`  ${file}: is for linux-${otherArch} (`);
});

test.each([
  ['darwin-arm64', 'cffaedfe0c000001'],
  ['darwin-x64', 'cffaedfe07000001'],
])('a binary for %s', (name, start) => {
  const file = write('build/Release/chainrule.node', Buffer.concat([Buffer.from(start, 'hex'), Buffer.alloc(4096)]));
  if (target !== name) expect(requireIt().message).toContain(`  ${file}: is for ${name} (`);
});

test.each([
  ['win32-x64', '6486'],
  ['win32-arm64', '64aa'],
])('a binary for %s', (name, machine) => {
  const bytes = Buffer.alloc(4096);
  bytes.write('MZ');
  bytes.writeUInt32LE(0x80, 0x3c);
  bytes.write(`50450000${machine}`, 0x80, 'hex');
  const file = write('build/Release/chainrule.node', bytes);
  if (target !== name) expect(requireIt().message).toContain(`  ${file}: is for ${name} (`);
});

test.runIf(glibc)('a binary for the other C library', () => {
  const file = write(`prebuilds/${target}/chainrule.musl.node`, built());
  expect(requireIt().message).toContain(`  ${file}: is for musl, and glibc is wanted\n`);
});

// As on a system with musl that is not Alpine, the other way round.
test.runIf(glibc)('a binary for the C library that is here, but not taken for it', () => {
  const file = write(`prebuilds/${target}/chainrule.glibc.node`, built());
  expect(requireIt({ LIBC: 'musl' }).message).toContain(
    `  ${file}: is for glibc, and musl is wanted; LIBC=glibc in the environment has it taken\n`,
  );
  expect(requireIt({ LIBC: 'glibc' })).toEqual({});
});

test.runIf(glibc)('a binary for a newer system', () => {
  const bytes = built();
  for (let at = bytes.indexOf('GLIBC_2.'); at >= 0; at = bytes.indexOf('GLIBC_2.', at + 1)) bytes.write('GLIBC_9.', at);
  const file = write(`prebuilds/${target}/chainrule.glibc.node`, bytes);
  expect(requireIt().message).toMatch(new RegExp(`  ${file}: needs GLIBC_9\\.[\\d.]+, and this system is older \\(`));
});

test('a folder of binaries elsewhere, and no other', () => {
  const elsewhere = path.join(temporary, 'elsewhere');
  const { message } = requireIt({ CHAINRULE_PREBUILD: elsewhere, PREBUILDS_ONLY: '1' });
  expect(message).toContain(`  ${path.join(elsewhere, 'prebuilds', target)}: not there\n`);
  expect(message).not.toContain('Release');
});

test('a bundler leaves the binary behind, unless the package is left out', () => {
  write('build/Release/chainrule.node', built());
  fs.writeFileSync(path.join(temporary, 'program.js'), "console.log(require('chainrule').threads() > 0);");
  const rolldown = path.join(root, 'node_modules/rolldown/bin/cli.mjs');
  const bundle = (...more: string[]) => {
    execFileSync(process.execPath, [rolldown, 'program.js', '--platform=node', '--format=cjs', '--dir=out/app', ...more], {
      cwd: temporary,
      stdio: 'pipe',
    });
    return execFileSync(process.execPath, ['out/app/program.js'], { cwd: temporary, env, encoding: 'utf8', stdio: 'pipe' });
  };
  expect(() => bundle()).toThrow(`${path.join(temporary, 'out/build/Release')}: not there`);
  expect(bundle('--external=chainrule')).toBe('true\n');
});
