import { wrongType } from '../errors';
import { type Check, callback, integer, isCallable, isRevoked, optional, record } from './check';
import type { EpochInfo } from './fit';

/** Where progress goes: the part of a Node.js stream that is used. */
export interface ProgressStream {
  write(text: string): unknown;
  /** Whether a line can be written over. Default false. */
  isTTY?: boolean;
  /** Characters of a line. Default 80. */
  columns?: number;
}

/** The options of `progressBar`. */
export interface ProgressOptions {
  /** Default `process.stdout`; in a browser, the console. */
  stream?: ProgressStream;
  /** The words about an epoch. Default: loss, metrics and those of the validation data. */
  text?: (info: EpochInfo) => string;
  /** Rows of an epoch, where rows per second are to be shown in place of steps per second. */
  rows?: number;
}

const checkStream: Check<ProgressStream> = (value, name) => {
  const isObject = typeof value === 'object' && value !== null && !isRevoked(value);
  const stream = value as ProgressStream;
  if (!isObject || !isCallable(stream.write)) throw wrongType(name, 'a stream with a method write()', value);
  return stream;
};

const checkText: Check<(info: EpochInfo) => string> = callback;

export const checkProgress: Check<Partial<ProgressOptions>> = record<Partial<ProgressOptions>>({
  stream: optional(checkStream) as Check<ProgressStream>,
  text: optional(checkText) as Check<(info: EpochInfo) => string>,
  rows: optional(integer({ min: 1 })) as Check<number>,
});
