import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A build of the addon, as `chainrule mpi build` writes it down beside the result. */
export interface Build {
  /** The version of Chainrule that it was built from. */
  chainrule: string;
  /** Name and version of the MPI library. */
  library: string;
  /** The compiler of that MPI, or the folder in which MPI was looked for. */
  from: string;
}

/** The sources in the package, which stand two levels above this file in dist/ and in lib/. */
export const sources: string = path.join(__dirname, '../../mpi');

/** The folder that holds the addon: that of the package, or the one that the environment names. */
export function buildFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.CHAINRULE_MPI ? path.resolve(env.CHAINRULE_MPI) : path.join(sources, 'build');
}

export const addonIn = (folder: string): string => path.join(folder, 'chainrule_mpi.node');
export const recordIn = (folder: string): string => path.join(folder, 'chainrule_mpi.json');

/** The build in a folder; undefined where there is none. */
export function readBuild(folder: string): Build | undefined {
  try {
    const { chainrule, library, from } = JSON.parse(readFileSync(recordIn(folder), 'utf8')) as Record<string, unknown>;
    return { chainrule: String(chainrule), library: String(library), from: String(from) };
  } catch {
    return undefined;
  }
}

/** Name and version in the first line of what an MPI library says of itself. */
export function libraryName(text: string): string {
  const openMpi = /Open MPI v?([\d.]+\w*)/.exec(text);
  if (openMpi) return `Open MPI ${openMpi[1]}`;
  const mpich = /MPICH Version:\s*([\d.]+\w*)/.exec(text);
  if (mpich) return `MPICH ${mpich[1]}`;
  return (text.split('\n')[0] ?? '').replace(/\0/g, '').trim().slice(0, 100);
}
