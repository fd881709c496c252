import { describe, expect, it } from 'vitest';
import { dense, NeuralNetwork } from '../lib';

const network = (precision: 'f32' | 'f64' = 'f32') =>
  new NeuralNetwork({ inputSize: 3, layers: [dense(5, 'tanh'), dense(2, 'softmax')], precision });
const values = [0.1, -2, 3, 4, 0.5, -0.6];

describe('a session', () => {
  it.each(['f32', 'f64'] as const)('predicts the same bits as predict, in %s', (precision) => {
    const nn = network(precision);
    const session = nn.session({ rows: 2 });
    session.input.set(values);
    expect(session.run()).toBe(session.output);
    expect(session.output).toEqual(nn.predict(new Float64Array(values)).data);
    expect(session.rows).toBe(2);
  });

  it('has one row unless told otherwise', () => {
    const { input, output } = network().session();
    expect([input.length, output.length]).toEqual([3, 2]);
  });

  it('allocates nothing', () => {
    const session = network().session();
    const { input, output } = session;
    session.run();
    session.run();
    expect([session.input, session.output]).toEqual([input, output]);
    expect(session.input).toBe(input);
    expect(session.output).toBe(output);
  });

  it('predicts with the weights as they are now', async () => {
    const nn = network();
    const session = nn.session();
    session.input.set([1, 2, 3]);
    const before = session.run().slice();
    await nn.fit({ x: [[1, 2, 3]], y: [1] }, { epochs: 5 });
    expect(session.run()).toEqual(nn.predict([1, 2, 3]).data);
    expect(session.output).not.toEqual(before);
  });

  it('refuses values that are not finite, and leaves the output', () => {
    const session = network().session({ rows: 2 });
    session.run();
    const before = session.output.slice();
    session.input[4] = Number.NaN;
    expect(() => session.run()).toThrow(
      expect.objectContaining({
        code: 'ERR_CHAINRULE_VALUE',
        message: 'session.input at row 1, column 1 must be a finite number, got NaN',
      }),
    );
    expect(session.output).toEqual(before);
  });

  it.each([
    [{ rows: 0 }, 'rows must be a whole number from 1 to 2147483647, got 0'],
    [{ rows: 1.5 }, 'rows must be a whole number from 1 to 2147483647, got 1.5'],
    [{ row: 1 }, 'options has no option "row"; did you mean'],
    [{ rows: 2 ** 31 - 1 }, /session.input must be a matrix of at most/],
  ])('refuses %j', (options, message) => {
    expect(() => network().session(options as never)).toThrow(message);
  });
});
