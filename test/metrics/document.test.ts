import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { metricNames, metricRows } from '../../lib/options';

const text = readFileSync(path.join(__dirname, '../../docs/metrics.md'), 'utf8');
const table = new Map(
  [...text.matchAll(/^\| `(\w+)` \| [^|]+ \| (\w+) \| (\S+) to (\S+) \|([^|]*)\|$/gm)].map((match) => [match[1], match]),
);

it("docs/metrics.md has each metric's direction, range and settings", () => {
  expect([...table.keys()].sort()).toEqual([...metricNames].sort());
  for (const name of metricNames) {
    const { better, least, most, settings } = metricRows[name];
    const [, , direction, from, to, said = ''] = table.get(name) ?? [];
    expect([direction, Number(from), Number(to)], name).toEqual([better, least, most]);
    expect(
      settings.filter((setting) => !said.includes(`\`${setting}\``)),
      name,
    ).toEqual([]);
  }
});
