import { beforeEach, describe, expect, it } from 'vitest';
import { classNameRows } from './class-names';
import { constructing, constructingInputs } from './constructing';
import { fitting } from './fitting';
import { loop } from './loop';
import { losses } from './losses';
import { matrices } from './matrices';
import { metricRows } from './metrics';
import { norms } from './norms';
import { onnx } from './onnx';
import { elsewhere, parameters } from './parameters';
import { classes, type Fixtures, loose, net } from './row';
import { samples, streams } from './samples';
import { trained } from './trained';

const fixtures = {} as Fixtures;

beforeEach(() => {
  for (const name of ['nn', 'classifier', 'scalar'] as const) fixtures[name] = loose(net[name]());
});

const tables = {
  ...{ constructing, constructingInputs, losses, norms, matrices, samples, fitting, loop, metricRows, classNameRows, streams, trained },
  onnx,
  parameters,
  elsewhere,
};

for (const [topic, rows] of Object.entries(tables)) {
  describe(topic, () => {
    it.each(rows)('%s', async (_, call, code, text) => {
      const before = Object.values(fixtures).map((nn) => JSON.stringify(nn));
      const thrown = await Promise.resolve(fixtures)
        .then(call)
        .then(
          () => 'nothing',
          (reason) => reason,
        );
      expect(thrown).toBeInstanceOf(classes.get(code));
      expect({ code: thrown.code, message: thrown.message }).toEqual({ code, message: text });
      expect(Object.values(fixtures).map((nn) => JSON.stringify(nn))).toEqual(before);
    });
  });
}

it('knows at least a hundred kinds of bad input', () => {
  expect(Object.values(tables).flat().length).toBeGreaterThanOrEqual(100);
});
