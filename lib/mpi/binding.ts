import { createRequire } from 'node:module';
import { ChainruleError } from '../errors';
import { addonIn, buildFolder, readBuild } from './built';
import { prepareUcx } from './ucx';

declare const CHAINRULE_VERSION: string;

/** The exports of the addon (mpi/src/addon.cpp). It takes arguments that have been checked. */
export interface MpiBinding {
  /** Name and version of the MPI library, in its own words. */
  library: string;
  /** Starts MPI: once in a process. All waits end after `timeout` seconds. */
  open(timeout: number): Promise<void>;
  /** The place of this process, and the table for the engine, once `open` has been resolved. */
  group(): { rank: number; size: number; table: object };
  /** Resolves with `receive`. Both arrays are of the same length, and left alone meanwhile. */
  exchange(partner: number, send: Uint8Array, receive: Uint8Array): Promise<Uint8Array>;
  barrier(): Promise<void>;
  close(): Promise<void>;
  /** Says how the process ends, before it does. Without, it ends as a failure. */
  leave(code: number, why: string): void;
}

/** Loads the addon from the folder that `chainrule mpi build` writes to, or that CHAINRULE_MPI names. */
export function loadMpiBinding(folder: string = buildFolder()): MpiBinding {
  const build = readBuild(folder);
  if (build === undefined) {
    throw notLoaded(`the addon for MPI has not been built: there is none in ${folder}. \`npx chainrule mpi build\` builds it`);
  }
  if (build.chainrule !== CHAINRULE_VERSION) {
    throw notLoaded(
      `the addon for MPI in ${folder} was built for Chainrule ${build.chainrule}, and this is ${CHAINRULE_VERSION}: run \`npx chainrule mpi build\` again`,
    );
  }
  prepareUcx();
  try {
    return createRequire(addonIn(folder))(addonIn(folder)) as MpiBinding;
  } catch (cause) {
    throw notLoaded(
      `the addon for MPI, which was built against ${build.library}, does not load: ${(cause as Error).message}. Where another MPI is installed by ` +
        'now, run `npx chainrule mpi build` again; where it is the same one, LD_LIBRARY_PATH must name its folder of libraries',
      cause,
    );
  }
}

const notLoaded = (message: string, cause?: unknown): ChainruleError =>
  new ChainruleError('ERR_CHAINRULE_MPI', message, cause === undefined ? undefined : { cause });
