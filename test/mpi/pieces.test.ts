import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sliceOf } from '../../lib/group';
import { buildFolder, libraryName, readBuild } from '../../lib/mpi/built';
import { wrongLauncher } from '../../lib/mpi/launcher';
import { prepareUcx } from '../../lib/mpi/ucx';

// The parts of chainrule/mpi that need no MPI. Processes under mpirun are in test/mpi/ranks.

const root = path.join(__dirname, '../..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'chainrule-mpi-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
const { version } = require('../../package.json') as { version: string };

describe('slice', () => {
  test('parts are in order, disjoint, complete, and differ by a row at most', () => {
    for (const rows of [0, 1, 7, 8, 1000, 60_001]) {
      for (const size of [1, 2, 4, 8, 64]) {
        const parts = Array.from({ length: size }, (_, rank) => sliceOf(rows, rank, size));
        expect(parts.map(({ begin }) => begin)).toEqual(parts.map((_, rank) => Math.floor((rows * rank) / size)));
        expect(parts.map(({ end }) => end)).toEqual([...parts.slice(1).map(({ begin }) => begin), rows]);
        const lengths = parts.map(({ begin, end }) => end - begin);
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
      }
    }
  });

  test('it is exact where floating-point numbers are not', () => {
    const rows = Number.MAX_SAFE_INTEGER;
    expect(sliceOf(rows, 1023, 1024)).toEqual({ begin: 8_998_403_161_718_783, end: rows });
    expect(sliceOf(rows, 3, 4).begin).toBe(Number((BigInt(rows) * 3n) / 4n));
  });
});

/** The output of a program that calls mpi() with the addon of a folder. */
function call(options: string, addon: string, before = ''): string {
  const code = `${before}require('chainrule/mpi').mpi(${options}).then(() => console.log('open'), (error) => console.log(error.code, error.name, error.message));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, CHAINRULE_MPI: addon },
  });
  return stdout + stderr;
}

/** A folder with a record, and a file in the place of the addon. */
function fakeBuild(name: string, chainrule: string): string {
  const build = path.join(folder, name);
  mkdirSync(build);
  writeFileSync(path.join(build, 'chainrule_mpi.json'), JSON.stringify({ chainrule, library: 'Open MPI 4.1.4', from: 'mpicxx' }));
  writeFileSync(path.join(build, 'chainrule_mpi.node'), 'not an addon');
  return build;
}

describe('mpi()', () => {
  test('without the addon it says how to build it', () => {
    expect(call('', folder)).toBe(
      `ERR_CHAINRULE_MPI ChainruleError the addon for MPI has not been built: there is none in ${folder}. \`npx chainrule mpi build\` builds it\n`,
    );
  });

  test('an addon that does not load is named with its MPI', () => {
    const printed = call('', fakeBuild('broken', version));
    expect(printed).toMatch(
      /^ERR_CHAINRULE_MPI ChainruleError the addon for MPI, which was built against Open MPI 4\.1\.4, does not load: /,
    );
    expect(printed).toContain('run `npx chainrule mpi build` again');
  });

  test('an addon of another version is refused', () => {
    expect(call('', fakeBuild('old', '0.0.1'))).toContain(`was built for Chainrule 0.0.1, and this is ${version}`);
  });

  test.each([
    ['null', 'ERR_CHAINRULE_TYPE', 'options must be an object, got null'],
    ['{ timeout: "60" }', 'ERR_CHAINRULE_TYPE', 'options.timeout must be a finite number from 0.1 to 86400, got "60"'],
    ['{ timeout: 0 }', 'ERR_CHAINRULE_VALUE', 'options.timeout must be a finite number from 0.1 to 86400, got 0'],
    ['{ timeout: NaN }', 'ERR_CHAINRULE_VALUE', 'options.timeout must be a finite number from 0.1 to 86400, got NaN'],
    ['{ timeOut: 60 }', 'ERR_CHAINRULE_OPTION', 'options has no option "timeOut"; did you mean "timeout"?'],
  ])('options are checked first: %s', (options, code, message) => {
    expect(call(options, folder)).toMatch(new RegExp(`^${code} `));
    expect(call(options, folder)).toContain(message);
  });

  test('importing it loads nothing of MPI, and starts no thread', () => {
    expect(call('', fakeBuild('unused', version), "console.log('imported'); require('chainrule/mpi'); process.exit(0);")).toBe(
      'imported\n',
    );
  });
});

test('where the addon is looked for', () => {
  expect(buildFolder({})).toBe(path.join(root, 'mpi/build'));
  expect(buildFolder({ CHAINRULE_MPI: 'elsewhere' })).toBe(path.resolve('elsewhere'));
  expect(readBuild(path.join(folder, 'missing'))).toBeUndefined();
});

test.each([
  ['Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022\0', 'Open MPI 4.1.4'],
  ['Open MPI v5.0.0rc12, package: Open MPI', 'Open MPI 5.0.0rc12'],
  ['MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr', 'MPICH 4.0.2'],
  ['Intel(R) MPI Library 2021.11 for Linux* OS\n', 'Intel(R) MPI Library 2021.11 for Linux* OS'],
])('the name of a library: %j', (text, name) => {
  expect(libraryName(text)).toBe(name);
});

test('an mpirun of another MPI is noticed, and a right one is not', () => {
  expect(wrongLauncher(1, 'MPICH 4.0.2', {})).toBeUndefined();
  expect(wrongLauncher(1, 'MPICH 4.0.2', { PMI_SIZE: '1' })).toBeUndefined();
  expect(wrongLauncher(4, 'Open MPI 4.1.4', { OMPI_COMM_WORLD_SIZE: '4' })).toBeUndefined();
  expect(wrongLauncher(1, 'MPICH 4.0.2', { OMPI_COMM_WORLD_SIZE: '4' })).toMatch(
    /^mpirun of Open MPI has started 4 processes, but MPICH 4\.0\.2/,
  );
  expect(wrongLauncher(1, 'Open MPI 4.1.4', { PMI_SIZE: '2' })).toMatch(
    /^mpirun of MPICH \(or a launcher like it\) has started 2 processes/,
  );
});

describe('settings for UCX', () => {
  const mapped = (next: string) =>
    `00400000-00401000 r--p 0 00:00 0 /node\n2532a000-25540000 rw-p 0 00:00 0 [heap]\n${next}-45540000 ---p 0\n`;
  const settings = (maps: string, given: NodeJS.ProcessEnv = {}) => {
    const env = { ...given };
    prepareUcx(env, maps);
    return env;
  };

  test('its handlers of signals are left out, its hooks only where the heap cannot grow', () => {
    expect(settings('')).toEqual({ UCX_HANDLE_ERRORS: 'none' });
    expect(settings(mapped('27000000'))).toEqual({ UCX_HANDLE_ERRORS: 'none' });
    expect(settings(mapped('25540000'))).toEqual({ UCX_HANDLE_ERRORS: 'none', UCX_MEM_MMAP_HOOK_MODE: 'none', UCX_MEM_EVENTS: 'no' });
  });

  test("the user's stay", () => {
    expect(settings(mapped('25540000'), { UCX_HANDLE_ERRORS: 'bt', UCX_MEM_EVENTS: 'yes' })).toMatchObject({
      UCX_HANDLE_ERRORS: 'bt',
      UCX_MEM_EVENTS: 'yes',
    });
  });
});
