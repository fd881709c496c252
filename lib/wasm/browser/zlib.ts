// In the place of node:zlib, for npz files: the streams that browsers have.

type Done<Result> = (error: Error | null, result?: Result) => void;

async function through(bytes: Uint8Array, transform: CompressionStream | DecompressionStream, most: number): Promise<Uint8Array> {
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(transform).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    length += value.length;
    if (length > most) throw new RangeError(`it becomes more than ${most} bytes`);
    parts.push(value);
  }
}

/** The stream fails where bytes follow the end, so that it has taken all of them otherwise. */
export function inflateRaw(
  bytes: Uint8Array,
  { maxOutputLength }: { maxOutputLength: number },
  done: Done<{ buffer: Uint8Array; engine: { bytesWritten: number } }>,
): void {
  through(bytes, new DecompressionStream('deflate-raw'), maxOutputLength).then(
    (buffer) => done(null, { buffer, engine: { bytesWritten: bytes.length } }),
    (error: Error) => done(error),
  );
}

export function deflateRaw(bytes: Uint8Array, done: Done<Uint8Array>): void {
  through(bytes, new CompressionStream('deflate-raw'), Number.POSITIVE_INFINITY).then(
    (buffer) => done(null, buffer),
    (error: Error) => done(error),
  );
}
