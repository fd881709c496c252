// The time that `require('chainrule')` adds to a process that does nothing, or (`empty`) that of the process. The two take turns.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const { seconds, empty } = JSON.parse(process.argv[2]);
const library = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
// A cache of compiled code would be that of an earlier process.
const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };

function time(code) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['-e', code], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return (performance.now() - started) / 1000;
}

const [nothing, all] = [[], []];
const end = performance.now() + 1000 * seconds;
do {
  nothing.push(time('0'));
  if (!empty) all.push(time(`require(${JSON.stringify(library)})`));
} while (nothing.length < 5 || performance.now() < end);

const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
const of = (figure) => (empty ? figure(nothing) : figure(all) - figure(nothing));
console.log(JSON.stringify({ best: of((times) => Math.min(...times)), median: of(median), version: process.version }));
