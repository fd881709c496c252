// The programs of suite.ts, by name: each process of mpirun runs one of them. Lines on the standard output are `<rank> <text>`.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { mpi } from 'chainrule/mpi';

const say = (rank, text) => process.stdout.write(`${rank} ${text}\n`);

/** Bytes that tell the sender, the receiver and the size. */
const bytes = (from, to, size) => Uint8Array.from({ length: size }, (_, index) => (from * 31 + to * 7 + size + index * 13) & 255);

async function swap(group, partner, size) {
  const got = await group.exchange(partner, bytes(group.rank, partner, size));
  assert.deepEqual(Buffer.compare(got, bytes(partner, group.rank, size)), 0, `${size} bytes of rank ${partner}`);
}

/** The error that rejects a promise. */
async function failure(promise) {
  return promise.then(
    () => assert.fail('it was to fail'),
    (error) => error,
  );
}

const code = async (promise) => (await failure(promise)).code;

/** Blocks the thread. */
const block = (milliseconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

const programs = {
  /** All pairs, in the order of a round robin: partner = rank xor round; round 0 is the exchange with oneself. */
  async pairs() {
    const group = await mpi();
    for (const size of [0, 1, 3, 255, 1023, 65_535, 65_537, 200_003]) {
      for (let round = 0; round < group.size; round++) await swap(group, group.rank ^ round, size);
    }
    await group.close();
    say(group.rank, `of ${group.size}`);
  },

  /** Messages to all others at the same time, in another order in each rank; those to one rank keep their order. */
  async together() {
    const group = await mpi();
    const partners = Array.from({ length: group.size }, (_, index) => (index + group.rank) % group.size);
    const sizes = [70_000, 0, 5, 300_000, 5];
    await Promise.all(partners.flatMap((partner) => sizes.map((size) => swap(group, partner, size))));
    await Promise.all([group.barrier(), swap(group, group.rank ^ (group.size > 1 ? 1 : 0), 9), group.barrier()]);
    await group.close();
    say(group.rank, 'done');
  },

  /** MPI_Finalize never returns: a library before MPI's own has it. */
  async endless() {
    const group = await mpi({ timeout: 2 });
    await group.close();
  },

  /** Messages of one full chunk, of several, and of a byte more. */
  async chunks() {
    const group = await mpi();
    const chunk = 2 ** 24;
    for (const size of [chunk, 3 * chunk + 1]) {
      const data = Buffer.alloc(size, group.rank + 1);
      data[size - 1] = 77;
      const got = await group.exchange(1 - group.rank, data);
      const expected = Buffer.alloc(size, 2 - group.rank);
      expected[size - 1] = 77;
      assert.equal(Buffer.compare(got, expected), 0);
    }
    await group.close();
    say(group.rank, 'done');
  },

  /** One rank comes late; meanwhile the event loops of the others turn. */
  async barrier() {
    const group = await mpi();
    await group.barrier();
    const begin = performance.now();
    let turns = 0;
    const timer = setInterval(() => turns++, 10);
    if (group.rank === group.size - 1) await sleep(400);
    await group.barrier();
    clearInterval(timer);
    assert.ok(performance.now() - begin > 350, 'it waited for the last one');
    assert.ok(turns > 2, `the event loop turned ${turns} times`);
    await group.close();
    say(group.rank, 'done');
  },

  async arguments() {
    const group = await mpi({ timeout: 20 });
    assert.equal(await mpi(), group);
    assert.deepEqual(Object.keys(group), ['rank', 'size', 'slice', 'exchange', 'barrier', 'close']);
    assert.deepEqual(group.slice(10), { begin: 0, end: 10 });
    assert.throws(() => group.slice(-1), { code: 'ERR_CHAINRULE_VALUE' });
    assert.throws(() => group.slice('1'), { code: 'ERR_CHAINRULE_TYPE' });
    assert.equal(await code(group.exchange(1, new Uint8Array(1))), 'ERR_CHAINRULE_VALUE');
    assert.equal(await code(group.exchange('0', new Uint8Array(1))), 'ERR_CHAINRULE_TYPE');
    assert.equal(await code(mpi({ timeout: 0 })), 'ERR_CHAINRULE_VALUE');
    assert.equal(await code(mpi({ timeOut: 1 })), 'ERR_CHAINRULE_OPTION');
    for (const wrong of [undefined, null, [1], 'a', new Float32Array(2), new ArrayBuffer(2), new Proxy(new Uint8Array(2), {})])
      assert.equal(await code(group.exchange(0, wrong)), 'ERR_CHAINRULE_TYPE');

    const detached = new Uint8Array(4);
    structuredClone(detached, { transfer: [detached.buffer] });
    assert.equal(await code(group.exchange(0, detached)), 'ERR_CHAINRULE_TYPE');
    const resizable = new ArrayBuffer(8, { maxByteLength: 16 });
    const fixed = new Uint8Array(resizable, 0, 8);
    const answer = group.exchange(0, fixed.fill(3));
    resizable.resize(0);
    assert.deepEqual(await answer, new Uint8Array(8).fill(3));
    assert.equal(await code(group.exchange(0, fixed)), 'ERR_CHAINRULE_TYPE');
    const shared = new Uint8Array(new SharedArrayBuffer(6)).fill(4);
    assert.deepEqual(await group.exchange(0, shared), new Uint8Array(6).fill(4));
    const given = Buffer.from('given');
    const early = group.exchange(0, given.subarray(1));
    given.fill(0);
    assert.equal(Buffer.from(await early).toString(), 'iven');

    const { exchange, barrier, close } = group; // without `this`
    assert.deepEqual(await exchange(0, new Uint8Array(2)), new Uint8Array(2));
    await barrier();
    await close();
    say(0, 'done');
  },

  async worker() {
    const worker = new Worker(
      `require('chainrule/mpi').mpi().catch(({ code }) => require('node:worker_threads').parentPort.postMessage(code))`,
      {
        eval: true,
      },
    );
    const told = await new Promise((resolve) => worker.once('message', resolve));
    assert.equal(told, 'ERR_CHAINRULE_UNSUPPORTED');
    const group = await mpi();
    await group.close();
    say(group.rank, 'done');
  },

  /** close() waits for what is under way, and can be called again. */
  async close() {
    const group = await mpi();
    const partner = group.rank ^ (group.size > 1 ? 1 : 0);
    const last = swap(group, partner, 100_000);
    const closing = group.close();
    assert.equal(await code(group.exchange(partner, new Uint8Array(1))), 'ERR_CHAINRULE_CLOSED');
    assert.equal(await code(group.barrier()), 'ERR_CHAINRULE_CLOSED');
    await last;
    await closing;
    await group.close();
    assert.equal(await code(group.exchange(partner, new Uint8Array(1))), 'ERR_CHAINRULE_CLOSED');
    assert.equal(await code(mpi()), 'ERR_CHAINRULE_CLOSED');
    say(group.rank, 'done');
  },

  /** Ends without close(), one rank later than the others. */
  async unclosed() {
    const group = await mpi();
    await group.barrier();
    if (group.rank === group.size - 1) await sleep(700);
    say(group.rank, 'done');
    if (group.rank === 0) process.exit(0);
  },

  /** The last rank answers too late. */
  async late() {
    const group = await mpi({ timeout: 2 });
    await group.barrier();
    if (group.rank === group.size - 1) block(7000);
    await group.barrier();
  },

  /** A program that survives the failure: all calls fail at once, with the same reason. Its exit code 0 is not that of the job. */
  async caught() {
    const group = await mpi({ timeout: 2 });
    await group.barrier();
    if (group.rank === 1) block(7000);
    const { message, code: first } = await failure(group.exchange(1 - group.rank, new Uint8Array(10)));
    assert.equal(first, 'ERR_CHAINRULE_MPI');
    const begin = performance.now();
    assert.equal((await failure(group.barrier())).message, message);
    assert.equal((await failure(group.exchange(0, new Uint8Array(3)))).message, message);
    assert.ok(performance.now() - begin < 500);
    await group.close();
    say(group.rank, message);
  },

  /** Sizes that differ. */
  async sizes(first, second) {
    const group = await mpi({ timeout: 20 });
    await group.exchange(1 - group.rank, new Uint8Array(Number(group.rank === 0 ? first : second)));
  },

  /** The end of rank 1 in the middle of an exchange of the others with it, or of an idle wait. */
  async end(how, busy) {
    const group = await mpi({ timeout: 20 });
    await group.barrier();
    if (group.rank === 1) {
      await sleep(200);
      if (how === 'exit') process.exit(3);
      if (how === 'kill') process.kill(process.pid, 'SIGKILL');
      if (how === 'throw') setTimeout(() => assert.fail('planted'));
      if (how === 'reject') throw new RangeError('planted');
      if (how === 'leave') process.reallyExit(0);
      await sleep(15_000);
    }
    if (busy === 'busy') await group.exchange(1, new Uint8Array(5_000_000));
    else await sleep(15_000);
  },

  /** Rank 1 never calls mpi(). */
  async absent() {
    if ((process.env.OMPI_COMM_WORLD_RANK ?? process.env.PMI_RANK) === '1') return sleep(15_000);
    await mpi({ timeout: 2 });
  },

  async open() {
    const group = await mpi();
    say(group.rank, `of ${group.size}`);
    await group.close();
  },

  /** The engine's way, beside JavaScript's. */
  async engine(file) {
    const engine = createRequire(import.meta.url)(file);
    const group = await mpi();
    const table = group[Symbol.for('chainrule.group')];
    assert.equal(await engine.exchange({}, 0, new Uint8Array(1), 'once'), 'the external has no tag');
    for (const size of [0, 1, 65_537, 500_000]) {
      for (let round = 0; round < group.size; round++) {
        const partner = group.rank ^ round;
        const both = await Promise.all([
          engine.exchange(table, partner, bytes(group.rank, partner, size), 'once'),
          swap(group, partner, size + 1),
        ]);
        assert.equal(Buffer.compare(both[0], bytes(partner, group.rank, size)), 0);
      }
    }
    assert.equal(await engine.exchange(table, group.size, new Uint8Array(1), 'once'), `there is no rank ${group.size}`);
    assert.equal((await engine.exchange(table, group.rank, new Uint8Array(7), 'keep')).length, 7);
    await group.close();
    assert.equal(await engine.exchange(undefined, 0, new Uint8Array(1), 'kept'), 'the group is closed');
    say(group.rank, 'done');
  },

  /** The engine waits for a rank that is late. */
  async engineLate(file) {
    const engine = createRequire(import.meta.url)(file);
    const group = await mpi({ timeout: 2 });
    await group.barrier();
    if (group.rank === 1) block(7000);
    say(group.rank, await engine.exchange(group[Symbol.for('chainrule.group')], 1 - group.rank, new Uint8Array(300_000), 'once'));
  },
};

const [name, ...given] = process.argv.slice(2);
await programs[name](...given);
