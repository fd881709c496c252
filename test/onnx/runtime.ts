import { createRequire } from 'node:module';
import path from 'node:path';
import type { NeuralNetwork } from '../../lib';

interface Value {
  data: Float32Array | string[];
  dims: readonly number[];
}

interface Runtime {
  InferenceSession: {
    create(
      model: Uint8Array,
      options: { logSeverityLevel: number },
    ): Promise<{ run(feeds: Record<string, object>): Promise<Record<string, Value>> }>;
  };
  Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object;
}

// By its path: the package is in this folder, and not in those of the types.
const { InferenceSession, Tensor } = createRequire(path.join(__dirname, 'package.json'))('onnxruntime-node') as Runtime;

export interface Rows {
  data: Float32Array;
  shape: readonly [rows: number, columns: number];
}

/** All outputs of a model for some rows of its only input. */
export async function runOnnx(model: Uint8Array, { data, shape }: Rows, input = 'x'): Promise<Record<string, Value>> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 2 });
  return session.run({ [input]: new Tensor('float32', data, shape) });
}

/** The part of the largest output of all rows that a row is measured by at least: errors are those of summands, which may be larger than sums. */
const least = 0.1;

/** The largest difference between our outputs and the runtime's, as a part of the row's largest output. */
export function difference(nn: NeuralNetwork, x: Rows, { data }: Value): number {
  const own = nn.predict({ data: x.data, shape: [...x.shape] });
  const [rows, columns] = own.shape;
  const leastOf = least * Math.max(...own.data.map(Math.abs));
  let most = 0;
  for (let row = 0; row < rows; row++) {
    const values = own.data.subarray(row * columns, (row + 1) * columns);
    const largest = Math.max(leastOf, ...values.map(Math.abs));
    for (const [column, value] of values.entries()) {
      const there = data[row * columns + column] as number;
      if (value !== there) most = Math.max(most, Math.abs(value - there) / largest);
    }
  }
  return most;
}
