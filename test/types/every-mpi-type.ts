// Uses every type that chainrule/mpi exports, as its name promises. test/house/types.test.ts compiles it against dist/.
import { type Group, type MpiOptions, mpi } from 'chainrule/mpi';

const options: MpiOptions = { timeout: 30 };

export async function main(): Promise<number> {
  const group: Group = await mpi(options);
  const { begin, end } = group.slice(1000);
  const bytes: Uint8Array = await group.exchange(group.rank ^ 1, new Uint8Array(end - begin));
  await group.barrier();
  await group.close();
  return bytes.length + group.size;
}
