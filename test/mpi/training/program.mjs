// Runs a program of the suites: `node program.mjs <file> <name> …`. Ranks differ in threads and, where CHAINRULE_TEST_ISAS names some, in the
// instruction set.
const rank = Number(process.env.OMPI_COMM_WORLD_RANK ?? process.env.PMI_RANK ?? 0);
const isas = process.env.CHAINRULE_TEST_ISAS?.split(',') ?? [];
if (isas.length > 0) {
  process.env.CHAINRULE_ISA = isas[rank % isas.length];
  process.env.CHAINRULE_NUM_THREADS = String(1 + (rank % 3));
}

const [file, name, ...given] = process.argv.slice(2);
const programs = await import(`./${file}.mjs`);
await programs[name](...given);
