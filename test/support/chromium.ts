import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

/*
 * A headless Chromium, driven by the DevTools protocol over a pipe: what a page test needs of it, and no dependency.
 */

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser's program; undefined where there is none. */
export const chromium: string | undefined = names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);

interface Answer {
  id?: number;
  sessionId?: string;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { message: string };
}

export class Browser {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  readonly #pages = new Map<string, Page>();
  #last = 0;
  #text = '';

  constructor() {
    this.#profile = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-chromium-'));
    const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'];
    const arguments_ = [
      '--headless',
      '--hide-scrollbars',
      '--no-sandbox',
      '--disable-gpu',
      '--remote-debugging-pipe',
      ...quiet,
      `--user-data-dir=${this.#profile}`,
    ];
    this.#child = spawn(chromium as string, arguments_, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true });
    const answers = this.#child.stdio[4] as Readable;
    answers.setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (this.#text + chunk).split('\0');
      this.#text = messages.pop() as string;
      for (const message of messages) this.#receive(JSON.parse(message));
    });
  }

  async open(url: string, size: { width: number; height: number; dark?: boolean }): Promise<Page> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page((method, params) => this.send(method, params, sessionId as string));
    this.#pages.set(sessionId as string, page);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.send(`${domain}.enable`);
    await page.resize(size);
    await page.send('Page.navigate', { url });
    await page.until('document.readyState === "complete"');
    return page;
  }

  send(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  close(): void {
    process.kill(-(this.#child.pid as number), 'SIGKILL');
    fs.rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }

  #receive({ id, sessionId, method, params = {}, result, error }: Answer): void {
    if (id === undefined) {
      this.#pages.get(sessionId as string)?.hear(method as string, params);
      return;
    }
    const { resolve, reject } = this.#waiting.get(id) as { resolve: (value: unknown) => void; reject: (error: Error) => void };
    this.#waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error.message));
  }
}

type Send = (method: string, params?: object) => Promise<Record<string, unknown>>;

const keyCodes: Record<string, number> = { Tab: 9, Enter: 13, ' ': 32, End: 35, Home: 36, ArrowLeft: 37, ArrowRight: 39 };

export class Page {
  /** Lines that a user would see in the console: errors, warnings, and failed requests. */
  readonly complaints: string[] = [];
  /** Addresses that were asked for. */
  readonly requests: string[] = [];
  readonly send: Send;

  constructor(send: Send) {
    this.send = send;
  }

  hear(method: string, params: Record<string, unknown>): void {
    if (method === 'Runtime.exceptionThrown') this.complaints.push(JSON.stringify(params.exceptionDetails));
    if (method === 'Runtime.consoleAPICalled' && params.type !== 'log') this.complaints.push(JSON.stringify(params.args));
    if (method === 'Log.entryAdded') this.complaints.push((params.entry as { text: string }).text);
    if (method === 'Network.requestWillBeSent') this.requests.push((params.request as { url: string }).url);
  }

  async resize({ width, height, dark = false }: { width: number; height: number; dark?: boolean }): Promise<void> {
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const answer = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    const { result, exceptionDetails } = answer as { result: { value: T }; exceptionDetails?: unknown };
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  /** Waits until an expression is true. */
  async until(expression: string, limitMs = 15_000): Promise<void> {
    const end = Date.now() + limitMs;
    while (!(await this.evaluate<boolean>(`Boolean(${expression})`))) {
      if (Date.now() > end) throw new Error(`it did not come true: ${expression}\n${await this.evaluate('document.body.innerText')}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** Clicks the middle of the first element that matches, as a mouse does. */
  async click(selector: string): Promise<void> {
    const { x, y } = await this.#middle(selector);
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    }
  }

  async pointAt(selector: string): Promise<void> {
    await this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...(await this.#middle(selector)) });
  }

  async press(key: string): Promise<void> {
    const code = keyCodes[key] ?? key.toUpperCase().charCodeAt(0);
    const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined;
    const common = { key, windowsVirtualKeyCode: code, ...(text && { text }) };
    await this.send('Input.dispatchKeyEvent', { type: text === undefined ? 'rawKeyDown' : 'keyDown', ...common });
    await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...common });
  }

  type(text: string): Promise<unknown> {
    return this.send('Input.insertText', { text });
  }

  /** A picture of the whole page, or of its top. */
  async screenshot(file: string, height?: number): Promise<void> {
    const { cssContentSize } = (await this.send('Page.getLayoutMetrics')) as { cssContentSize: { width: number; height: number } };
    const clip = { x: 0, y: 0, ...cssContentSize, ...(height !== undefined && { height }), scale: 1 };
    const { data } = await this.send('Page.captureScreenshot', { format: path.extname(file).slice(1), clip, captureBeyondViewport: true });
    fs.writeFileSync(file, Buffer.from(data as string, 'base64'));
  }

  async #middle(selector: string): Promise<{ x: number; y: number }> {
    const place = await this.evaluate<{ x: number; y: number } | null>(`(() => {
      const found = document.querySelector(${JSON.stringify(selector)});
      if (found === null) return null;
      found.scrollIntoView({ block: 'center' });
      const box = found.getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    })()`);
    if (place === null) throw new Error(`there is no ${selector}`);
    return place;
  }
}
