import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error';

export interface BodyLimits {
  /** Bytes of a whole JSON body, or of one line of NDJSON. */
  bytes: number;
  /** Milliseconds that a whole JSON body may take, or that may pass between two parts of a stream. */
  ms: number;
}

export type BodyKind = 'json' | 'ndjson';

const kinds: Readonly<Record<string, BodyKind>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/x-jsonlines': 'ndjson',
};

/** The kind of a request's body, as its header says. */
export function kindOf({ headers }: IncomingMessage): BodyKind {
  const [type = ''] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const kind = Object.hasOwn(kinds, type.trim()) ? kinds[type.trim()] : undefined;
  if (kind === undefined) {
    const got = headers['content-type'] === undefined ? 'none' : JSON.stringify(headers['content-type']);
    throw new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', `content-type must be application/json or application/x-ndjson, got ${got}`, {
      headers: { accept: 'application/json, application/x-ndjson' },
    });
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new HttpError(415, 'UNSUPPORTED_MEDIA_TYPE', `the body must not be encoded, got content-encoding ${encoding}`, {
      headers: { 'accept-encoding': 'identity' },
    });
  }
  return kind;
}

/** The value of a JSON body. By events: an iterator of its parts takes longer than a small prediction. */
export async function readJson(request: IncomingMessage, limits: BodyLimits): Promise<unknown> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limits.bytes) throw tooLarge('the body', limits.bytes);
  return parseJson(await wholeBody(request, limits), 'the body');
}

function wholeBody(request: IncomingMessage, { bytes, ms }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (error: Error): void => {
      clearTimeout(timer);
      request.removeListener('data', take);
      reject(error);
    };
    const timer = setTimeout(() => stop(tooSlow(ms)), ms);
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size > bytes) stop(tooLarge('the body', bytes));
    };
    request.on('data', take);
    request.on('error', stop);
    request.on('end', () => {
      clearTimeout(timer);
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
  });
}

/** The lines of a body, as they come; empty ones are left out. */
export async function* readLines(request: IncomingMessage, limits: BodyLimits): AsyncGenerator<{ line: number; text: Buffer }> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 0;
  for await (const chunk of chunksOf(request, limits.ms)) {
    let from = 0;
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      line++;
      if (end > from) yield { line, text: bytes.subarray(from, end) };
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > limits.bytes) throw tooLarge(`line ${line + 1}`, limits.bytes);
  }
  if (rest.length > 0) yield { line: line + 1, text: rest };
}

/** The parts of a body; each must come within `ms`. */
async function* chunksOf(request: IncomingMessage, ms: number): AsyncGenerator<Buffer> {
  const chunks = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const { done, value } = await within(chunks.next(), ms);
      if (done === true) return;
      yield value as Buffer;
    }
  } finally {
    void chunks.return?.();
  }
}

/** A promise's value, or a `HttpError` if it takes longer than `ms`. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow(ms)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function parseJson(bytes: Buffer, name: string): unknown {
  if (!isUtf8(bytes)) throw new HttpError(400, 'INVALID_JSON', `${name} must be JSON in UTF-8: it has other bytes`);
  try {
    return JSON.parse(bytes.toString().replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new HttpError(400, 'INVALID_JSON', `${name} must be JSON in UTF-8: ${(error as Error).message}`);
  }
}

// The rest of the body would have to be read before the connection could be used again.
const close = { connection: 'close' };

function tooLarge(name: string, bytes: number): HttpError {
  return new HttpError(413, 'TOO_LARGE', `${name} must have at most ${bytes} bytes`, { headers: close });
}

function tooSlow(ms: number): HttpError {
  return new HttpError(408, 'TIMEOUT', `the body took longer than ${ms / 1000} s`, { headers: close });
}
