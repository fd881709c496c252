/** The variables in which launchers say how many processes they have started. */
const launchers: readonly (readonly [variable: string, launcher: string])[] = [
  ['OMPI_COMM_WORLD_SIZE', 'mpirun of Open MPI'],
  ['PMI_SIZE', 'mpirun of MPICH (or a launcher like it)'],
];

/**
 * Why this process is alone, where the launcher says that it has started several: each of them takes itself for the only one if the launcher
 * is of another MPI than the library. Undefined where all is well.
 */
export function wrongLauncher(size: number, library: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (size > 1) return undefined;
  for (const [variable, launcher] of launchers) {
    const started = Number(env[variable]);
    if (started > 1) {
      return (
        `${launcher} has started ${started} processes, but ${library}, which the addon was built against, sees one: start it with the mpirun of ` +
        'that MPI, or run `npx chainrule mpi build` with --compiler for the other one'
      );
    }
  }
  return undefined;
}
