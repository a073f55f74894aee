import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll } from "vitest";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Without Chromium the tests are skipped, with a notice, except in CI, which installs it. */
export const isWithoutBrowser: boolean =
  !existsSync(executablePath) && process.env["CI"] === undefined;
if (isWithoutBrowser) {
  console.warn(`skipped: there is no ${executablePath}; the Debian package chromium has it`);
}

export interface OpenPage {
  readonly page: Page;
  /** Errors of its console and scripts so far, and requests to other servers. */
  readonly complaints: readonly string[];
}

let context: Promise<BrowserContext> | undefined;

async function launch(): Promise<BrowserContext> {
  const profile = mkdtempSync(join(tmpdir(), "mailseal-chromium-"));
  const launched = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  afterAllClose.push(async () => {
    await launched.close();
    rmSync(profile, { recursive: true, force: true });
  });
  return launched;
}

const afterAllClose: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of afterAllClose.splice(0)) await close();
});

/** Opens an address in a fresh page, in a Chromium that all tests of the file share. */
export async function openPage(
  url: string,
  headers: Record<string, string> = {},
): Promise<OpenPage> {
  context ??= launch();
  const page = await (await context).newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== "data:" && host !== new URL(url).host) complaints.push(request.url());
  });
  await page.setExtraHTTPHeaders(headers);
  await page.goto(url);
  return { page, complaints };
}
