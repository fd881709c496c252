import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { describeInBrowser } from '../support/browser-tests';
import type { Browser, Page } from '../support/chromium';

// The first sight of a student: chainrule xor --watch, in a real browser.

const program = path.join(__dirname, '../../dist/cli/main.js');
const desktop = { width: 1100, height: 900 };

let child: ChildProcess | undefined;
let printed = '';

async function watchXor(browser: Browser, ...args: string[]): Promise<Page> {
  printed = '';
  child = spawn(process.execPath, [program, 'xor', '--watch', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const address = /http:\S+/;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  }
  while (!address.test(printed)) await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  const page = await browser.open((address.exec(printed) as RegExpExecArray)[0], desktop);
  await page.until('document.querySelector("[data-state=training]")');
  await page.until('document.querySelector(".chart path")');
  return page;
}

const epochOf = (page: Page): Promise<number> =>
  page.evaluate('Number(/epoch ([\\d,]+)/.exec(document.querySelector(".numbers").textContent)[1].replace(",", ""))');
const text = (page: Page, selector: string): Promise<string> => page.evaluate(`document.querySelector('${selector}').textContent`);

describeInBrowser('chainrule xor --watch', 120_000, (shared) => {
  afterEach(() => {
    child?.kill('SIGKILL');
  });

  test('can be paused, stepped, resumed and stopped; nothing but the page is asked for, and nothing is complained of', async () => {
    const page = await watchXor(shared.browser);
    await page.click('.pacing button');
    await page.until('document.querySelector("[data-state=paused]")');
    await page.evaluate('document.activeElement.blur()');
    const before = await epochOf(page);
    await page.press('s');
    await page.until(`/epoch ${before + 1} of/.test(document.querySelector(".numbers").textContent)`);
    await page.click('.pacing button:nth-child(2)');
    await page.until(`/epoch ${before + 2} of/.test(document.querySelector(".numbers").textContent)`);
    expect(await text(page, '.pacing button')).toBe('Resume');
    await page.evaluate('document.activeElement.blur()');
    await page.press(' ');
    await page.until('document.querySelector("[data-state=training]")');
    await page.until(`Number(/epoch (\\d+)/.exec(document.querySelector(".numbers").textContent)[1]) > ${before + 2}`);

    await page.click('.ending button');
    await page.until('document.querySelector("[data-state=stopped]")');
    expect(await page.evaluate('document.querySelector(".controls").hidden')).toBe(true);
    expect(await text(page, 'main')).toMatch(/Stopped after \d+ epochs\./);
    expect(printed).toMatch(/after \d+ epochs:[\s\S]*The page stays until Ctrl-C/);
    expect(page.complaints).toEqual([]);
    const url = (/http:\S+/.exec(printed) as RegExpExecArray)[0];
    expect(page.requests.filter((request) => !request.startsWith(url) && request !== 'data:,')).toEqual([]);

    child?.kill('SIGINT');
    const [code] = await once(child as ChildProcess, 'exit');
    expect(code).toBe(0);
    await page.until('!document.querySelector(".gone").hidden');
    expect(await text(page, '.gone')).toMatch(/The program has ended/);
  });

  test('a unit shows what it does, by pointer and by keyboard; the picture has a text', async () => {
    const page = await watchXor(shared.browser);
    await page.until('document.querySelectorAll(".unit").length === 7');
    expect(await page.evaluate('document.querySelectorAll(".weights path").length')).toBe(12);
    const label = (): Promise<string> => page.evaluate('document.querySelector(".surface canvas").getAttribute("aria-label")');
    expect(await label()).toMatch(/^Output for all inputs: at 0, 0 [\d.]+, target 0; at 0, 1 [\d.]+, target 1; /);
    await page.pointAt('.column:nth-child(2) .unit:nth-of-type(2)');
    await page.until('/^Layer 1, unit 2: bias .*, weights x₁ .*, x₂ /.test(document.querySelector(".caption").textContent)');
    await page.evaluate('document.querySelector(".column:nth-child(3) .unit").focus()');
    await page.until('/^Output 1: bias/.test(document.querySelector(".caption").textContent)');
    expect(await label()).toMatch(/^Output 1: bias .*; at 1, 1 /);
  });

  test.runIf(process.env.CHAINRULE_PICTURE)('the picture in docs/page.md: CHAINRULE_PICTURE=docs/page.webp', async () => {
    const page = await watchXor(shared.browser);
    await page.resize({ width: 1000, height: 760 });
    await page.until('Number(/epoch (\\d+)/.exec(document.querySelector(".numbers").textContent)[1]) > 560');
    await page.click('.pacing button');
    await page.until('document.querySelector("[data-state=paused]")');
    await page.evaluate('document.activeElement.blur()');
    await page.screenshot(process.env.CHAINRULE_PICTURE as string, 820);
  });

  test('at full speed it ends by itself; curves are read by the keyboard, on a log axis too', async () => {
    const page = await watchXor(shared.browser);
    await page.evaluate('document.querySelector("input[type=range]").focus()');
    for (let step = 0; step < 4; step++) await page.press('ArrowRight');
    expect(await text(page, 'output')).toBe('full speed');
    await page.until('document.querySelector("[data-state=done]")', 60_000);
    expect(await text(page, 'main')).toMatch(/After 1731 epochs all four outputs are at least as good as published\./);
    expect(await text(page, '.numbers')).toMatch(/^1,731 epochs/);

    const legend = (): Promise<string> => text(page, '.legend');
    await page.evaluate('document.querySelector(".chart").focus()');
    await page.press('Home');
    expect(await legend()).toMatch(/^epoch 1training 0\.6/);
    await page.press('ArrowRight');
    expect(await legend()).toMatch(/^epoch 2training/);
    const tops = (): Promise<string[]> => page.evaluate('[...document.querySelectorAll(".chart text")].map((tick) => tick.textContent)');
    expect(await tops()).toContain('0.4');
    await page.click('.choices input');
    await page.until('[...document.querySelectorAll(".chart text")].some((tick) => tick.textContent === "0.05")');
    await page.click('details summary');
    await page.until('document.querySelectorAll("details tbody tr").length === 12');
    expect(await page.evaluate('document.querySelector(".chart").getAttribute("aria-label")')).toMatch(
      /^Loss, epochs 1 to 1,731: training from 0\.69\d+ to 0\.02\d+, lowest/,
    );
  });

  test('a page that is opened late has the whole history', async () => {
    const page = await watchXor(shared.browser);
    await page.until('Number(/epoch (\\d+)/.exec(document.querySelector(".numbers").textContent)[1]) > 60');
    const late = await shared.browser.open((/http:\S+/.exec(printed) as RegExpExecArray)[0], desktop);
    await late.until('document.querySelector(".chart")');
    await late.evaluate('document.querySelector(".chart").focus()');
    await late.press('Home');
    expect(await text(late, '.legend')).toMatch(/^epoch 1training 0\.6/);
  });

  test('abort ends the program', async () => {
    const page = await watchXor(shared.browser);
    await page.click('.ending .danger');
    const [code] = await once(child as ChildProcess, 'exit');
    expect(code).toBe(1);
    expect(printed).toMatch(/chainrule: aborted from the page\n$/);
    await page.until('document.querySelector("[data-state=aborted]")');
    expect(await text(page, '.message')).toBe('Aborted from the page.');
  });

  test('at 400 pixels nothing is cut off, in light and in dark', async () => {
    const page = await watchXor(shared.browser);
    const background = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const colours: string[] = [];
    for (const dark of [false, true]) {
      await page.resize({ width: 400, height: 800, dark });
      await page.until('document.documentElement.clientWidth === 400');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(400);
      const wide = `[...document.querySelectorAll('main *')].filter((element) => element.closest('.scrolled') === null)
        .map((element) => [element.className, element.getBoundingClientRect().right]).filter(([, right]) => right > 400.5)`;
      expect(await page.evaluate(wide)).toEqual([]);
      colours.push(await background());
    }
    expect(new Set(colours).size).toBe(2);
  });

  test('everything that can be used has a name, and the Tab key reaches it', async () => {
    const page = await watchXor(shared.browser);
    await page.click('.pacing button');
    const { nodes } = (await page.send('Accessibility.getFullAXTree')) as {
      nodes: { ignored: boolean; role?: { value: string }; name?: { value: string } }[];
    };
    const named = ['button', 'slider', 'switch', 'img', 'image', 'progressbar', 'region', 'heading', 'checkbox'];
    const shown = nodes.filter(({ ignored, role }) => !ignored && named.includes(role?.value as string));
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.filter(({ name }) => (name?.value ?? '') === '')).toEqual([]);
    await page.evaluate('document.activeElement.blur(); window.scrollTo(0, 0)');
    const reached = new Set<string>();
    for (let step = 0; step < 24; step++) {
      await page.press('Tab');
      reached.add(
        await page.evaluate(
          'document.activeElement.className?.baseVal ?? (document.activeElement.className || document.activeElement.textContent || document.activeElement.type)',
        ),
      );
    }
    for (const stop of ['Resume', 'Step', 'range', 'Stop', 'danger', 'unit', 'chart']) expect([...reached]).toContain(stop);
  });
});
