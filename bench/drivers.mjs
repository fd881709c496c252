// Who is measured: how each is found, and how it is started for a case. Every measurement is a process of its own that gets a
// specification and prints one JSON line: { best, median } in seconds per step or call (for memory: best in bytes), and its version.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './drivers/peers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = (name) => path.join(root, 'bench', 'drivers', name);
const exe = process.platform === 'win32' ? '.exe' : '';

export const nativeBench = path.join(root, 'build', 'Release', `native_bench${exe}`);

const gemmArguments = ({ pass, batch, inputs, units }) => [pass, batch, inputs, units];

const javascript = (script, packages, extra) => ({
  install: 'npm install --prefix bench/peers',
  isMissing: () => !packages.every(isInstalled),
  command: (spec) => [process.execPath, file(script), JSON.stringify({ ...spec, ...extra })],
});

/** A C program, compiled when it is first needed. */
const c = (name, library, debian, args) => {
  const program = path.join(root, 'build', 'bench', name);
  return {
    install: `apt-get install ${debian}`,
    isMissing: () => {
      try {
        fs.mkdirSync(path.dirname(program), { recursive: true });
        execFileSync(process.env.CC ?? 'cc', ['-O3', '-o', program, file(`${name}.c`), `-l${library}`, '-lm'], { stdio: 'ignore' });
        return false;
      } catch {
        return true;
      }
    },
    command: (spec) => [program, ...args(spec)],
  };
};

const python = process.env.PYTHON ?? '/usr/bin/python3'; // Debian's, which has Debian's packages

export const drivers = {
  ours: {
    install: 'npm run prebench',
    isMissing: () => false,
    command: (spec) =>
      spec.kind === 'gemm'
        ? [nativeBench, spec.seconds, spec.threads, ...gemmArguments(spec)]
        : [process.execPath, file(spec.kind === 'require' ? 'require.mjs' : 'ours.mjs'), JSON.stringify(spec)],
  },
  'node -e 0': {
    install: '',
    isMissing: () => false,
    command: (spec) => [process.execPath, file('require.mjs'), JSON.stringify({ ...spec, empty: true })],
  },
  'ours-f32': {
    install: 'npm run prebench',
    isMissing: () => false,
    command: (spec) => [process.execPath, file('ours.mjs'), JSON.stringify({ ...spec, precision: 'f32' })],
  },
  'ours-native': {
    install: 'npm run prebench',
    isMissing: () => false,
    command: (spec) => [process.execPath, file('ours.mjs'), JSON.stringify({ ...spec, wasm: false })],
  },
  openblas: c('openblas', 'openblas', 'libopenblas-dev', (spec) => [spec.seconds, ...gemmArguments(spec)]),
  pytorch: {
    install: 'apt-get install python3-torch libopenblas0-pthread',
    isMissing: () => spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status !== 0,
    command: (spec) => [python, file('pytorch.py'), JSON.stringify(spec)],
  },
  onnxruntime: javascript('onnxruntime.mjs', ['onnxruntime-node']),
  'tfjs-wasm': javascript('tfjs.mjs', ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'], { backend: 'wasm' }),
  'tfjs-cpu': javascript('tfjs.mjs', ['@tensorflow/tfjs'], { backend: 'cpu' }),
  'brain.js': javascript('brain.mjs', ['brain.js']),
  synaptic: javascript('synaptic.mjs', ['synaptic']),
  fann: c('fann', 'floatfann', 'libfann-dev', (spec) => [spec.seconds]),
};

/** Settings of OpenBLAS that would come from the user's shell; a comparison must not depend on them. */
const openblasSettings = [
  'OPENBLAS_CORETYPE',
  'OPENBLAS_L2_SIZE',
  'OPENBLAS_VERBOSE',
  'OPENBLAS_MAIN_FREE',
  'OPENBLAS_THREAD_TIMEOUT',
  'GOTO_NUM_THREADS',
];

/** The kernels that OpenBLAS is told to take: old versions do not know new CPUs, and take their AVX2 kernels. Undefined: its own choice. */
export const openblasKernels = (isas) => (isas.includes('avx512') ? 'SkylakeX' : undefined);

/** Variables that C libraries read when they are loaded; ours reads none of them. `CHAINRULE_ISA` is the only setting of ours that counts. */
export function environment({ threads = 1, isas = [], isa }, inherited = process.env) {
  const env = { ...inherited, OMP_NUM_THREADS: `${threads}`, OPENBLAS_NUM_THREADS: `${threads}` };
  for (const name of openblasSettings) delete env[name];
  const kernels = openblasKernels(isas);
  if (kernels) env.OPENBLAS_CORETYPE = kernels;
  if (isa) env.CHAINRULE_ISA = isa;
  return env;
}

/** Runs a command and returns what its last line of output says, or { error }. `isas` are those of the machine, `isa` forces one. */
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
