// A measurement is a process of its own, whose last line of output is JSON.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { environment } from './environment.mjs';

/** Runs a command and returns what its last line of output says, or { error }. The settings are those of `environment`. */
export function runJson([command, ...args], settings = {}) {
  const options = { env: environment(settings), encoding: 'utf8', timeout: 300_000, maxBuffer: 1 << 26 };
  const { status, stdout, stderr, error } = spawnSync(command, args.map(String), options);
  if (error?.code === 'ENOENT') return { error: `${path.basename(command)} is not there` };
  if (error || status !== 0) {
    const reasons = (stderr ?? '').split('\n').filter((line) => /error|:/i.test(line));
    return { error: error?.message ?? reasons.find((line) => /Error\b/.test(line)) ?? reasons.at(-1) ?? `exit status ${status}` };
  }
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

export const progress = (text) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : '');
