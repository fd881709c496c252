import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { PageData } from '../../lib/cli/page/data';
import { pageOfReport } from '../../lib/cli/page/from-report';
import { renderReport } from '../../lib/cli/page/html';
import type { TabularReport } from '../../lib/tabular';
import { describeInBrowser } from '../support/browser-tests';
import type { Page } from '../support/chromium';
import { classesReport, numbersReport } from '../support/report';

// report.html, opened as a file by a real browser: no server, no network.

const size = { width: 1100, height: 900 };

test('a report is one text that loads nothing and runs only its own script', () => {
  const html = renderReport(pageOfReport(classesReport, 'a < b & "c"'));
  expect(html).toContain('<title>a &lt; b &amp; &quot;c&quot;</title>');
  expect(html).toMatch(
    /<meta http-equiv="content-security-policy" content="default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-/,
  );
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html).not.toMatch(/\b(src|href)="(?!data:)/);
  expect(html.length).toBeLessThan(100_000);
});

test('buttons are not for a report', () => {
  const page: PageData = { ...pageOfReport(classesReport, 'x'), controls: { pace: true } };
  expect(renderReport(page)).not.toContain('"controls"');
});

describeInBrowser('in a browser', 120_000, (shared) => {
  async function open(report: TabularReport): Promise<Page> {
    const file = path.join(shared.folder, 'report.html');
    fs.writeFileSync(file, renderReport(pageOfReport(report, 'data.csv')));
    const page = await shared.browser.open(pathToFileURL(file).href, size);
    await page.until('document.querySelector(".chart path")');
    return page;
  }
  const headings = (page: Page): Promise<string[]> =>
    page.evaluate(
      '[...document.querySelectorAll("section")].filter((one) => !one.hidden).map((one) => one.querySelector("h2").textContent)',
    );
  const table = (page: Page, selector: string): Promise<string[][]> =>
    page.evaluate(`[...document.querySelectorAll('${selector} tr')].map((row) => [...row.cells].map((cell) => cell.textContent))`);

  test('of classes: figures beside baselines, the confusion matrix, importance, the worst rows', async () => {
    const page = await open(classesReport);
    expect(await headings(page)).toEqual(['Result', 'Warnings', 'Confusion matrix', 'Importance', 'The worst rows', 'Learning curves']);
    expect(await table(page, '.metric')).toEqual([
      ['this model', '', '0.985'],
      ['most frequent', '', '0.437'],
      ['linear', '', '0.955'],
      ['this model', '', '0.061'],
      ['most frequent', '', '1.05'],
      ['linear', '', '0.12'],
    ]);
    expect(await table(page, '.confusion tbody')).toEqual([
      ['Adelie', '29', '1', '·', '96.7 %'],
      ['Chinstrap', '·', '13', '·', '100 %'],
      ['Gentoo', '·', '·', '24', '100 %'],
    ]);
    const text = await page.evaluate<string>('document.querySelector("main").innerText');
    expect(text).toContain('All of these figures are of 67 rows that the model had not seen');
    expect(text).toContain('2 rows to test with are among those to train on.');
    expect(text).toContain(classesReport.hash);
    expect(await page.evaluate('document.querySelector(".chart").getAttribute("aria-label")')).toMatch(/; best epoch 84\. Arrow keys/);
    expect(await page.evaluate('document.querySelector(".controls").hidden')).toBe(true);
    expect(page.complaints).toEqual([]);
    expect(page.requests.filter((url) => !/^(file|data):/.test(url))).toEqual([]);
  });

  test('of numbers: predicted against true; hostile text in the data is text', async () => {
    const page = await open(numbersReport);
    expect(await headings(page)).toEqual([
      'Result',
      'Warnings',
      'Predicted against true',
      'Importance',
      'The worst rows',
      'Learning curves',
    ]);
    expect(await page.evaluate('document.querySelectorAll(".sample").length')).toBe(300);
    expect(await page.evaluate('document.querySelector(".scatter svg").getAttribute("aria-label")')).toMatch(
      /^Predicted against true price of 300 rows, from .*; half of the errors are at most/,
    );
    const rows = await table(page, '[aria-label="The worst rows"] tbody');
    expect(rows[0]).toEqual(expect.arrayContaining(['1982', '12,346', '<script>alert(1)</script></script><!--']));
    expect(page.complaints).toEqual([]);
  });

  test('a figure that is not defined, and a training that kept nothing to test with, leave gaps and no errors', async () => {
    const page = await open({
      ...numbersReport,
      metrics: { r2: { value: null, spread: null }, rmse: { value: 2, spread: null } },
      baselines: { mean: { rmse: { value: null, spread: null } } },
      worst: [],
      importance: [],
      warnings: [],
      dropped: [],
      history: { loss: [1, Number.NaN, 0.5], validationLoss: [], metric: [], learningRate: [0.1, 0.1, 0.1] },
    });
    expect(await headings(page)).toEqual(['Result', 'Predicted against true', 'Learning curves']);
    expect(await page.evaluate('document.querySelectorAll(".metric").length')).toBe(1);
    expect(await page.evaluate('document.querySelector(".line").getAttribute("d").match(/M/g).length')).toBe(2);
    expect(page.complaints).toEqual([]);
  });

  test('nothing is cut off at 400 pixels', async () => {
    for (const report of [classesReport, numbersReport]) {
      const page = await open(report);
      await page.resize({ width: 400, height: 800 });
      await page.until('document.documentElement.clientWidth === 400');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
    }
  });
});
