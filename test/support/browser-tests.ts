import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Browser, chromium } from './chromium';

/** The browser and the folder that the tests of a file share. */
export interface Shared {
  browser: Browser;
  /** A folder of their own. */
  folder: string;
}

/** Tests in a browser. Without Chromium they are skipped, but fail in CI. */
export function describeInBrowser(name: string, timeout: number, tests: (shared: Shared) => void): void {
  describe.skipIf(chromium === undefined && process.env.CI === undefined)(name, { timeout }, () => {
    const shared = {} as Shared;
    beforeAll(() => {
      expect(chromium, 'on Debian: apt-get install --yes chromium').toBeDefined();
      shared.browser = new Browser();
      shared.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chainrule-page-'));
    });
    afterAll(() => {
      shared.browser?.close();
      if (shared.folder !== undefined) fs.rmSync(shared.folder, { recursive: true, force: true, maxRetries: 10 });
    });
    tests(shared);
  });
}
