import { spawnSync } from 'node:child_process';
import { accessSync, constants, copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { addonIn, type Build, recordIn, sources } from '../../mpi/built';
import type { Values } from '../flags/flag';
import type { mpiFlags } from '../flags/lists';
import { visibleLines } from '../terminal-text';
import { askAddon } from './load';
import { findTools } from './tools';

declare const CHAINRULE_VERSION: string;

/** A failure with an explanation of several lines, which has been printed. */
class Explained extends Error {}

/** `chainrule mpi build`: compiles the addon, loads it, and says where it lies. */
export function build(flags: Values<typeof mpiFlags>): void {
  try {
    compile(flags);
  } catch (error) {
    if (!(error instanceof Explained)) throw error;
    console.error(visibleLines(`chainrule: ${error.message}`));
    process.exitCode = 1;
  }
}

function compile(flags: Values<typeof mpiFlags>): void {
  if (process.platform === 'win32') throw new Explained('chainrule/mpi works on Linux and macOS; on Windows, use it in WSL');
  const tools = findTools(flags);
  if ('missing' in tools) throw new Explained(tools.missing);
  const own = path.join(sources, 'build');
  const folder = flags.out === undefined ? own : path.resolve(flags.out);
  makeWritable(folder);

  console.error(`building in ${folder}, against the MPI of ${tools.mpiCompiler}`);
  const work = path.join(folder, 'cmake');
  rmSync(work, { recursive: true, force: true });
  runCMake(tools.cmake, work, {
    MPI_CXX_COMPILER: tools.mpiCompiler,
    CHAINRULE_NODE_API: headers().join(';'),
    CMAKE_BUILD_TYPE: 'Release',
  });

  const { library, failure } = askAddon(path.join(work, 'chainrule_mpi.node'));
  if (failure !== undefined) throw new Explained(`the addon was built, and does not load: ${failure}`);
  const record: Build = { chainrule: CHAINRULE_VERSION, library, from: tools.mpiCompiler };
  // By another name first: a process that runs has the old file in its memory.
  const [addon, next] = [addonIn(folder), `${addonIn(folder)}.next`];
  copyFileSync(path.join(work, 'chainrule_mpi.node'), next);
  renameSync(next, addon);
  writeFileSync(recordIn(folder), `${JSON.stringify(record, null, 2)}\n`);
  rmSync(work, { recursive: true, force: true });

  console.log(`built against ${library}: ${addon}`);
  if (folder !== own) console.log(`chainrule/mpi finds it where the environment has CHAINRULE_MPI=${folder}`);
}

function makeWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new Explained(
      `${folder} cannot be written to (${(error as NodeJS.ErrnoException).code}); --out FOLDER builds in another folder, which CHAINRULE_MPI must name later`,
    );
  }
}

/** The folders of Node-API's headers. */
function headers(): string[] {
  const script = path.join(sources, '../scripts/napi-headers.js');
  const { folderOf } = createRequire(script)(script) as { folderOf(name: string): string };
  return ['node-addon-api', 'node-api-headers'].map(folderOf);
}

const parallel = String(os.availableParallelism());

/** Configures and builds, by cmake-js where it is installed. */
function runCMake(cmake: string, work: string, definitions: Readonly<Record<string, string>>): void {
  const cmakeJs = findCMakeJs();
  if (cmakeJs !== undefined) {
    const defined = Object.entries(definitions).map(([name, value]) => `--CD${name}=${value}`);
    run(process.execPath, [cmakeJs, 'build', '--directory', sources, '--out', work, '--parallel', parallel, ...defined]);
    return;
  }
  const defined = Object.entries(definitions).map(([name, value]) => `-D${name}=${value}`);
  run(cmake, ['-S', sources, '-B', work, ...defined]);
  run(cmake, ['--build', work, '--parallel', parallel]);
}

/** The program of cmake-js in the project or beside this package. Before version 8 it downloads headers, which are here. */
function findCMakeJs(): string | undefined {
  const { resolve } = createRequire(path.join(process.cwd(), 'package.json'));
  try {
    const manifest = resolve('cmake-js/package.json', { paths: [process.cwd(), sources] });
    const { version, bin } = createRequire(manifest)(manifest) as { version: string; bin: Record<string, string> };
    const program = bin['cmake-js'];
    return Number.parseInt(version, 10) >= 8 && program !== undefined ? path.join(path.dirname(manifest), program) : undefined;
  } catch {
    return undefined;
  }
}

function run(program: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status === 0) return;
  const output = `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`.trim().split('\n').slice(-60).join('\n');
  throw new Explained(`the addon for MPI could not be built: ${path.basename(program)} ${args[0]} failed\n\n${output}`);
}
