import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import path from 'node:path';

/** An MPI on this machine: scripts/test-mpi.js finds them. */
export interface Mpi {
  name: string;
  compiler: string;
  mpirun: string;
}

export const implementations: Mpi[] = JSON.parse(process.env.CHAINRULE_TEST_MPI ?? '[]');

export const root: string = path.join(__dirname, '../../..');
export const folderOf = ({ name }: Mpi): string => path.join(root, 'build', `test-mpi-${name.toLowerCase().replace(/\W/g, '')}`);

/** No program may take longer: none waits for more than seven seconds on purpose. */
const deadline = 30_000;

export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
  /** Whether the deadline has passed. */
  hung: boolean;
  seconds: number;
}

/** Runs a program of program.mjs as `ranks` processes, or without mpirun. */
export function run(mpi: Mpi, ranks: number | 'alone', args: string[], addon: Mpi = mpi, more: NodeJS.ProcessEnv = {}): Run {
  return execute(mpi, ranks, [path.join(__dirname, 'program.mjs'), ...args], { CHAINRULE_MPI: folderOf(addon), ...more });
}

/** Runs a script with its arguments as `ranks` processes, or without mpirun. */
export function execute(mpi: Mpi, ranks: number | 'alone', script: string[], more: NodeJS.ProcessEnv = {}): Run {
  const env = {
    ...process.env,
    CHAINRULE_MPI: folderOf(mpi),
    OMPI_ALLOW_RUN_AS_ROOT: '1',
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
    OMPI_MCA_rmaps_base_oversubscribe: '1', // the same as --oversubscribe, which MPICH does not know
    ...more,
  };
  const command = [process.execPath, ...script];
  const [file, ...rest] = ranks === 'alone' ? command : [mpi.mpirun, '-n', String(ranks), ...command];
  const begin = performance.now();
  const result: SpawnSyncReturns<string> = spawnSync(file as string, rest, {
    encoding: 'utf8',
    env,
    cwd: root,
    timeout: deadline,
    killSignal: 'SIGTERM',
  });
  const { status, stdout, stderr, error } = result;
  const hung = (error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT';
  return { status, stdout, stderr, hung, seconds: (performance.now() - begin) / 1000 };
}
