// Who is measured: how each is found, how it is started for a case, and in which ways. Every measurement gets a specification and prints one
// JSON line: { best, median } in seconds per step or call (for memory: best in bytes), and its version.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './drivers/peers.mjs';
import { divisions, sessions } from './variants.mjs';
import { webAssemblyState } from './webassembly.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = (name) => path.join(root, 'bench', 'drivers', name);
const exe = process.platform === 'win32' ? '.exe' : '';

export const nativeBench = path.join(root, 'build', 'Release', `native_bench${exe}`);

const gemmArguments = ({ pass, batch, inputs, units }) => [pass, batch, inputs, units];

/** Asks once: a compiler or an interpreter has to be started for an answer. */
const once = (ask) => {
  let answer;
  return () => {
    answer ??= ask();
    return answer;
  };
};

const peersFolder = 'npm install --prefix bench/peers';

const javascript = (script, packages, extra) => ({
  install: () => (packages.every(isInstalled) ? '' : peersFolder),
  command: (spec) => [process.execPath, file(script), JSON.stringify({ ...spec, ...extra })],
});

/** A C program, compiled when it is first needed. */
const c = (name, library, debian, args) => {
  const program = path.join(root, 'build', 'bench', name);
  const compile = () => {
    try {
      fs.mkdirSync(path.dirname(program), { recursive: true });
      execFileSync(process.env.CC ?? 'cc', ['-O3', '-o', program, file(`${name}.c`), `-l${library}`, '-lm'], { stdio: 'ignore' });
      return '';
    } catch {
      return `apt-get install ${debian}`;
    }
  };
  return { install: once(compile), command: (spec) => [program, ...args(spec)] };
};

const python = process.env.PYTHON ?? '/usr/bin/python3'; // Debian's, which has Debian's packages
const hasPytorch = once(() => spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0);

const ourScripts = { require: 'require.mjs', intake: 'intake.mjs', csv: 'csv.mjs' };
const our = (spec) => [process.execPath, file(ourScripts[spec.kind] ?? 'ours.mjs'), JSON.stringify(spec)];
/** Ours in another way, as what a case is compared with. */
const ours = (change) => ({
  install: (spec) => ((change.wasm ?? spec.wasm) ? webAssemblyState() : ''),
  command: (spec) => our({ ...spec, ...change }),
});

/** A parser of CSV, in each of its ways. */
const csvParser = (parser, ways) => ({
  ...javascript('csv.mjs', [parser], { parser }),
  variants: () => ways.map((way) => ({ name: way, spec: { way } })),
});

/**
 * `install(spec)` says how to install what a case lacks; empty: nothing. `variants(spec, machine)` are the ways to run it, of which the
 * best one counts (without it there is one way): each with a `name`, variables of the environment `more` and changes of the `spec`.
 */
export const drivers = {
  ours: {
    ...ours({}),
    command: (spec) => (spec.kind === 'gemm' ? [nativeBench, spec.seconds, spec.threads, ...gemmArguments(spec)] : our(spec)),
  },
  'node -e 0': ours({ empty: true }),
  'ours-f32': ours({ precision: 'f32' }),
  'ours-native': ours({ wasm: false }),
  'ours-resident': ours({ rows: undefined }),
  'ours-plain': ours({ validation: undefined, fit: undefined, weighted: undefined }),
  openblas: c('openblas', 'openblas', 'libopenblas-dev', (spec) => [spec.seconds, ...gemmArguments(spec)]),
  pytorch: {
    install: () => (hasPytorch() ? '' : 'apt-get install python3-torch libopenblas0-pthread'),
    command: (spec) => [python, file('pytorch.py'), JSON.stringify(spec)],
    variants: divisions,
  },
  onnxruntime: { ...javascript('onnxruntime.mjs', ['onnxruntime-node']), variants: sessions },
  'tfjs-wasm': javascript('tfjs.mjs', ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'], { backend: 'wasm' }),
  'tfjs-cpu': javascript('tfjs.mjs', ['@tensorflow/tfjs'], { backend: 'cpu' }),
  'brain.js': javascript('brain.mjs', ['brain.js']),
  synaptic: javascript('synaptic.mjs', ['synaptic']),
  udsv: csvParser('udsv', ['typedCols', 'stringArrs']),
  papaparse: csvParser('papaparse', ['whole', 'chunks']),
  'csv-parse': csvParser('csv-parse', ['whole', 'on_record']),
  fann: c('fann', 'floatfann', 'libfann-dev', (spec) => [spec.seconds]),
};
