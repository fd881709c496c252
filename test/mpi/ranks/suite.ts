import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { folderOf, implementations, type Mpi, type Run, root, run } from './implementations';

// Processes under mpirun, with each MPI of this machine: what they exchange, and how jobs end. No job may hang.

const { folderOf: headersOf } = require('../../../scripts/napi-headers.js') as { folderOf(name: string): string };
const commandLine = path.join(root, 'dist/cli/main.js');
const engineOf = (mpi: Mpi) => path.join(folderOf(mpi), 'engine.node');

/** A run that was to succeed: the lines of its ranks, in their order. */
function lines({ status, stdout, stderr, hung }: Run): string[] {
  expect({ status, hung, stderr }).toMatchObject({ status: 0, hung: false });
  return stdout.trim().split('\n').sort();
}

/** A run that was to fail: all that was printed. */
function failed({ status, stdout, stderr, hung }: Run): string {
  expect({ hung, stdout, stderr }).toMatchObject({ hung: false });
  expect(status).not.toBe(0);
  return stdout + stderr;
}

/** Calls the C++ compiler; `source` is its standard input. */
function compile(args: string[], source?: string): void {
  const [compiler, ...more] = (process.env.CXX ?? 'c++').split(' ') as [string, ...string[]];
  execFileSync(compiler, [...more, ...args], { input: source });
}

const each = (ranks: number, text: string) => Array.from({ length: ranks }, (_, rank) => `${rank} ${text}`);

/** All tests with one MPI; none where the machine does not have it. */
export function testRanks(name: string): void {
  const mpi = implementations.find((found) => found.name === name);
  if (mpi === undefined) test.skip(`${name} is not installed`);
  else describe(name, () => testWith(mpi));
}

function testWith(mpi: Mpi): void {
  beforeAll(() => {
    const headers = [path.join(root, 'native'), headersOf('node-api-headers')].map((folder) => `-I${folder}`);
    compile(['-std=c++20', '-O1', '-shared', '-fPIC', '-pthread', ...headers, path.join(__dirname, 'engine.cpp'), '-o', engineOf(mpi)]);
  });

  test('chainrule mpi says what it was built against', () => {
    const env = { ...process.env, CHAINRULE_MPI: folderOf(mpi) };
    const { status, stdout } = spawnSync(process.execPath, [commandLine, 'mpi'], { encoding: 'utf8', env });
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^built  against ${mpi.name} [\\d.]+ .*\naddon  .*\nloads  yes, with ${mpi.name}`));
  });

  test.each([1, 2, 4, 8])('bytes of all sizes between all pairs of %i', (ranks) => {
    expect(lines(run(mpi, ranks, ['pairs']))).toEqual(each(ranks, `of ${ranks}`));
  });

  test.each([1, 4])('many exchanges at the same time, and barriers beside them, of %i', (ranks) => {
    expect(lines(run(mpi, ranks, ['together']))).toEqual(each(ranks, 'done'));
  });

  test('messages of several chunks', () => {
    expect(lines(run(mpi, 2, ['chunks']))).toEqual(each(2, 'done'));
  });

  test.each([2, 8])('a barrier of %i waits for the last one, and blocks no event loop', (ranks) => {
    expect(lines(run(mpi, ranks, ['barrier']))).toEqual(each(ranks, 'done'));
  });

  test.each(['alone', 1] as const)('arguments, copies and methods (%s)', (ranks) => {
    expect(lines(run(mpi, ranks, ['arguments']))).toEqual(['0 done']);
  });

  test('a worker is refused', () => {
    expect(lines(run(mpi, 2, ['worker']))).toEqual(each(2, 'done'));
  });

  test.each(['alone', 2] as const)('close twice, and after exchanges under way (%s)', (ranks) => {
    expect(lines(run(mpi, ranks, ['close']))).toEqual(each(ranks === 'alone' ? 1 : ranks, 'done'));
  });

  test.each([1, 4])('the end without close, of %i', (ranks) => {
    expect(lines(run(mpi, ranks, ['unclosed']))).toEqual(each(ranks, 'done'));
  });

  test.each(['alone', 2] as const)('MPI that does not end ends the process (%s)', (ranks) => {
    const source = '#include <unistd.h>\nextern "C" int MPI_Finalize() { for (;;) pause(); }';
    const library = path.join(folderOf(mpi), 'endless.so');
    compile(['-shared', '-fPIC', '-x', 'c++', '-', '-o', library], source);
    const result = run(mpi, ranks, ['endless'], mpi, { LD_PRELOAD: library });
    expect(failed(result)).toMatch(/^chainrule\/mpi: rank [01]: MPI does not end$/m);
    expect(result.seconds).toBeLessThan(10);
  });

  test.each([1, 2, 4])("the engine's exchanges beside those of JavaScript, of %i", (ranks) => {
    expect(lines(run(mpi, ranks, ['engine', engineOf(mpi)]))).toEqual(each(ranks, 'done'));
  });

  test('the engine is told of a rank that is late', () => {
    const result = run(mpi, 2, ['engineLate', engineOf(mpi)]);
    expect(failed(result)).toMatch(/^0 rank 1 has not answered for 2 s/m);
    expect(result.seconds).toBeLessThan(10);
  });

  test.each([2, 4])('a rank of %i is late', (ranks) => {
    const result = run(mpi, ranks, ['late']);
    expect(failed(result)).toMatch(/rank \d has not answered for 2 s; it is late, or waits for another rank itself/);
    expect(result.seconds).toBeLessThan(10);
  });

  test('after a failure all calls fail at once, and the job fails though the program goes on', () => {
    expect(failed(run(mpi, 2, ['caught']))).toMatch(/^0 rank 1 has not answered for 2 s/m);
  });

  test.each([
    ['5', '6'],
    ['0', '1'],
    ['1000000', '10'],
    [String(2 ** 24), String(2 ** 25)],
  ])('the sizes %s and %s', (first, second) => {
    const result = run(mpi, 2, ['sizes', first, second]);
    expect(failed(result)).toMatch(/rank [01] has exchanged another number of bytes than this rank, which has \d+/);
    expect(result.seconds).toBeLessThan(10);
  });

  test.each([
    ['throw', 'AssertionError: planted'],
    ['reject', 'RangeError: planted'],
  ])('an error ends the job, and the others say which (%s)', (how, error) => {
    const printed = failed(run(mpi, 4, ['end', how, 'busy']));
    expect(printed).toMatch(/^(Assertion|Range)Error.*: planted/m);
    expect(printed).toContain(`rank 1 has ended with exit code 1: ${error}`);
  });

  test('an exit code ends the job, and the others say which', () => {
    expect(failed(run(mpi, 4, ['end', 'exit', 'busy']))).toContain('rank 1 has ended with exit code 3');
  });

  test.each([
    ['throw', 'idle'],
    ['exit', 'idle'],
    ['kill', 'busy'],
    ['kill', 'idle'],
    ['leave', 'busy'],
  ])('a process that is gone ends the job (%s, %s)', (how, others) => {
    const result = run(mpi, 4, ['end', how, others]);
    failed(result);
    expect(result.seconds).toBeLessThan(10);
  });

  test('a process that does not call mpi()', () => {
    const result = run(mpi, 2, ['absent']);
    expect(failed(result)).toContain('MPI has not started within 2 s; every process that mpirun has started must call mpi()');
    expect(result.seconds).toBeLessThan(10);
  });

  test('three processes are refused by each of them', () => {
    const printed = failed(run(mpi, 3, ['open']));
    expect(printed).toContain('the number of processes must be a power of two (1, 2, 4, 8 and so on), got 3');
  });

  test.each(implementations.filter((other) => other !== mpi))('the mpirun of $name is refused', (other) => {
    expect(failed(run(other, 2, ['open'], mpi))).toMatch(
      /has started 2 processes, but \w+ .* sees one: start it with the mpirun of that MPI/,
    );
  });
}
