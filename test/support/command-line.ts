import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

// Under npx the program names itself otherwise.
const { npm_command: _, ...environment } = process.env;
const program = path.join(__dirname, '../../dist/cli/main.js');

/** An empty folder of a new user, who runs the command line in it. It goes when the tests of the file are over. */
export class UserFolder {
  readonly path = mkdtempSync(path.join(os.tmpdir(), 'chainrule-user-'));

  constructor() {
    afterAll(() => rmSync(this.path, { recursive: true, force: true, maxRetries: 10 }));
  }

  write(name: string, text: string): void {
    writeFileSync(path.join(this.path, name), text);
  }

  file(name: string): string {
    return path.join(this.path, name);
  }

  /** Runs the command line, as words between spaces. */
  run(line: string, input = '') {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words(line)], {
      cwd: this.path,
      encoding: 'utf8',
      input,
      env: environment,
      timeout: 50_000,
    });
    return { status, stdout, stderr };
  }

  /** Starts it. */
  start(line: string): ChildProcess {
    return spawn(process.execPath, [program, ...words(line)], { cwd: this.path, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

const words = (line: string): string[] => (line === '' ? [] : line.split(' '));

/** Numbers from 0 to 1 that are the same in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Penguins that never were: three species, missing cells, text labels. */
export function penguins(rows = 120): string {
  const next = numbers(1);
  const kinds = [
    { species: 'Adelie', islands: ['Biscoe', 'Dream', 'Torgersen'], bill: 34 },
    { species: 'Chinstrap', islands: ['Dream'], bill: 40 },
    { species: 'Gentoo', islands: ['Biscoe'], bill: 44 },
  ];
  const lines = Array.from({ length: rows }, (_, row) => {
    const { species, islands, bill } = kinds[row % 3] as (typeof kinds)[0];
    const length = row % 17 === 3 ? 'NA' : (bill + 10 * next()).toFixed(1);
    const sex = row % 11 === 5 ? '' : next() < 0.5 ? 'MALE' : 'FEMALE';
    return `${species},${islands[Math.floor(row / 3) % islands.length]},${length},${(15 + 4 * next()).toFixed(1)},${sex}`;
  });
  return `species,island,bill_length_mm,bill_depth_mm,sex\n${lines.join('\n')}\n`;
}
