import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Message } from '../../lib/cli/page/data';
import { pageOfReport } from '../../lib/cli/page/from-report';
import { followTabular, twoColumns } from '../../lib/cli/watch/tabular';
import { Watch } from '../../lib/cli/watch/watch';

const { Table, TabularModel } = require(path.join(__dirname, '../../dist/tabular')) as typeof import('../../lib/tabular');

let watch: Watch | undefined;
afterEach(async () => {
  await watch?.close();
});

const ring = Array.from({ length: 200 }, (_, row) => {
  const radius = row % 2 === 0 ? 1 : 3;
  return { x: radius * Math.cos(row), y: radius * Math.sin(row), side: row % 2 === 0 ? 'inner' : 'outer' };
});

test('two columns of numbers have a picture, other tables none', () => {
  const plane = twoColumns(Table.from(ring), 'side');
  expect(plane?.names).toEqual(['x', 'y']);
  expect(plane?.from[0]).toBeLessThan(-3);
  expect(plane?.to[1]).toBeGreaterThan(3);
  expect(plane?.samples).toHaveLength(200);
  expect(plane?.samples[1]).toEqual({ at: [ring[1]?.x, ring[1]?.y], value: 1, label: 'outer' });
  expect(twoColumns(Table.from(ring), 'x')).toBeUndefined();
  expect(twoColumns(Table.from(ring.map((row) => ({ ...row, z: row.x ** 2 }))), 'side')).toBeUndefined();
  const numbers = twoColumns(Table.from(ring.map(({ x, y }) => ({ x, y, z: x * y }))), 'z');
  expect(numbers?.samples[3]).toMatchObject({ value: (ring[3]?.x as number) * (ring[3]?.y as number) });
});

test('a table is followed: curves of the first training, the decision surface, and the training on all rows counted apart', async () => {
  const table = Table.from(ring);
  const opened = await Watch.start({ title: 'ring' });
  watch = opened;
  const abort = new AbortController();
  const response = await fetch(`${opened.url}events`, { signal: abort.signal });
  const surfaces = new Set<string>();
  const read = async () => {
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const parts = (text + Buffer.from(chunk).toString()).split('\n\n');
      text = parts.pop() as string;
      for (const part of parts.filter((one) => one.startsWith('data: '))) {
        const { plane } = (JSON.parse(part.slice(6)) as Message).set ?? {};
        if (plane?.surface.kind === 'classes') surfaces.add(plane.surface.map);
      }
    }
  };
  const reading = read().catch(() => {});
  const phases: string[] = [];
  const model = await TabularModel.train(table, {
    target: 'side',
    epochs: 30,
    onEpoch: followTabular(opened, twoColumns(table, 'side')),
    onPhase: (phase) => {
      phases.push(phase);
      opened.setPhase(phase);
    },
  });
  const { report } = model;
  expect(opened.data.curves.epoch).toEqual(report.history.loss.map((_, index) => index + 1));
  expect(opened.data.curves.charts[0]).toEqual({ name: 'loss', training: report.history.loss, validation: report.history.validationLoss });
  expect(opened.data.status).toMatchObject({ epoch: report.bestEpoch, phase: phases.at(-1) });
  expect(opened.data.layers?.length).toBeGreaterThan(2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  abort.abort();
  await reading;
  expect(surfaces.size).toBeGreaterThan(1);
  const { curves, result } = pageOfReport(report, 'ring');
  expect(curves.bestEpoch).toBe(report.bestEpoch);
  expect(result?.metrics?.[0]).toMatchObject({ name: 'accuracy', value: report.metrics.accuracy?.value });
});
