import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { Values } from '../flags/flag';
import { trainFlags } from '../flags/lists';
import { didYouMean } from '../flags/values';
import { readJsonFile } from '../json-file';
import { UsageError } from '../usage';

/*
 * train.json: what a training was asked for, so that it can be asked for again. Paths in it are relative to its folder.
 */

export const configName = 'train.json';

type TrainFlags = Values<typeof trainFlags>;

/** Flags without an influence on the model. */
const unrecorded = ['out', 'overwrite', 'config', 'resume', 'watch', 'port', 'open', 'threads', 'json', 'quiet'] as const;

/** The flags that `train.json` has. */
export type Settings = Omit<TrainFlags, (typeof unrecorded)[number]>;

const recorded = (Object.keys(trainFlags) as (keyof TrainFlags)[]).filter(
  (name): name is keyof Settings => !(unrecorded as readonly string[]).includes(name),
);

export interface Config {
  chainrule: string;
  files: string[];
  /** The SHA-256 digest of each file. */
  digests?: Record<string, string>;
  settings: Settings;
  /** Of a training that was stopped by hand: the epoch. */
  stoppedAfter?: number;
  /** The SHA-256 digest of all weights. */
  weights?: string;
}

/** The flags of a command line that changes the settings of an earlier training. */
export function changed(settings: Partial<Settings>, given: TrainFlags): TrainFlags {
  const { missing: _, 'missing-only': __, ...rest } = settings;
  const replaces = given.missing !== undefined || given['missing-only'] !== undefined;
  return { ...(replaces ? rest : settings), ...given };
}

/** The settings among flags. */
export function settingsOf(flags: TrainFlags): Settings {
  return Object.fromEntries(recorded.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])));
}

/** Reads a `train.json`; its paths become ones from here. */
export async function readConfig(file: string): Promise<Config> {
  const config = checkConfig(await readJsonFile(file), file);
  const from = (name: string): string => (name === '-' ? name : path.relative('', path.resolve(path.dirname(file), name)));
  return { ...config, files: config.files.map(from), settings: withPaths(config.settings, from), ...digestsFrom(config, from) };
}

/** The text of a `train.json` in a folder. */
export function configText(config: Config, folder: string): string {
  const to = (name: string): string => (name === '-' ? name : path.relative(folder, name).split(path.sep).join('/'));
  const portable = { ...config, files: config.files.map(to), settings: withPaths(config.settings, to), ...digestsFrom(config, to) };
  return `${JSON.stringify(portable, null, 2)}\n`;
}

function digestsFrom({ digests }: Config, of: (name: string) => string): Pick<Config, 'digests'> {
  return digests === undefined ? {} : { digests: Object.fromEntries(Object.entries(digests).map(([name, digest]) => [of(name), digest])) };
}

/** Tables for tests are files, too. */
function withPaths(settings: Settings, of: (name: string) => string): Settings {
  const changed = (['test', 'validation'] as const).flatMap((name) =>
    typeof settings[name] === 'string' ? [[name, of(settings[name])]] : [],
  );
  return { ...settings, ...Object.fromEntries(changed) };
}

/** The document, if it is one of these; undefined otherwise. */
export function isConfig(value: unknown): value is Config {
  const { chainrule, files, settings } = (value ?? {}) as Partial<Record<keyof Config, unknown>>;
  const areTexts = Array.isArray(files) && files.every((file) => typeof file === 'string');
  return typeof chainrule === 'string' && areTexts && typeof settings === 'object' && settings !== null;
}

function checkConfig(value: unknown, file: string): Config {
  if (!isConfig(value)) throw new UsageError(`${file} is not the train.json of a training`);
  const unknown = Object.keys(value.settings).find((name) => !(recorded as readonly string[]).includes(name));
  if (unknown !== undefined) throw new UsageError(`${file}: there is no setting "${unknown}"${didYouMean(unknown, recorded)}`);
  return value;
}

/** The digests of files; the standard input has none. */
export async function digestsOf(files: readonly string[]): Promise<Record<string, string>> {
  const entries = await Promise.all(files.filter((file) => file !== '-').map(async (file) => [file, await digestOf(file)] as const));
  return Object.fromEntries(entries);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
