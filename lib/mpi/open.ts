import { isMainThread } from 'node:worker_threads';
import { ChainruleError } from '../errors';
import type { Group } from '../group';
import { number, record, withDefault } from '../options/check';
import { loadMpiBinding, type MpiBinding } from './binding';
import { libraryName } from './built';
import { wrongLauncher } from './launcher';
import { makeGroup, mpiError } from './make-group';

/** Options of `mpi`. */
export interface MpiOptions {
  /** Seconds that a rank waits for another, from 0.1 to 86400. Default 60. After them the group has failed. */
  timeout?: number;
}

const checkOptions = record<MpiOptions>({ timeout: withDefault(number({ min: 0.1, max: 86_400 }), 60) });

let opened: Promise<Group> | undefined;
let isClosed = false;

/**
 * The processes that `mpirun` has started with this one. All of them must call it. MPI is started once in a process: further calls return the
 * same group. Without `mpirun` it is a group of one.
 *
 * A process that ends with an exit code other than 0, or by an error, ends all others. With exit code 0, the process waits for the others as
 * `close` does.
 *
 * @throws `ERR_CHAINRULE_MPI` where the addon is not built (`npx chainrule mpi build`), does not load, or cannot start MPI. The same where `mpirun` is of
 *     another MPI, or has started a number of processes that is not a power of two. `ERR_CHAINRULE_UNSUPPORTED` in a worker thread.
 *     `ERR_CHAINRULE_CLOSED` after the group's `close`: MPI cannot be started twice.
 *     `ERR_CHAINRULE_TYPE`, `ERR_CHAINRULE_VALUE` and `ERR_CHAINRULE_OPTION` for wrong options.
 */
export async function mpi(options: MpiOptions = {}): Promise<Group> {
  const { timeout } = checkOptions(options, 'options') as Required<MpiOptions>;
  if (!isMainThread) {
    throw new ChainruleError('ERR_CHAINRULE_UNSUPPORTED', 'mpi() works in the main thread only: MPI is started once in a process');
  }
  if (isClosed) {
    throw new ChainruleError('ERR_CHAINRULE_CLOSED', 'the group is closed, and MPI cannot be started again in the same process');
  }
  opened ??= open(loadMpiBinding(), timeout);
  return opened;
}

async function open(binding: MpiBinding, timeout: number): Promise<Group> {
  tellHowItEnds(binding);
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const message = `MPI has not started within ${timeout} s; every process that mpirun has started must call mpi()`;
    late = setTimeout(() => reject(new ChainruleError('ERR_CHAINRULE_MPI', message)), timeout * 1000);
  });
  try {
    await Promise.race([binding.open(timeout), tooLate]);
  } catch (error) {
    throw error instanceof ChainruleError ? error : mpiError(error);
  } finally {
    clearTimeout(late);
  }
  const group = makeGroup(binding, () => {
    isClosed = true;
  });
  const reason = wrongLauncher(group.size, libraryName(binding.library));
  if (reason !== undefined) throw new ChainruleError('ERR_CHAINRULE_MPI', reason);
  return group;
}

/** Other ranks are told the error that ends this one. Node.js prints it after the event 'exit', and the addon waits for that. */
function tellHowItEnds(binding: MpiBinding): void {
  let error: unknown;
  process.on('uncaughtExceptionMonitor', (thrown) => {
    error = thrown;
  });
  process.on('exit', (code) => binding.leave(code, code === 0 ? '' : firstLine(error)));
}

function firstLine(error: unknown): string {
  const isError = error instanceof Error;
  return isError ? (`${error.name}: ${error.message}`.split('\n')[0] ?? '').slice(0, 300) : '';
}
