import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { dense, dropout, NeuralNetwork } from '../lib';

it('a summary is a table', () => {
  const nn = new NeuralNetwork({ inputSize: 784, layers: [dense(512, 'relu'), dropout(0.1), dense(10, 'softmax')] });
  expect(nn.summary()).toBe(
    [
      'layer          output shape  activation  parameters',
      '---------------------------------------------------',
      'input          [n, 784]',
      '0 dense        [n, 512]      relu           401,920',
      '1 dropout 0.1  [n, 512]                           0',
      '2 dense        [n, 10]       softmax          5,130',
      '---------------------------------------------------',
      '407,050 parameters, 1.6 MiB in f32',
    ].join('\n'),
  );
});

it.each([
  ['f32', '3 parameters, 12 bytes in f32'],
  ['f64', '3 parameters, 24 bytes in f64'],
] as const)('the total is right in %s', (precision, total) => {
  expect(new NeuralNetwork({ inputSize: 2, layers: [dense(1)], precision }).summary().split('\n').at(-1)).toBe(total);
});

it('frozen layers and inputs are called so', () => {
  const nn = new NeuralNetwork({
    inputs: [{ type: 'categorical', categories: 3, width: 2, trainable: false }],
    layers: [dense(4, 'relu', { trainable: false }), dense(1)],
  });
  for (const text of [nn.summary(), inspect(nn)]) {
    expect(text).toContain('frozen dense');
    expect(text).toContain('frozen categorical');
    expect(text.match(/frozen/g)).toHaveLength(2);
  }
});
