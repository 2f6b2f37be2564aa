/// <reference lib="dom" />
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Where Chromium is installed. @throws Error that says what to install */
export function findChromium(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const given = process.env.ARPENT_CHROMIUM;
  const found = [
    ...(given === undefined ? [] : [given]),
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
  ].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    'the studio’s end-to-end tests need Chromium → apt-get install chromium, or name it in ARPENT_CHROMIUM',
  );
}

/** Starts Chromium without a screen. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
  });
}

/** A page of the studio, and everything it complained about. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts, of the console, of the content security policy; answers of 500 and more. */
  readonly complaints: string[];
}

/** Opens a page and collects what goes wrong in it. */
export async function watchedPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  // Functions that are handed to the page may come with calls that keep their names.
  await context.addInitScript('globalThis.__name ??= (value) => value');
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const bad = message.type() === 'error' || message.type() === 'warning';
    // Tests read the map's pixels again and again; the page itself never does.
    if (bad && !message.text().startsWith('Canvas2D: Multiple readback'))
      complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`);
  });
  return { page, complaints };
}

/**
 * Drops a file of the server's machine on an element, as a person would.
 * @returns when it was let go, by `performance.now()`: bringing the file into the browser's memory takes time of its own
 */
export async function dropFile(page: Page, selector: string, bytes: Buffer, name: string): Promise<number> {
  const transfer = await page.evaluateHandle(
    ({ text, title }) => {
      const data = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const found = new DataTransfer();
      found.items.add(new File([data], title));
      return found;
    },
    { text: bytes.toString('base64'), title: name },
  );
  const dropped = performance.now();
  await page.dispatchEvent(selector, 'drop', { dataTransfer: transfer });
  return dropped;
}
