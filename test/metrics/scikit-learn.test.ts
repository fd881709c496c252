import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { metrics } from '../../lib';

// scikit-learn's own figures, which test/goldens/make-metrics.py writes.

interface Golden {
  data: Record<string, unknown>;
  cases: { metric: string; actual: string; predicted: string; options: Record<string, unknown>; value: number | number[] }[];
}

const golden = JSON.parse(readFileSync(path.join(__dirname, '../goldens/metrics.json'), 'utf8')) as Golden;
const data = golden.data;
const functions = metrics as unknown as Record<string, (actual: unknown, predicted: unknown, options: object) => number | number[]>;

function optionsOf(options: Record<string, unknown>): object {
  const weight = options.sampleWeight === undefined ? {} : { sampleWeight: data[options.sampleWeight as string] };
  return { ...options, ...weight };
}

it('has cases of every metric', () => {
  const withCases = new Set(golden.cases.map(({ metric }) => metric));
  expect(Object.keys(metrics).filter((name) => !withCases.has(name))).toEqual(['confusionMatrix']);
  expect(golden.cases.length).toBeGreaterThan(150);
});

it.each([...new Set(golden.cases.map(({ metric }) => metric))])("%s is scikit-learn's", (metric) => {
  const emit = vi.spyOn(process, 'emitWarning');
  for (const { actual, predicted, options, value } of golden.cases.filter((one) => one.metric === metric)) {
    const found = functions[metric]?.(data[actual], data[predicted], optionsOf(options)) as number | number[];
    const about = `${actual}, ${predicted}, ${JSON.stringify(options)}`;
    const [all, wanted] = [[found].flat(), [value].flat() as number[]];
    expect(all, about).toHaveLength(wanted.length);
    for (const [index, one] of wanted.entries()) {
      expect(Math.abs((all[index] as number) - one), `${about}: ${all[index]} is not ${one}`).toBeLessThanOrEqual(
        1e-12 * Math.max(1, Math.abs(one)),
      );
    }
  }
  expect(emit).not.toHaveBeenCalled();
  emit.mockRestore();
});
