import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** How a script is run on some platform: `command` goes before the script's name. */
export interface Runtime {
  name: string;
  /** The file of the package that the runtime must load. */
  file: string;
  /** Programs that have to be there, each with the Debian package it comes in. */
  needs?: Record<string, string>;
  command: () => string[];
  env?: NodeJS.ProcessEnv;
}

const installed = (name: string) => path.join(__dirname, 'node_modules', name);

/** A program out of test/platforms/node_modules; npm's packages of binaries do not all have them executable. */
function program(...names: string[]): string {
  const file = path.join(installed(names[0] as string), ...names.slice(1));
  fs.chmodSync(file, 0o755);
  return file;
}

/** Every file that starts an emulation or stands in for a library is made here, once. */
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-platforms-'));

/** Wine's server outlives its programs and writes its registry when it ends, so that comes first. */
export function removeScratch(): void {
  const { WINEPREFIX } = wine.env as { WINEPREFIX: string };
  if (fs.existsSync(WINEPREFIX)) {
    const server = ['/usr/lib/wine/wineserver64', '/usr/lib/wine/wineserver', '/usr/bin/wineserver'].find((file) => fs.existsSync(file));
    // -k ends it, -w waits for its end. It fails where no server is left.
    if (server !== undefined)
      for (const option of ['-k', '-w']) spawnSync(server, [option], { env: { ...process.env, WINEPREFIX }, timeout: 60_000 });
  }
  remove(scratch);
}

/** Removes a folder of the operating system's temporary files. A file that cannot be removed does not fail a test. */
export function remove(folder: string): void {
  try {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  } catch (error) {
    console.warn(`${folder} is left behind: ${(error as Error).message}`);
  }
}

/**
 * The command that starts Bun for musl. It links with a C++ library that Debian has for glibc only. So it gets that one, shims for the
 * functions of glibc that the library needs, and a stand-in for glibc's loader.
 */
function muslLoader(arch: 'x86_64' | 'aarch64', compiler: string, glibcLoader: string): string[] {
  const folder = path.join(scratch, `musl-${arch}`);
  const shims = path.join(folder, 'shims.so');
  if (!fs.existsSync(folder)) {
    fs.mkdirSync(folder);
    for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
      const file = execFileSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
      fs.copyFileSync(file, path.join(folder, name));
    }
    const compile = (source: string, library: string) =>
      execFileSync(compiler, ['-O2', '-shared', '-fPIC', '-nostdlib', '-x', 'c', source, '-o', library]);
    compile(path.join(__dirname, 'musl-shims.c'), shims);
    compile('/dev/null', path.join(folder, glibcLoader));
  }
  return [`/lib/ld-musl-${arch}.so.1`, '--library-path', folder, '--preload', shims];
}

const wine: Pick<Runtime, 'file' | 'needs' | 'env'> = {
  file: 'prebuilds/win32-x64/chainrule.node',
  needs: { '/usr/lib/wine/wine64': 'wine64' },
  env: {
    WINEPREFIX: path.join(scratch, 'wine'),
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree,mshtml=',
    NODE_SKIP_PLATFORM_CHECK: '1', // wine says that it is Windows 7
  },
};

const qemuX64 = { '/usr/bin/qemu-x86_64-static': 'qemu-user-static' };
const qemuArm64 = {
  '/usr/bin/qemu-aarch64-static': 'qemu-user-static',
  '/usr/aarch64-linux-gnu/lib/libstdc++.so.6': 'g++-aarch64-linux-gnu',
};

const glibcX64 = 'prebuilds/linux-x64/chainrule.glibc.node';
const qemu = '/usr/bin/qemu-aarch64-static';
const arm64 = [qemu, '-L', '/usr/aarch64-linux-gnu'];
// There is no /etc/alpine-release here, by which node-gyp-build knows Alpine.
const musl = { LIBC: 'musl' };

// The kernels whose bits are those of the binaries.
const wasm = { file: 'dist/wasm/chainrule.wasm', env: { CHAINRULE_TEST_PACKAGE: 'chainrule/wasm', CHAINRULE_ISA: 'scalar' } };

/** The runtimes of a Debian machine with an x64 processor, native or emulated. */
const onDebian: Runtime[] = [
  ...['20', '22', '24', '26'].map((version) => ({
    name: `linux-x64, Node ${version}`,
    file: glibcX64,
    command: () => [program(`node${version}`, 'bin', 'node')],
  })),
  { name: 'linux-x64, Bun', file: glibcX64, command: () => [program('bun', 'bin', 'bun')] },
  { name: 'linux-x64, Deno', file: glibcX64, command: () => [program('deno', 'deno'), 'run', '--allow-all'] },
  {
    name: 'linux-x64, with AVX2 only',
    file: glibcX64,
    command: () => [program('node20', 'bin', 'node')],
    env: { CHAINRULE_ISA: 'avx2' },
  },
  {
    name: 'linux-x64, a processor without AVX (emulated), Node 20',
    file: glibcX64,
    needs: qemuX64,
    command: () => ['/usr/bin/qemu-x86_64-static', '-cpu', 'Nehalem', program('node20', 'bin', 'node')],
  },
  {
    name: 'linux-x64 musl, Bun',
    file: 'prebuilds/linux-x64/chainrule.musl.node',
    needs: { '/lib/ld-musl-x86_64.so.1': 'musl' },
    command: () => [...muslLoader('x86_64', 'gcc', 'ld-linux-x86-64.so.2'), program('bun-musl', 'bin', 'bun')],
    env: musl,
  },
  {
    name: 'linux-arm64 musl (emulated), Bun',
    file: 'prebuilds/linux-arm64/chainrule.musl.node',
    needs: { ...qemuArm64, '/lib/ld-musl-aarch64.so.1': 'musl:arm64' },
    command: () => [
      qemu,
      ...muslLoader('aarch64', 'aarch64-linux-gnu-gcc', 'ld-linux-aarch64.so.1'),
      program('bun-musl-arm64', 'bin', 'bun'),
    ],
    env: musl,
  },
  {
    name: 'linux-arm64 (emulated), Node 20',
    file: 'prebuilds/linux-arm64/chainrule.glibc.node',
    needs: qemuArm64,
    command: () => [...arm64, program('node20-arm64', 'bin', 'node')],
  },
  {
    name: 'linux-arm64 (emulated), Node 22',
    file: 'prebuilds/linux-arm64/chainrule.glibc.node',
    needs: qemuArm64,
    command: () => [...arm64, program('node22-arm64', 'bin', 'node')],
  },
  ...['20', '22', '24', '26'].map((version) => ({
    ...wasm,
    name: `WebAssembly, Node ${version}`,
    command: () => [program(`node${version}`, 'bin', 'node')],
  })),
  { ...wasm, name: 'WebAssembly, Bun', command: () => [program('bun', 'bin', 'bun')] },
  { ...wasm, name: 'WebAssembly, Deno', command: () => [program('deno', 'deno'), 'run', '--allow-all'] },
  { ...wine, name: 'win32-x64 (wine), Node 20', command: () => ['/usr/lib/wine/wine64', program('node20-win', 'bin', 'node.exe')] },
  { ...wine, name: 'win32-x64 (wine), Node 22', command: () => ['/usr/lib/wine/wine64', program('node22-win', 'bin', 'node.exe')] },
];

const isMusl = () => !(process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime;
const libc = process.platform === 'linux' ? (isMusl() ? '.musl' : '.glibc') : '';

/** The Node that runs the tests, whatever the platform. */
const thisMachine: Runtime = {
  name: 'this machine',
  file: `prebuilds/${process.platform}-${process.arch}/chainrule${libc}.node`,
  command: () => [process.execPath],
};

export const runtimes = process.platform === 'linux' && process.arch === 'x64' && !isMusl() ? [thisMachine, ...onDebian] : [thisMachine];
