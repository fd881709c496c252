import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { folderOf, implementations, root } from './implementations';

/** Builds the addon for each MPI of this machine, once for all test files. */
export default function build(): void {
  for (const mpi of implementations) {
    const env = { ...process.env, CXXFLAGS: '-Werror', CHAINRULE_MPI: folderOf(mpi) };
    const args = [path.join(root, 'dist/cli/main.js'), 'mpi', 'build', '--compiler', mpi.compiler, '--out', folderOf(mpi)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env, cwd: root });
    if (status !== 0 || !stdout.includes(`built against ${mpi.name}`)) throw new Error(`the addon for ${mpi.name}: ${stdout}${stderr}`);
  }
}
