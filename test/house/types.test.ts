import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

// The types in dist/, as users' compilers see them.

const root = path.join(__dirname, '../..');
/** The programs by what they import, and the types of that. */
const programs = [
  ['chainrule', 'every-type', 'dist/index.d.ts'],
  ['chainrule/tabular', 'every-tabular-type', 'dist/tabular/index.d.ts'],
  ['chainrule/mpi', 'every-mpi-type', 'dist/mpi/index.d.ts'],
] as const;
const fileOf = (program: string) => path.join(__dirname, `../types/${program}.ts`);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'chainrule-types-'));
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(root, path.join(folder, 'node_modules/chainrule'), 'junction');
  symlinkSync(path.join(root, 'node_modules/@types'), path.join(folder, 'node_modules/@types'), 'junction');
  for (const [, program] of programs) {
    for (const extension of ['mts', 'cts', 'ts']) cpSync(fileOf(program), path.join(folder, `${program}.${extension}`));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The names in a list between braces, as they are called outside. */
const names = (list: string): string[] =>
  list
    .split(',')
    .map((name) => name.replace(/^\s*type\s/, '').trim())
    .filter((name) => name !== '')
    .map((name) => name.split(/ as /).at(-1) as string);

it.each(programs)('the program of %s uses every type that is exported', (from, program, types) => {
  const index = readFileSync(path.join(root, types), 'utf8');
  const exported = [...index.matchAll(/^export (?:type )?\{([^}]*)\} from/gm)].flatMap(([, list]) => names(list as string));
  expect(index.split('\n').filter((line) => line.startsWith('export')).length).toBe([...index.matchAll(/^export (?:type )?\{/gm)].length);
  const text = readFileSync(fileOf(program), 'utf8');
  const imported = names(new RegExp(`^import \\{([^}]*)\\} from '${from}'`, 'm').exec(text)?.[1] as string);
  expect(imported.sort()).toEqual(exported.sort());
  for (const name of imported)
    expect(text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length, `${name} is imported, not used`).toBeGreaterThan(1);
});

it.each([
  ['node16', 'mts', []],
  ['node16', 'cts', []],
  ['nodenext', 'mts', []],
  ['nodenext', 'cts', []],
  ['esnext', 'ts', ['--moduleResolution', 'bundler']],
])('it compiles with module %s as .%s', { timeout: 60_000 }, (module, extension, more) => {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noImplicitOverride'];
  const file = ['--noEmit', '--target', 'es2022', '--types', 'node', '--module', module, ...more, ...strict];
  const files = programs.map(([, program]) => `${program}.${extension}`);
  try {
    execFileSync(process.execPath, [tsc, ...file, ...files], { cwd: folder, encoding: 'utf8' });
  } catch (error) {
    expect.fail((error as { stdout: string }).stdout);
  }
});
