import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** The program of a name or a path; undefined where there is none. */
export function findProgram(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const candidates = name.includes(path.sep)
    ? [path.resolve(name)]
    : (env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, name));
  return candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where MPI is looked for. */
export interface WantedMpi {
  /** A compiler of that MPI. */
  compiler?: string | undefined;
  /** The folder in which it is installed. */
  mpi?: string | undefined;
}

/** The programs that build the addon. */
export interface Tools {
  cmake: string;
  mpiCompiler: string;
}

const leastCMake = [3, 18] as const;

const packages = {
  cmake: { debian: 'cmake', fedora: 'cmake', macos: 'cmake' },
  compiler: { debian: 'g++ make', fedora: 'gcc-c++ make', macos: undefined },
  mpi: { debian: 'libopenmpi-dev openmpi-bin', fedora: 'openmpi-devel', macos: 'open-mpi' },
} as const;
type Part = keyof typeof packages;

/** The tools, or all that is missing, with the commands that install it. */
export function findTools({ compiler, mpi }: WantedMpi, env: NodeJS.ProcessEnv = process.env): Tools | { missing: string } {
  const missing = new Map<Part, string>();
  const cmake = findProgram('cmake', env);
  const version = cmake === undefined ? undefined : versionOf(cmake);
  const atLeast = `CMake ${leastCMake.join('.')} or newer`;
  if (version === undefined) missing.set('cmake', `cmake: ${atLeast} is not on the PATH`);
  else if (isOlder(version)) missing.set('cmake', `cmake: version ${version.join('.')} is on the PATH, and ${atLeast} is needed`);

  const compilers = env.CXX ? [env.CXX.split(' ').at(-1) as string] : ['c++', 'g++', 'clang++'];
  if (!compilers.some((name) => findProgram(name, env)))
    missing.set('compiler', `C++ compiler: none of ${compilers.join(', ')} is on the PATH`);

  const names = compiler === undefined ? ['mpicxx', 'mpic++'] : [compiler];
  const candidates = mpi === undefined ? names : names.map((name) => path.join(path.resolve(mpi), 'bin', name));
  const mpiCompiler = candidates.map((name) => findProgram(name, env)).find((found) => found !== undefined);
  if (mpiCompiler === undefined)
    missing.set('mpi', `MPI: there is no ${candidates.join(' or ')}${mpi === undefined ? ' on the PATH' : ''}`);

  if (cmake === undefined || mpiCompiler === undefined || missing.size > 0) return { missing: explain(missing) };
  return { cmake, mpiCompiler };
}

function versionOf(cmake: string): number[] | undefined {
  const { stdout } = spawnSync(cmake, ['--version'], { encoding: 'utf8' });
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
  return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

const isOlder = ([major = 0, minor = 0]: readonly number[]): boolean =>
  major < leastCMake[0] || (major === leastCMake[0] && minor < leastCMake[1]);

function explain(missing: ReadonlyMap<Part, string>): string {
  const parts = [...missing.keys()];
  const list = (system: 'debian' | 'fedora' | 'macos') => parts.flatMap((part) => packages[part][system] ?? []).join(' ');
  const macos = [
    ...(missing.has('compiler') ? ['xcode-select --install'] : []),
    ...(list('macos') === '' ? [] : [`brew install ${list('macos')}`]),
  ];
  const fedora = missing.has('mpi') ? '; then: module load mpi' : '';
  return `the addon for MPI cannot be built here

${[...missing.values()].map((line) => `  ${line}`).join('\n')}

Install it:

  Debian, Ubuntu   sudo apt-get install ${list('debian')}
  Fedora, RHEL     sudo dnf install ${list('fedora')}${fedora}
  macOS            ${macos.join(' && ')}

For MPICH in place of Open MPI: libmpich-dev and mpich, mpich-devel, or mpich. On a cluster, load the module of its MPI (module load openmpi).
MPI in another place is named by --compiler or --mpi`;
}
