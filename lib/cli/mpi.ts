import { addonIn, buildFolder, readBuild } from '../mpi/built';
import type { Arguments } from './flags/flag';
import type { mpiFlags } from './flags/lists';
import { build } from './mpi/build';
import { askAddon } from './mpi/load';
import { UsageError } from './usage';

/** `chainrule mpi`: the addon of chainrule/mpi. */
export async function run({ words: [word], flags }: Arguments<typeof mpiFlags>): Promise<void> {
  if (word === 'build') return build(flags);
  if (word !== undefined) throw new UsageError(`chainrule mpi: "${word}" is unknown; it is "chainrule mpi build" or "chainrule mpi"`);
  const [flag] = Object.keys(flags);
  if (flag !== undefined) throw new UsageError(`chainrule mpi: --${flag} is for "chainrule mpi build"`);
  show();
}

/** Prints the state of the addon. The exit code is 1 where it cannot be used. */
function show(): void {
  const folder = buildFolder();
  const found = readBuild(folder);
  if (found === undefined) {
    console.log(`not built: there is no addon in ${folder}; "chainrule mpi build" builds it`);
    process.exitCode = 1;
    return;
  }
  const { library, failure } = askAddon(addonIn(folder));
  const rows = [
    ['built', `against ${found.library} (${found.from}), for Chainrule ${found.chainrule}`],
    ['addon', addonIn(folder)],
    ['loads', failure === undefined ? `yes, with ${library}` : `no: ${failure}`],
  ];
  for (const [name, value] of rows) console.log(`${name?.padEnd(6)} ${value}`);
  if (failure !== undefined) process.exitCode = 1;
}
