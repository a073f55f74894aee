import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isWithoutBrowser, openPage } from "@mailseal/runtimes/browser";
import { repositoryRoot } from "@mailseal/testkit";
import { expect, test } from "vitest";
import { serveSite } from "./support/served-site.ts";

/** Draws the pictures of the site: `UPDATE_SCREENSHOTS=1 vitest run test/screenshots.test.ts` in docs, after `npm run docs`. */
const isWanted = process.env["UPDATE_SCREENSHOTS"] === "1" && !isWithoutBrowser;
const folder = join(repositoryRoot, "docs", "images", "site");

const pages = {
  start: "index.html",
  guide: "guides/rotation.html",
  configuration: "reference/configuration.html#signing",
  api: "reference/api/signer.html",
};

test.skipIf(!isWanted)("pictures of the site", { timeout: 180_000 }, async () => {
  const site = await serveSite();
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    const { page } = await openPage(site.url);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: width === 360 ? 780 : 900 });
      for (const [name, path] of Object.entries(pages)) {
        await page.goto("about:blank");
        await page.goto(site.url + path);
        await page.waitForFunction("document.querySelector('#app')?.__vue_app__ !== undefined");
        await page.waitForTimeout(300);
        const file = join(folder, `${name}-${width}-${colorScheme}.png`);
        await page.screenshot({ path: file });
        expect(statSync(file).size, file).toBeLessThan(300 * 1024);
      }
    }
    await page.close();
  }
  site.close();
});
