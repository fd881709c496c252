import type { FileHandle } from 'node:fs/promises';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { writers } from '../support/writers';

// Each call of the system that writing a file takes, and what is there when it fails.

const fault = vi.hoisted(() => ({ call: '', code: '' }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const failing = (call: string): void => {
    if (fault.call === call)
      throw Object.assign(new Error(`${fault.code}: made up, ${call} 'x'`), { errno: -1, code: fault.code, syscall: call });
  };
  /** A handle whose methods fail when they have done their work, as a disk does that is full in the end. */
  const wrapped = (handle: FileHandle, isFolder: boolean): FileHandle =>
    new Proxy(handle, {
      get(target, key: keyof FileHandle & string) {
        const method = target[key];
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          const result = await (method as (...args: unknown[]) => Promise<unknown>).apply(target, args);
          failing(isFolder ? `${key}Folder` : key);
          return result;
        };
      },
    });
  return {
    ...real,
    open: async (file: string, flags: string, mode?: number) => {
      if (flags === 'wx') failing('open');
      const isFolder = flags === 'r';
      if (isFolder) failing('openFolder');
      return wrapped(await real.open(file, flags, mode), isFolder);
    },
    stat: async (file: string) => {
      failing('stat');
      return real.stat(file);
    },
    rename: async (from: string, to: string) => {
      failing('rename');
      await real.rename(from, to);
    },
  };
});

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chainrule-disk-'));
  file = path.join(folder, 'file');
});
afterEach(async () => {
  fault.call = '';
  await rm(folder, { recursive: true, force: true });
});

describe.each(writers)('%s', (_, write) => {
  async function fails(call: string, code: string): Promise<{ old: Buffer; now: Buffer; error: unknown }> {
    await write(file, 10, 1);
    const old = await readFile(file);
    Object.assign(fault, { call, code });
    const error = await write(file, 10, 2).catch((reason: unknown) => reason);
    fault.call = '';
    expect(await readdir(folder)).toEqual(['file']);
    return { old, now: await readFile(file), error };
  }

  test.each([
    ['open', 'EMFILE'],
    ['writeFile', 'ENOSPC'],
    ['chmod', 'EPERM'],
    ['sync', 'EIO'],
    ['close', 'ENOSPC'],
    ['close', 'EDQUOT'],
    ['rename', 'EXDEV'],
  ])('%s fails with %s: the old file stays', async (call, code) => {
    const { old, now, error } = await fails(call, code);
    expect(error).toMatchObject({ code, path: file, message: `${code}: made up, ${call} '${file}'` });
    expect(now).toEqual(old);
  });

  test.each(['EIO', 'ENOSPC'])('the folder cannot be flushed, %s: the new file is there, and the error too', async (code) => {
    const { old, now, error } = await fails('syncFolder', code);
    expect(error).toMatchObject({ code, path: file });
    expect(now).not.toEqual(old);
  });

  test('a file that another writer makes between two looks at its name is replaced', async () => {
    const { old, now, error } = await fails('stat', 'ENOENT');
    expect(error).not.toBeInstanceOf(Error);
    expect(now).not.toEqual(old);
  });

  test.each([
    ['syncFolder', 'EINVAL'],
    ['openFolder', 'EACCES'],
  ])('%s is refused with %s: that says nothing about the disk', async (call, code) => {
    const { old, now, error } = await fails(call, code);
    expect(error).not.toBeInstanceOf(Error);
    expect(now).not.toEqual(old);
  });
});
