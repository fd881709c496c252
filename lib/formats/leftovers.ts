import { createHash, randomBytes } from 'node:crypto';
import { lstat, opendir, readFile, readlink, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { threadIdentity } from '../thread-identity';

/*
 * Temporary files, and what processes and threads that have ended have left of theirs. A file's name says who writes it:
 * `.chainrule-<hash of the target's name>-<pid>.<start>.<host>.<list>.<thread>.<random>.tmp`.
 */

/** The process and thread that write a temporary file. */
interface Writer {
  pid: string;
  /** When the process began, in the system's ticks: identifiers are used again. `0` where that is not known. */
  start: string;
  /** A hash of what must be the same for a process identifier to mean the same process. */
  host: string;
  /** The thread, as thread-identity.ts has it. */
  list: string;
  thread: string;
}

/** The name of a new temporary file beside `target`. */
export async function temporaryFor(target: string): Promise<string> {
  const { pid, start, host, list, thread } = await self();
  const name = [pid, start, host, list, thread, randomBytes(4).toString('hex')].join('.');
  return path.join(path.dirname(target), `${temporaryPrefix(target)}${name}.tmp`);
}

const prefix = '.chainrule-';

/** The beginning that the names of one file's temporary files share. */
export function temporaryPrefix(target: string): string {
  return `${prefix}${hashOf(path.basename(target))}-`;
}

/** A writer that cannot be asked after, on another computer that shares the folder, has stopped if it has written nothing for an hour. */
const oldAge = 3_600_000;

/** Removes the temporary files in a folder whose writers have ended. A file that cannot be removed, or is gone by now, is ignored. */
export async function removeLeftovers(folder: string): Promise<void> {
  try {
    for await (const { name } of await opendir(folder)) {
      if (!name.startsWith(prefix) || !name.endsWith('.tmp')) continue;
      const leftover = path.join(folder, name);
      if ((await hasEnded(writerOf(name))) ?? (await isOld(leftover))) await rm(leftover, { force: true }).catch(() => {});
    }
  } catch {
    // The folder cannot be listed.
  }
}

async function isOld(file: string): Promise<boolean> {
  const found = await lstat(file).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > oldAge;
}

function writerOf(name: string): Writer | undefined {
  const found = /-(?<pid>\d+)\.(?<start>\d+)\.(?<host>\w+)\.(?<list>\w+)\.(?<thread>\d+)\.\w+\.tmp$/.exec(name);
  return found?.groups as Writer | undefined;
}

/** Whether a writer has ended; undefined if that cannot be told. */
async function hasEnded(writer: Writer | undefined): Promise<boolean | undefined> {
  const us = await self();
  if (writer === undefined || writer.host !== us.host) return undefined;
  if (writer.pid !== us.pid) return !(await isRunning(writer));
  if (writer.start !== us.start) return true;
  const threads = threadIdentity();
  return threads?.list === writer.list ? !threads.isAlive(Number(writer.thread)) : undefined;
}

async function isRunning({ pid, start }: Writer): Promise<boolean> {
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'; // it may be another user's
  }
  const found = await processOf(pid);
  return found === undefined || (!found.ended && (start === '0' || found.start === start));
}

/** A process in Linux's /proc. */
async function processOf(pid: string): Promise<{ ended: boolean; start: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  // "pid (name) state …": a name may hold anything, parentheses too. The start is the 22nd field.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields?.[0], fields?.[19]];
  return state === undefined || start === undefined ? undefined : { ended: state === 'Z' || state === 'X', start };
}

let ourselves: Promise<Writer> | undefined;

function self(): Promise<Writer> {
  ourselves ??= findSelf();
  return ourselves;
}

async function findSelf(): Promise<Writer> {
  const pid = String(process.pid);
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  const { list, number } = threadIdentity() ?? { list: 'unknown', number: 0 };
  const start = (await processOf(pid))?.start ?? '0';
  return { pid, start, host: hashOf([hostname(), boot, namespace].join()), list, thread: String(number) };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
