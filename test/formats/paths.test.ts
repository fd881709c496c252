import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../../lib';
import { removeLeftovers, temporaryFor } from '../../lib/formats/leftovers';

// Files by their paths: resolved once, regular files only, called by their own names, and nothing left beside them for ever.

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

const network = () => new NeuralNetwork({ inputSize: 1, layers: [dense(1)], seed: 1 });
const data = { x: [[1]], y: [1] };
const isWindows = process.platform === 'win32';
/** `npm run compile` first. */
const built = path.join(__dirname, '../..', 'dist');

type Access = (file: string | URL) => Promise<unknown>;
const accesses: [string, Access][] = [
  ['load', (file) => NeuralNetwork.load(file as string)],
  ['save', (file) => network().save(file as string)],
  ['checkpoint', (file) => network().fit(data, { epochs: 1, checkpoint: { path: file } })],
  ['resume', (file) => network().fit(data, { epochs: 1, checkpoint: { path: file, resume: true } })],
];
const argument = (name: string) => (name === 'load' || name === 'save' ? 'path' : 'checkpoint.path');

describe.each(accesses)('%s', (name, access) => {
  const refused = (given: string) =>
    expect.objectContaining({
      name: 'ChainruleRangeError',
      code: 'ERR_CHAINRULE_VALUE',
      message: expect.stringMatching(new RegExp(`^${argument(name)} must be a regular file.*"${given.replaceAll('\\', '.')}"$`)),
    });

  test('a folder', async () => {
    await expect(access(folder)).rejects.toEqual(refused(folder));
  });

  test.skipIf(isWindows)('a pipe, a link to one, a socket and a device: at once, and file work goes on', async () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const link = path.join(folder, 'link');
    await symlink(pipe, link);
    const socket = path.join(folder, 'socket');
    const server = net.createServer().listen(socket);
    await once(server, 'listening');
    // As many as there are threads for file work, and more: each would hold one up.
    const places = [pipe, pipe, pipe, pipe, pipe, link, socket, '/dev/null', '/dev/zero', '/dev/tty'];
    for (const place of places) await expect(access(place), place).rejects.toEqual(refused(place));
    expect((await stat(pipe)).isFIFO()).toBe(true);
    server.close();
    await once(server, 'close');
  });

  test('names that are none', async () => {
    for (const given of ['a\0b', new URL('file:///a%00b'), new URL('file:///a%2fb')]) {
      await expect(access(given)).rejects.toMatchObject({
        code: 'ERR_CHAINRULE_VALUE',
        message: expect.stringContaining(`${argument(name)} must be`),
      });
    }
    for (const given of ['', 1, null, {}, new URL('https://example.org/model')]) {
      await expect(access(given as string)).rejects.toMatchObject({
        code: 'ERR_CHAINRULE_TYPE',
        message: expect.stringContaining(`${argument(name)} must be`),
      });
    }
  });

  test("the system's errors name the file as it was named, and no other", async () => {
    const given = path.relative(process.cwd(), path.join(folder, 'none', 'model'));
    const error = (await access(given).catch((reason: unknown) => reason)) as NodeJS.ErrnoException;
    if (name === 'load') expect(error).toMatchObject({ code: 'ENOENT', path: given });
    expect(error).toMatchObject({ code: 'ENOENT', path: given, errno: expect.any(Number), syscall: expect.any(String) });
    expect(error.message).toBe(`ENOENT: no such file or directory, ${error.syscall} '${given}'`);
    expect(error).not.toHaveProperty('dest');
  });
});

test.skipIf(isWindows || process.getuid?.() === 0)('a folder that must not be written to', async () => {
  const file = path.join(folder, 'model');
  execFileSync('chmod', ['a-w', folder]);
  const error = (await network()
    .save(file)
    .catch((reason: unknown) => reason)) as Error;
  execFileSync('chmod', ['u+w', folder]);
  expect(error).toMatchObject({ code: 'EACCES', path: file });
  expect(error.message).not.toContain('.tmp');
});

test('a relative path means one file, whatever becomes of the working directory', async () => {
  for (const name of ['a', 'b']) await mkdir(path.join(folder, name));
  const script = `
    const { NeuralNetwork, dense } = require(${JSON.stringify(built)});
    const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)], seed: 1 });
    process.chdir('a');
    const onEpoch = async ({ epoch }) => { await new Promise((resolve) => setTimeout(resolve, 10)); if (epoch === 2) process.chdir('../b'); };
    nn.fit({ x: [[1]], y: [1] }, { epochs: 5, onEpoch, checkpoint: { path: 'training' } }).then(async () => {
      process.chdir('../a');
      const again = nn.fit({ x: [[1]], y: [1] }, { epochs: 5, checkpoint: { path: 'training', resume: true } });
      const saving = nn.save('model');
      process.chdir('../b');
      await Promise.all([again, saving]);
      process.chdir('../a');
      const loading = NeuralNetwork.load('model');
      process.chdir('../b');
      await loading;
    });`;
  await promisify(execFile)(process.execPath, ['-e', script], { cwd: folder });
  expect((await readdir(path.join(folder, 'a'))).sort()).toEqual(['model', 'training']);
  expect(await readdir(path.join(folder, 'b'))).toEqual([]);
  expect((await NeuralNetwork.load(path.join(folder, 'a', 'training'))).parameterCount).toBe(2);
});

describe('temporary files', () => {
  const leftovers = async () => (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
  const saving = `
    const { NeuralNetwork, dense } = require(${JSON.stringify(built)});
    const nn = new NeuralNetwork({ inputSize: 300, layers: [dense(300)], seed: 1 });
    const save = async () => { for (let i = 0; ; i++) await nn.save(require('node:path').join(folder, 'model' + i % 3)); };`;

  /** Ends in the middle of saving, in each of some ways. */
  const ends: [string, () => Promise<void>][] = [
    ['process.exit()', () => child('save(); setTimeout(() => process.exit(), 5 + Math.random() * 20);')],
    ['an uncaught exception', () => child("save(); setTimeout(() => { throw new Error('on purpose'); }, 5 + Math.random() * 20);")],
    ['SIGKILL', () => child("save(); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 5 + Math.random() * 20);")],
    ['worker.terminate()', () => worker('save();', 5 + Math.random() * 20)],
    ["a worker's process.exit()", () => worker('save(); setTimeout(() => process.exit(), 5 + Math.random() * 20);')],
  ];
  const child = async (script: string) => {
    const started = spawn(process.execPath, ['-e', `const folder = ${JSON.stringify(folder)}; ${saving} ${script}`], { stdio: 'ignore' });
    await once(started, 'exit');
  };
  const worker = async (script: string, terminateAfter?: number) => {
    const started = new Worker(`const folder = ${JSON.stringify(folder)}; ${saving} ${script}`, { eval: true });
    const ended = once(started, 'exit');
    if (terminateAfter !== undefined) {
      await once(started, 'online');
      setTimeout(() => started.terminate(), 40 + terminateAfter);
    }
    await ended;
  };

  test.each(ends)('of what ended by %s are removed by the next save or checkpoint there', { timeout: 60_000 }, async (_, end) => {
    let seen = 0;
    for (let round = 0; round < 12 && seen === 0; round++) {
      await end();
      seen = (await leftovers()).length;
    }
    const { NeuralNetwork: Built } = require(built) as typeof import('../../lib');
    const nn = Built.fromJSON(JSON.parse(JSON.stringify(network())));
    await nn.save(path.join(folder, 'another'));
    expect(await leftovers()).toEqual([]);
    await end();
    await nn.fit(data, { epochs: 1, checkpoint: { path: path.join(folder, 'training') } });
    expect(await leftovers()).toEqual([]);
  });

  const name = async (change: Partial<Record<'pid' | 'start' | 'host' | 'list' | 'thread', string>> = {}) => {
    const own = path.basename(await temporaryFor(path.join(folder, 'model')));
    const found = /^(?<prefix>.*)-(?<pid>\d+)\.(?<start>\d+)\.(?<host>\w+)\.(?<list>\w+)\.(?<thread>\d+)\.(?<random>\w+)\.tmp$/.exec(own);
    const { prefix, pid, start, host, list, thread, random } = { ...found?.groups, ...change } as Record<string, string>;
    return `${prefix}-${pid}.${start}.${host}.${list}.${thread}.${random}.tmp`;
  };

  test('say who writes them: those of the living stay, however old they are', async () => {
    const living = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const parent = String(process.ppid);
    const stay = [
      await name(),
      await name({ pid: String(living.pid), start: '0' }),
      await name({ pid: parent, start: '0' }),
      await name({ list: 'another' }),
    ];
    const go = [await name({ pid: '4194303' }), await name({ thread: '999999' })];
    if (process.platform === 'linux') go.push(await name({ pid: String(living.pid), start: '1' }), await name({ start: '1' }));
    for (const file of [...stay, ...go]) await writeFile(path.join(folder, file), '');
    for (const file of stay.slice(0, 3)) await utimes(path.join(folder, file), new Date(0), new Date(0));
    await removeLeftovers(folder);
    expect((await leftovers()).sort()).toEqual([...stay].sort());
    living.kill();
    await once(living, 'exit');
    await removeLeftovers(folder);
    expect(await leftovers()).not.toContain(stay[1]);
  });

  test('of writers elsewhere go when nothing has been written for an hour', async () => {
    const [old, young] = [await name({ host: '00000000' }), await name({ host: '11111111' })];
    const foreign = ['.chainrule-notes.txt', 'a.tmp', '.chainrule', 'model'];
    for (const file of [old, young, ...foreign]) await writeFile(path.join(folder, file), '');
    const minutesAgo = (minutes: number) => new Date(Date.now() - 60_000 * minutes);
    await utimes(path.join(folder, old), minutesAgo(61), minutesAgo(61));
    await utimes(path.join(folder, young), minutesAgo(59), minutesAgo(59));
    for (const file of foreign) await utimes(path.join(folder, file), new Date(0), new Date(0));
    await removeLeftovers(folder);
    expect((await readdir(folder)).sort()).toEqual([young, ...foreign].sort());
  });

  test('many writers at the same time, in threads too, do not disturb each other', { timeout: 60_000 }, async () => {
    const script = `
      const folder = ${JSON.stringify(folder)};
      ${saving.replace(/const save = .*/, '')}
      (async () => { for (let i = 0; i < 15; i++) await nn.save(require('node:path').join(folder, 'model')); })();`;
    const workers = Array.from({ length: 3 }, () => new Worker(script, { eval: true }));
    const errors: unknown[] = [];
    for (const started of workers) started.on('error', (error) => errors.push(error));
    const ended = workers.map((started) => once(started, 'exit').catch(() => {}));
    const { NeuralNetwork: Built } = require(built) as typeof import('../../lib');
    const nn = Built.fromJSON(JSON.parse(JSON.stringify(network())));
    const child = promisify(execFile)(process.execPath, ['-e', script]);
    for (let i = 0; i < 15; i++) await nn.save(path.join(folder, 'ours'));
    await Promise.all([...ended, child]);
    expect(errors).toEqual([]);
    expect(await leftovers()).toEqual([]);
    await NeuralNetwork.load(pathToFileURL(path.join(folder, 'model')) as unknown as string);
    expect((await readFile(path.join(folder, 'ours'))).length).toBeGreaterThan(0);
  });
});
