import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { dense, dropout, type Layer, NeuralNetwork } from '../lib';
import { layerKinds } from '../lib/options';

// Tensors of a network. layers/contract.test.ts has the same for every kind of layer.

test('the kinds are those of the addon, in their order', () => {
  const list = readFileSync(path.join(__dirname, '../native/nn/layers.inc'), 'utf8');
  expect([...list.matchAll(/^LAYER\((\w+)\)/gm)].map(([, name]) => name)).toEqual(layerKinds);
});

const nn = () => new NeuralNetwork({ inputSize: 2, layers: [dense(3, 'tanh'), dropout(0.25), dense(1)], seed: 1 });

describe('parameters', () => {
  it('are what weights and bias are', () => {
    const layer = nn().layers[2] as Layer;
    expect(layer.parameters).toEqual({ weights: layer.weights, bias: layer.bias });
  });

  it('are checked as weights are', () => {
    const layer = nn().layers[2] as Layer;
    expect(() => Object.assign(layer.parameters, { weights: [[1], [2]] })).toThrow(
      expect.objectContaining({ code: 'ERR_CHAINRULE_SHAPE', message: 'layers[2].weights must have shape [3, 1], got [2, 1]' }),
    );
    expect(() => Object.assign(layer.parameters, { wights: [1] })).toThrow(TypeError);
    expect(() => Object.assign(layer, { parameters: {} })).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_TYPE' }));
  });

  it('of a layer without any are empty', () => {
    const layer = nn().layers[1] as Layer;
    expect([layer.parameters, layer.weights, layer.bias, layer.parameterCount]).toEqual([{}, undefined, undefined, 0]);
  });

  it('are listed beside the options, a copy', () => {
    const layer = nn().layers[1] as Layer;
    expect(layer.options).toEqual({ type: 'dropout', rate: 0.25 });
    Object.assign(layer.options, { rate: 0.5 });
    expect(layer.options).toEqual({ type: 'dropout', rate: 0.25 });
  });
});

describe('gradients', () => {
  const step = () => nn().backward([[1, 2]], [[3]]).gradients;
  const updated = (gradients: unknown): unknown => {
    const network = nn();
    network.update(gradients as ReturnType<typeof step>, { type: 'sgd', learningRate: 0.1 });
    return network.toJSON().parameters;
  };
  const error = (gradients: unknown): Error => {
    try {
      updated(gradients);
    } catch (thrown) {
      return thrown as Error;
    }
    throw new Error('taken for good');
  };

  it('have the same tensors in parameters and beside them', () => {
    const gradients = step();
    expect(gradients.map(({ layer }) => layer)).toEqual([0, 2]);
    for (const { parameters, weights, bias } of gradients) {
      expect(parameters.weights).toBe(weights);
      expect(parameters.bias).toBe(bias);
    }
  });

  it('are taken in either form, and in both', () => {
    const gradients = step();
    const forms = [
      gradients,
      gradients.map(({ parameters }) => ({ parameters })),
      gradients.map(({ weights, bias }) => ({ weights, bias })),
      gradients.map(({ weights, bias }) => ({ parameters: { weights }, bias })),
    ];
    for (const form of forms) expect(updated(form)).toEqual(updated(gradients));
    expect(updated(gradients)).not.toEqual(nn().toJSON().parameters);
  });

  it('that contradict themselves, or are of nothing, are refused', () => {
    const [first, second] = step() as [ReturnType<typeof step>[0], ReturnType<typeof step>[0]];
    expect(error([{ ...first, bias: [0, 0, 0] }, second]).message).toBe(
      'gradients[0] has two gradients of bias, in parameters and beside them: leave one out',
    );
    expect(error([first, { parameters: { ...second.parameters, scale: [1] } }]).message).toBe(
      'gradients[1] has no "scale": layers[2] has weights, bias',
    );
    expect(error([first, { parameters: { weights: second.weights } }]).message).toMatch(/^gradients\[1\]\.bias must /);
    expect(error([first, { parameters: [1] }]).message).toMatch(/^gradients\[1\]\.parameters must be an object/);
    expect(error([{ ...first, layer: 2 }, second]).message).toBe('gradients[0].layer must be 0, got 2');
  });
});
