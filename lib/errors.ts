import { ChainruleError, ChainruleRangeError, ChainruleTypeError, type ErrorCode, type Measured } from './error-classes';

export {
  AbortError,
  ChainruleError,
  ChainruleRangeError,
  ChainruleTypeError,
  DivergenceError,
  type ErrorCode,
  type Measured,
} from './error-classes';

/** A quantity that `evaluate` measured is not finite. */
export function notMeasurable({ quantity, value }: Measured): ChainruleError {
  return new ChainruleError(
    'ERR_CHAINRULE_DIVERGED',
    `the ${quantity} of data is ${value}, not a finite number: the outputs for data.x, or their distances from data.y, are too large. ` +
      'Scale inputs and targets to about -1 to 1, as in training',
  );
}

/** `name` is of the wrong type. */
export function wrongType(name: string, expected: string, got: unknown): ChainruleTypeError {
  return new ChainruleTypeError('ERR_CHAINRULE_TYPE', `${name} must be ${expected}, got ${describe(got)}`);
}

/** `name` is of the right type, but its value is not allowed. */
export function wrongValue(name: string, expected: string, got: unknown): ChainruleRangeError {
  return new ChainruleRangeError('ERR_CHAINRULE_VALUE', `${name} must be ${expected}, got ${describe(got)}`);
}

/** A matrix or vector has the wrong size; `message` says it all. */
export function wrongShape(message: string): ChainruleRangeError {
  return new ChainruleRangeError('ERR_CHAINRULE_SHAPE', message);
}

/** An option that does not exist, or does not go with another; `message` says it all. */
export function wrongOption(message: string): ChainruleTypeError {
  return new ChainruleTypeError('ERR_CHAINRULE_OPTION', message);
}

/** A failed allocation of `bytes` bytes (0: an unknown number); the addon says the same in the same words. */
export function outOfMemory(bytes: number, cause?: unknown): ChainruleRangeError {
  const message = bytes > 0 ? `not enough memory: ${bytes} bytes were asked for` : 'not enough memory';
  return new ChainruleRangeError('ERR_CHAINRULE_MEMORY', message, cause === undefined ? undefined : { cause });
}

/** Does `make`; if there is no memory for it, the error says how many bytes were asked for. */
export function askingFor<T>(bytes: number, make: () => T): T {
  try {
    return make();
  } catch (error) {
    // By its name: an array's error is of the array's realm.
    if ((error as Partial<Error> | undefined)?.name === 'RangeError') throw outOfMemory(bytes, error);
    throw error;
  }
}

/** The codes of the errors that the engine throws (native/addon/guard.cpp), and their classes here. */
const engineErrors: [code: ErrorCode, Class: new (code: ErrorCode, message: string, options?: ErrorOptions) => Error][] = [
  ['ERR_CHAINRULE_TYPE', ChainruleTypeError],
  ['ERR_CHAINRULE_MEMORY', ChainruleRangeError],
  ['ERR_CHAINRULE_CLOSED', ChainruleError],
  ['ERR_CHAINRULE_THREAD', ChainruleError],
];

/** An error of the engine as one of this library: with a class and a code, and of this realm. */
export function libraryError(thrown: unknown): Error {
  if (thrown instanceof ChainruleError || thrown instanceof ChainruleTypeError || thrown instanceof ChainruleRangeError) return thrown;
  const { code, message } = (thrown ?? {}) as { code?: unknown; message?: unknown };
  for (const [known, Class] of engineErrors) if (code === known) return new Class(known, String(message));
  return new ChainruleError('ERR_CHAINRULE_INTERNAL', `${typeof message === 'string' ? message : describe(thrown)}`, { cause: thrown });
}

/** Something that has been closed was asked for something. */
export function closed(what: string): ChainruleError {
  return new ChainruleError('ERR_CHAINRULE_CLOSED', `${what} is closed`);
}

const longestQuote = 60;

/** A value in a few words, for the end of an error message. Never throws, whatever the value does when it is touched. */
export function describe(value: unknown): string {
  if (typeof value === 'string') {
    return value.length <= longestQuote ? JSON.stringify(value) : `a string of ${value.length} characters`;
  }
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') return `a ${typeof value}`;
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return describeObject(value);
  } catch {
    return 'an object';
  }
}

function describeObject(value: object): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name: unknown = value.constructor?.name;
  if (typeof name !== 'string' || name === '' || name === 'Object' || name.length > longestQuote) return 'an object';
  const article = /^[AEIO]/.test(name) ? 'an' : 'a';
  const size = ArrayBuffer.isView(value) && 'length' in value ? ` of ${value.length}` : '';
  return `${article} ${name}${size}`;
}
