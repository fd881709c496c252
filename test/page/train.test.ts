import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { describeInBrowser } from '../support/browser-tests';
import type { Page } from '../support/chromium';

// chainrule train --watch in a real browser, and the report that it writes.

const program = path.join(__dirname, '../../dist/cli/main.js');
const cars = path.join(__dirname, '../../examples/data/cars.csv');
const size = { width: 1000, height: 900 };

describeInBrowser('chainrule train --watch', 60_000, (shared) => {
  const headings = (page: Page): Promise<string[]> =>
    page.evaluate(
      '[...document.querySelectorAll("section")].filter((one) => !one.hidden).map((one) => one.querySelector("h2").textContent)',
    );

  test.each([
    ['until it ends', [], 'done'],
    ['stopped from the page', ['--epochs', '5000'], 'stopped'],
  ])('%s', async (_, more, state) => {
    const out = path.join(shared.folder, state);
    const child = spawn(process.execPath, [program, 'train', cars, '--target', 'mpg', '--watch', '--out', out, ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    }
    try {
      while (!/http:\S+/.test(printed)) await once(child.stdout, 'data');
      const page = await shared.browser.open((/http:\S+/.exec(printed) as RegExpExecArray)[0], size);
      await page.until('document.querySelector(".layer .gradients")', 25_000);
      if (state === 'stopped') await page.click('.ending button');
      await page.until(`document.querySelector("[data-state=${state}]")`, 20_000);
      expect((await headings(page)).slice(0, 1)).toEqual(['Result']);
      expect(await headings(page)).toEqual(
        expect.arrayContaining(['Predicted against true', 'The worst rows', 'Learning curves', 'Layers']),
      );
      expect(page.complaints).toEqual([]);
      child.kill('SIGINT');
      const [code] = await once(child, 'exit');
      expect([code, printed.includes('report.html')]).toEqual([0, true]);

      const report = await shared.browser.open(pathToFileURL(path.join(out, 'report.html')).href, size);
      await report.until('document.querySelector(".histogram")');
      expect(await headings(report)).toEqual(await headings(page));
      expect(report.complaints).toEqual([]);
      expect(report.requests.filter((url) => !/^(file|data):/.test(url))).toEqual([]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
