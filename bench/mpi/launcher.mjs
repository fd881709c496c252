// Starts ranks: Open MPI and MPICH alike.
import process from 'node:process';

/** Open MPI starts more ranks than cores, and starts them as root, with these alone. MPICH knows none of them. */
const settings = { OMPI_MCA_rmaps_base_oversubscribe: '1', PRTE_MCA_rmaps_default_mapping_policy: ':oversubscribe' };
const asRoot = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };

export const environment = { ...process.env, ...settings, ...(process.getuid?.() === 0 && asRoot) };

/** The command that starts as many ranks of what follows it. */
export const launch = (mpirun, ranks) => [mpirun, '-n', String(ranks)];
