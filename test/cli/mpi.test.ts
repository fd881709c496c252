import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findTools } from '../../lib/cli/mpi/tools';

// `chainrule mpi` where MPI, or what builds its addon, is missing. test/mpi/ranks builds it.

const folder = mkdtempSync(path.join(os.tmpdir(), 'chainrule-cli-mpi-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

const program = path.join(__dirname, '../../dist/cli/main.js');
function run(args: string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'mpi', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, CHAINRULE_MPI: folder, ...env },
  });
  return { status, stdout, stderr };
}

/** A folder with programs that print a line. */
function programs(name: string, lines: Record<string, string>): string {
  const bin = path.join(folder, name);
  mkdirSync(bin, { recursive: true });
  for (const [program, line] of Object.entries(lines)) {
    writeFileSync(path.join(bin, program), `#!/bin/sh\necho '${line}'\n`);
    chmodSync(path.join(bin, program), 0o755);
  }
  return bin;
}

test('it says that nothing is built', () => {
  const stdout = `not built: there is no addon in ${folder}; "chainrule mpi build" builds it\n`;
  expect(run([])).toEqual({ status: 1, stdout, stderr: '' });
});

test('it says why an addon does not load', () => {
  const broken = path.join(folder, 'broken');
  mkdirSync(broken);
  writeFileSync(path.join(broken, 'chainrule_mpi.json'), '{ "chainrule": "1.2.3", "library": "MPICH 4.0.2", "from": "mpicxx" }');
  const { status, stdout } = run([], { CHAINRULE_MPI: broken });
  expect(status).toBe(1);
  expect(stdout).toMatch(/^built {2}against MPICH 4\.0\.2 \(mpicxx\), for Chainrule 1\.2\.3\naddon .*\nloads {2}no: Cannot find module/);
});

test.each([
  [['biuld'], 'chainrule mpi: "biuld" is unknown; it is "chainrule mpi build" or "chainrule mpi"'],
  [['--out', 'x'], 'chainrule mpi: --out is for "chainrule mpi build"'],
  [['build', 'more'], 'chainrule mpi: "more" is one argument too many'],
])('wrong arguments: %j', (args, message) => {
  expect(run(args)).toMatchObject({ status: 2, stdout: '', stderr: `${message}\nTry "chainrule mpi --help".\n` });
});

describe.skipIf(process.platform === 'win32')('what builds it', () => {
  const node = programs('node', {});
  symlinkSync(process.execPath, path.join(node, 'node'));

  test('all that is missing is said at once, with the commands that install it', () => {
    const { status, stdout, stderr } = run(['build'], { PATH: node, CXX: '' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    for (const line of [
      '  cmake: CMake 3.18 or newer is not on the PATH',
      '  C++ compiler: none of c++, g++, clang++ is on the PATH',
      '  MPI: there is no mpicxx or mpic++ on the PATH',
      '  Debian, Ubuntu   sudo apt-get install cmake g++ make libopenmpi-dev openmpi-bin',
      '  Fedora, RHEL     sudo dnf install cmake gcc-c++ make openmpi-devel; then: module load mpi',
      '  macOS            xcode-select --install && brew install cmake open-mpi',
    ])
      expect(stderr.split('\n')).toContain(line);
  });

  const complete = { cmake: 'cmake version 3.25.1', 'c++': '', mpicxx: '' };
  const found = (lines: Record<string, string>, wanted = {}, more = {}) => {
    const bin = programs(`bin-${Object.keys(lines).join('-')}-${Object.values(lines).join('-').replaceAll(' ', '-')}`, lines);
    return findTools(wanted, { PATH: bin, ...more });
  };

  test('an old CMake, a compiler that the environment names, an MPI that flags name', () => {
    expect(found(complete)).toMatchObject({ cmake: expect.stringMatching(/\/cmake$/), mpiCompiler: expect.stringMatching(/\/mpicxx$/) });
    expect(found({ ...complete, cmake: 'cmake version 3.16.3' })).toMatchObject({
      missing: expect.stringContaining('cmake: version 3.16 is on the PATH, and CMake 3.18 or newer is needed'),
    });
    expect(found(complete, {}, { CXX: 'ccache g++-99' })).toMatchObject({
      missing: expect.stringContaining('C++ compiler: none of g++-99 is on the PATH'),
    });
    expect(found(complete, { compiler: 'mpicxx.other' })).toMatchObject({
      missing: expect.stringContaining('MPI: there is no mpicxx.other on the PATH'),
    });
    const prefix = path.join(folder, 'prefix');
    programs('prefix/bin', { 'mpic++': '' });
    expect(found(complete, { mpi: prefix })).toMatchObject({ mpiCompiler: path.join(prefix, 'bin/mpic++') });
    expect(found(complete, { mpi: folder })).toMatchObject({
      missing: expect.stringContaining(`MPI: there is no ${path.join(folder, 'bin/mpicxx')} or ${path.join(folder, 'bin/mpic++')}\n`),
    });
  });

  test('a folder that cannot be written to', () => {
    const bin = programs('all', complete);
    symlinkSync(process.execPath, path.join(bin, 'node'));
    writeFileSync(path.join(folder, 'file'), '');
    const { status, stderr } = run(['build', '--out', path.join(folder, 'file/build')], { PATH: bin, CXX: '' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^chainrule: .*file\/build cannot be written to \(\w+\); --out FOLDER builds in another folder/);
  });
});
