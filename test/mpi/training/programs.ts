import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect } from 'vitest';
import { execute, type Mpi, type Run } from '../ranks/implementations';

const program = path.join(__dirname, 'program.mjs');

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

/** A new folder, which is removed after the tests. */
export function newFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'chainrule-mpi-'));
  folders.push(folder);
  return folder;
}

/** Runs a program, `<file> <name>`, that answers: the answers of all ranks, in their order. */
export function answers<T>(mpi: Mpi, ranks: number | 'alone', [file, name, ...args]: string[], env: NodeJS.ProcessEnv = {}): T[] {
  const folder = newFolder();
  const how = ranks === 'alone' ? 'alone' : 'group';
  const given = [program, file as string, name as string, ...args.map((arg) => (arg === '<how>' ? how : arg))];
  const { status, hung, stderr } = execute(mpi, ranks, given, { CHAINRULE_TEST_ANSWERS: folder, ...env });
  expect({ status, hung, stderr }).toMatchObject({ status: 0, hung: false });
  const count = ranks === 'alone' ? 1 : ranks;
  expect(readdirSync(folder)).toHaveLength(count);
  return Array.from({ length: count }, (_, rank) => JSON.parse(readFileSync(path.join(folder, `${rank}.json`), 'utf8')));
}

/** Runs a program that is to fail: all that was printed, and the seconds. */
export function failure(mpi: Mpi, ranks: number, args: string[]): Pick<Run, 'status' | 'seconds'> & { printed: string } {
  const { status, hung, stdout, stderr, seconds } = execute(mpi, ranks, [program, ...args]);
  expect({ hung, stdout, stderr }).toMatchObject({ hung: false });
  expect(status).not.toBe(0);
  return { status, seconds, printed: stdout + stderr };
}

/** All ranks must say the same. */
export function same<T>(all: T[]): T {
  for (const one of all) expect(one).toEqual(all[0]);
  return all[0] as T;
}
