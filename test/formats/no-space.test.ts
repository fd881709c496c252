import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../../lib';
import { writers } from '../support/writers';

// Disks that are full or read-only, and folders that vanish: an error that names the file, and everything else is as it was.

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-disk-'));
  file = path.join(folder, 'file');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'ignore' });
const unmount = () => execFileSync('umount', [folder], { stdio: 'ignore' });

/** Mounting takes the rights of the superuser, and most containers have not all of them. */
const canMount = await (async () => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-disk-'));
  try {
    mount('-t', 'tmpfs', '-o', 'size=64k', 'none', folder);
    unmount();
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true });
  }
})();

const failure = (code: string) => ({ code, path: file, message: expect.stringMatching(new RegExp(`^${code}: .*'${file}'$`)) });

describe.runIf(canMount)('a disk of its own', () => {
  beforeEach(() => mount('-t', 'tmpfs', '-o', 'size=256k,nr_inodes=5', 'none', folder));
  afterEach(unmount);

  test.each(writers)('%s on a full one', async (_, write) => {
    await write(file, 100, 1);
    const before = await readFile(file);
    await expect(write(file, 20_000, 2)).rejects.toMatchObject(failure('ENOSPC'));
    expect(await readdir(folder)).toEqual(['file']);
    expect(await readFile(file)).toEqual(before);
    // The room is free again, and without any more of it nothing is written either.
    await writeFile(path.join(folder, 'other'), new Uint8Array(200_000));
    await expect(write(file, 2000, 2)).rejects.toMatchObject(failure('ENOSPC'));
    expect((await readdir(folder)).sort()).toEqual(['file', 'other']);
    expect(await readFile(file)).toEqual(before);
    await rm(path.join(folder, 'other'));
    await write(file, 2000, 2);
    expect((await stat(file)).size).toBeGreaterThan(80_000);
  });

  test.each(writers)('%s on one that has no room for another file', async (_, write) => {
    await write(file, 100, 1);
    const before = await readFile(file);
    for (let other = 0; other < 3; other++) await writeFile(path.join(folder, String(other)), '');
    await expect(write(file, 100, 2)).rejects.toMatchObject(failure('ENOSPC'));
    expect((await readdir(folder)).sort()).toEqual(['0', '1', '2', 'file']);
    expect(await readFile(file)).toEqual(before);
  });

  test.each(writers)('%s on a read-only one', async (_, write) => {
    await write(file, 100, 1);
    const before = await readFile(file);
    mount('-o', 'remount,ro', folder);
    await expect(write(file, 100, 2)).rejects.toMatchObject(failure('EROFS'));
    expect(await readdir(folder)).toEqual(['file']);
    expect(await readFile(file)).toEqual(before);
  });

  test.each(writers)('%s over a file that is mounted by itself, as containers do', async (_, write) => {
    const [own, other] = [path.join(folder, 'own'), path.join(folder, 'other')];
    await mkdir(own);
    await writeFile(other, 'before');
    file = path.join(own, 'file');
    await writeFile(file, '');
    mount('--bind', other, file);
    try {
      await expect(write(file, 100, 2)).rejects.toMatchObject(failure('EBUSY'));
      expect(await readdir(own)).toEqual(['file']);
      expect(await readFile(file, 'utf8')).toBe('before');
    } finally {
      execFileSync('umount', [file]);
    }
  });

  test('a disk that becomes full during training: the network keeps its weights, the file its last checkpoint', async () => {
    const nn = new NeuralNetwork({ inputSize: 100, layers: [dense(10)], seed: 1 });
    const filler = path.join(folder, 'filler');
    const data = {
      x: { data: new Float32Array(200).fill(1), shape: [2, 100] as [number, number] },
      y: [Array(10).fill(1), Array(10).fill(2)],
    };
    const onEpoch = async () => {
      if (existsSync(file) && !existsSync(filler)) await writeFile(filler, new Uint8Array(2 ** 18)).catch(() => {});
    };
    await expect(nn.fit(data, { epochs: 10_000, onEpoch, checkpoint: { path: file } })).rejects.toMatchObject(failure('ENOSPC'));
    expect((await readdir(folder)).sort()).toEqual(['file', 'filler']);
    expect((await NeuralNetwork.load(file)).parameterCount).toBe(1010);
    expect(nn.predict(data.x).shape).toEqual([2, 10]);
    await rm(filler);
    await nn.fit(data, { epochs: 2, checkpoint: { path: file } });
  });
});

test.each(writers)('%s into a folder that has vanished', async (_, write) => {
  await write(file, 100, 1);
  await rm(folder, { recursive: true });
  await expect(write(file, 100, 2)).rejects.toMatchObject(failure('ENOENT'));
  await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
});

test.each(writers)('%s into a folder that vanishes meanwhile', async (_, write) => {
  const writing = write(file, 50_000, 1);
  rmSync(folder, { recursive: true });
  await expect(writing).rejects.toMatchObject(failure('ENOENT'));
});

test('a folder that vanishes during training', async () => {
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)], seed: 1 });
  const onEpoch = ({ epoch }: { epoch: number }) => {
    if (epoch === 5) rmSync(folder, { recursive: true });
  };
  const training = nn.fit({ x: [[1]], y: [1] }, { epochs: 100, onEpoch, checkpoint: { path: file } });
  await expect(training).rejects.toMatchObject(failure('ENOENT'));
  expect(nn.predict([1]).data).toHaveLength(1);
});
