import { afterAll, beforeAll, expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../../lib/index';
import { type Running, serve, trainPenguins } from '../cli/serve-model';
import { describeInBrowser } from '../support/browser-tests';

// The form of a served model in a real browser.

describeInBrowser('the form', 120_000, (shared) => {
  let model: Awaited<ReturnType<typeof trainPenguins>>;
  const open: Running[] = [];
  beforeAll(async () => {
    model = await trainPenguins(1);
  });
  afterAll(async () => {
    await Promise.all(open.map(({ close }) => close()));
  });

  test('of a tabular model: fields from the schema, a prediction by the keyboard, an error at its field', async () => {
    const running = await serve(model, { title: 'penguins.safetensors' });
    open.push(running);
    const page = await shared.browser.open(running.url, { width: 400, height: 800 });
    await page.until('document.querySelector("form")');
    expect(await page.evaluate('[...document.querySelectorAll("form label")].map((label) => label.textContent)')).toEqual([
      'bill',
      'flipper',
      'island',
      'tagged',
    ]);
    expect(
      await page.evaluate('[...document.querySelectorAll("form [id^=field-]")].filter((one) => one.labels?.length === 1).length'),
    ).toBe(4);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);

    await page.evaluate('document.getElementById("field-0").focus(); document.getElementById("field-0").select()');
    await page.type('57.5');
    await page.press('Enter');
    await page.until('document.querySelector(".big")');
    const record = await page.evaluate<Record<string, unknown>>(
      `JSON.parse(/-d '(.*)'$/.exec(document.querySelector("pre").textContent)[1])`,
    );
    expect(record).toMatchObject({ bill: 57.5, island: 'Biscoe', tagged: 'false' });
    const { label, probabilities } = model.predict(record) as { label: string; probabilities: Record<string, number> };
    expect(await page.evaluate('document.querySelector(".big").textContent')).toBe(label);
    expect(await page.evaluate('document.querySelectorAll(".answer tr").length')).toBe(Object.keys(probabilities).length);
    expect(page.complaints).toEqual([]);

    await page.evaluate('document.getElementById("field-0").value = ""');
    await page.click('form button');
    await page.until('document.querySelector("[aria-invalid]")');
    expect(await page.evaluate('document.activeElement.id')).toBe('field-0');
    expect(await page.evaluate('document.getElementById("field-0-error").textContent')).toMatch(/record has no "bill"/);
    expect(page.requests.every((url) => url.startsWith(running.url) || url === 'data:,')).toBe(true);
  });

  test('of a plain network: a row of numbers', async () => {
    const running = await serve(new NeuralNetwork({ inputSize: 2, layers: [dense(1)], seed: 1 }));
    open.push(running);
    const page = await shared.browser.open(running.url, { width: 900, height: 800, dark: true });
    await page.until('document.querySelector("form")');
    await page.click('form button');
    await page.until('document.querySelector(".big")');
    expect(await page.evaluate('document.querySelector(".big").textContent')).toBe('0');
    expect(page.complaints).toEqual([]);
  });
});
