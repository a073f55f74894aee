import { mkdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isWithoutBrowser, openPage } from "@mailseal/runtimes/browser";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { mail, serveRelay, type ServedRelay } from "../support/served-relay.ts";

/** Draws the pictures of the docs: `UPDATE_SCREENSHOTS=1 vitest run test/web/screenshots.test.ts`. */
const isWanted = process.env["UPDATE_SCREENSHOTS"] === "1" && !isWithoutBrowser;
const folder = fileURLToPath(new URL("../../../../docs/images/", import.meta.url));

const signers = [
  "example.com",
  "news.example.com",
  "shop.example.net",
  "club.example.org",
  "example.edu",
];
const failing = [
  ["lists.example.org", "fail", "body-hash-mismatch"],
  ["old.example.net", "permerror", "no-key"],
  ["example.info", "fail", "signature-mismatch"],
  ["slow.example.com", "temperror", "dns-timeout"],
] as const;

/** Ten minutes of traffic, a second at a time, by a simulated clock. */
function playTraffic({ totals, counting }: ServedRelay, tick: (ms: number) => void): void {
  const wave = (second: number, at: number): number =>
    1 + Math.sin(second / 37 + at) / 3 + ((second * 7 + at * 13) % 11) / 60;
  const { statistics } = counting;
  for (let second = 0; second < 599; second++) {
    for (const [at, domain] of signers.entries()) {
      const messages = Math.round((24 / (at + 1)) * wave(second, at));
      for (let message = 0; message < messages; message++) {
        const durationNs = 2e5 * wave(second, message) + (message % 23 === 0 ? 6e5 : 0);
        const scope = { domain, binding: at % 2 === 0 ? "bulk" : "transactional" };
        const isFailed = at === 2 && message === 0 && second % 20 === 0;
        statistics.recordSigning(
          isFailed
            ? { scope, durationNs, outcome: "failed", reason: "no-key" }
            : {
                scope,
                durationNs,
                outcome: "signed",
                signatures: [{ algorithm: "rsa-sha256", keyBits: 2048 }],
              },
        );
        counting.traffic.answered("smtp", { code: 250, text: "OK" }, 9 * wave(second, message));
        counting.traffic.delivered(
          at % 2 === 0 ? "mx1.example.net" : "mx2.example.net",
          { code: second % 97 === 0 && message === 0 ? 451 : 250, text: "" },
          7,
        );
      }
    }
    for (let message = 0; message < 12 * wave(second, 3); message++) {
      const failed = message === 0 ? failing[Math.floor(second / 3) % failing.length] : undefined;
      const [signingDomain = "example.net", result = "pass", code = "pass"] = failed ?? [];
      statistics.recordVerification({
        result,
        code,
        signingDomain,
        testing: false,
        durationNs: 1.4e5 * wave(second, message),
        algorithm: "rsa-sha256",
        keyBits: 2048,
        alignment: "strict",
      });
      statistics.recordKeyLookup({
        source: message % 9 === 0 ? "dns" : "cache",
        durationNs: 8e6,
        outcome: "found",
      });
    }
    totals.snapshot(1);
    tick(1000);
  }
}

/** Takes a picture. Pictures in a README must be small files. */
async function expectPicture(page: Page, path: string): Promise<void> {
  await page.screenshot({ path });
  expect(statSync(path).size, path).toBeLessThan(300 * 1024);
}

test.skipIf(!isWanted)("pictures of the page", { timeout: 180_000 }, async () => {
  let nowMs = Date.now() - 1_299_000;
  const relay = await serveRelay({ now: () => nowMs });
  await relay.send("outbound", mail);
  await relay.send("inbound", `${relay.lastTaken()}-- \r\nsent from a list\r\n`);
  // The time of these messages is not part of the ten minutes that are shown.
  relay.totals.snapshot();
  nowMs += 700_000;
  playTraffic(relay, (ms) => {
    nowMs += ms;
  });
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    const { page } = await openPage(relay.url);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const [name, width, height] of [
      ["page", 1280, 1600],
      ["page-narrow", 360, 900],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.getByText("live", { exact: true }).waitFor();
      await page.locator("#keys .badge", { hasText: /^published$/ }).waitFor();
      // Two frames: one to draw the charts in the new size, one to show them.
      await page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
      );
      await expectPicture(page, `${folder}${name}-${colorScheme}.png`);
    }
    await page.setViewportSize({ width: 1000, height: 760 });
    await page
      .getByRole("link", { name: /^Explain message/ })
      .first()
      .click();
    await page.getByRole("heading", { name: "body-appended" }).waitFor();
    await expectPicture(page, `${folder}explanation-${colorScheme}.png`);
  }
});
