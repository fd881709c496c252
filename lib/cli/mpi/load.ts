import { spawnSync } from 'node:child_process';
import { libraryName } from '../../mpi/built';

/** The MPI library of an addon, or why it does not load. Another process loads it: what a broken library does stays there. */
export function askAddon(file: string): { library: string; failure?: undefined } | { library?: undefined; failure: string } {
  const program = `process.stdout.write(require(${JSON.stringify(file)}).library)`;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 60_000 });
  if (status === 0 && stdout !== '') return { library: libraryName(stdout) };
  const reason = /^(?:\w*Error): (.*)$/m.exec(stderr)?.[1];
  return { failure: reason ?? `the process ended with ${signal ?? `exit code ${status}`}` };
}
