'use strict';
// Runs the tests of chainrule/mpi under mpirun, with each MPI that this machine has. Without any it says so, and is content: except in CI, where
// both must be there. Arguments are for vitest, as in `-t barrier`.
const { spawnSync } = require('node:child_process');
const path = require('node:path');

/** Debian has both side by side, with their names behind a dot; elsewhere there is one, or another one for each `module load`. */
const candidates = [
  { name: 'Open MPI', compilers: ['mpicxx.openmpi', 'mpicxx'], launchers: ['mpirun.openmpi', 'mpirun'], version: /Open MPI|OpenRTE/ },
  { name: 'MPICH', compilers: ['mpicxx.mpich', 'mpicxx'], launchers: ['mpirun.mpich', 'mpirun'], version: /HYDRA/ },
];

const printed = (program, args) => {
  const { error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return error === undefined ? `${stdout}${stderr}` : undefined;
};
const hasCMake = printed('cmake', ['--version']) !== undefined;

const found = [];
for (const { name, compilers, launchers, version } of candidates) {
  const mpirun = launchers.find((launcher) => version.test(printed(launcher, ['--version']) ?? ''));
  const compiler = compilers[launchers.indexOf(mpirun)];
  if (hasCMake && mpirun !== undefined && printed(compiler, ['--version']) !== undefined) found.push({ name, compiler, mpirun });
  else console.log(`left out: the tests of chainrule/mpi with ${name}; they need its mpicxx and mpirun, and cmake`);
}

if (process.env.CI === 'true' && found.length < candidates.length) process.exit(1);
if (found.length > 0) {
  const root = path.join(__dirname, '..');
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--config', 'test/mpi/ranks/vitest.config.mts', ...process.argv.slice(2)],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, CHAINRULE_TEST_MPI: JSON.stringify(found) },
    },
  );
  process.exitCode = status ?? 1;
}
