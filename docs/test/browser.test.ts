import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "@mailseal/dns-record";
import { isWithoutBrowser, openPage } from "@mailseal/runtimes/browser";
import { createSigner } from "@mailseal/signer";
import { startDohServer } from "@mailseal/testkit/doh-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stagedPages } from "../site/stage.ts";
import { type ServedSite, serveSite, sitePages } from "./support/served-site.ts";

const hydrated = "document.querySelector('#app')?.__vue_app__ !== undefined";
/** Elements that a mouse can use and a keyboard cannot reach. */
const unreachable = `Array.from(
  document.querySelectorAll("a[href], button, input, select, textarea, [role=button], [onclick]"),
).filter((element) => element.checkVisibility({ visibilityProperty: true }) && element.tabIndex < 0 && !element.disabled)
  .map((element) => element.outerHTML.slice(0, 200))`;
/** Things that are wider than the page and cannot be scrolled by keyboard. */
const cutOff = `Array.from(document.querySelectorAll(".vp-doc *"))
  .filter((element) => {
    const { overflowX } = getComputedStyle(element);
    return overflowX === "auto" && element.scrollWidth > element.clientWidth + 1 && element.tabIndex < 0;
  })
  .map((element) => element.outerHTML.slice(0, 200))`;

const isTooWide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";

describe.skipIf(isWithoutBrowser)("in Chromium", () => {
  let site: ServedSite;

  beforeAll(async () => {
    site = await serveSite();
  });
  afterAll(() => site.close());

  test(
    "every page opens at 1280 and 360 px without an error and without a request to another server",
    { timeout: 600_000 },
    async () => {
      const { page, complaints } = await openPage(site.url);
      const faults: string[] = [];
      for (const path of sitePages()) {
        const before = complaints.length;
        const answer = await page.goto(site.url + path);
        await page.waitForFunction(hydrated);
        if (answer?.status() !== 200) faults.push(`${path}: ${answer?.status()}`);
        faults.push(...complaints.slice(before).map((it) => `${path}: ${it}`));
        for (const width of [360, 1280]) {
          await page.setViewportSize({ width, height: 800 });
          for (const check of [unreachable, cutOff]) {
            const found = (await page.evaluate(check)) as readonly string[];
            faults.push(...found.map((it) => `${path}: the keyboard cannot reach ${it}`));
          }
          if (await page.evaluate(isTooWide)) faults.push(`${path} is wider than ${width} px`);
        }
      }
      expect(faults).toEqual([]);
      await page.close();
    },
  );

  test("every page can be reached with the Tab and Enter keys from the home page", async () => {
    const { page } = await openPage(site.url);
    await page.waitForFunction(hydrated);
    const reached = new Set<string>(["index.html"]);
    const sections = (await focusedLinks()).filter((href) => !/^\/(index\.html)?$/.test(href));
    expect(sections.length).toBeGreaterThan(4);
    for (const section of sections) {
      await page.goto(site.url);
      await page.waitForFunction(hydrated);
      await tabTo(section);
      await page.keyboard.press("Enter");
      await page.waitForURL(new RegExp(`${section.replace(/\/$/, "/(index.html)?")}$`));
      await page.waitForFunction(hydrated);
      for (const href of [section, ...(await focusedLinks())]) {
        reached.add(href.replace(/^\//, "").replace(/(^|\/)$/, "$1index.html"));
      }
    }
    const every = stagedPages().map(({ path }) => path.replace(/\.md$/, ".html"));
    expect(every.filter((path) => !reached.has(path))).toEqual([]);
    await page.close();

    /** Presses Tab until the end of the page, and returns the links within the site that had the focus. */
    async function focusedLinks(): Promise<readonly string[]> {
      const links = new Set<string>();
      await page.evaluate("document.activeElement?.blur()");
      for (let pressed = 0; pressed < 1500; pressed++) {
        await page.keyboard.press("Tab");
        const focused = (await page.evaluate(
          "document.activeElement === document.body ? 'end' : document.activeElement.getAttribute('href') ?? ''",
        )) as string;
        if (focused === "end") break;
        if (/^\/[^#]*$/.test(focused)) links.add(focused);
      }
      return [...links];
    }

    async function tabTo(href: string): Promise<void> {
      const focused = "document.activeElement?.getAttribute('href')";
      for (let pressed = 0; pressed < 200; pressed++) {
        await page.keyboard.press("Tab");
        if ((await page.evaluate(focused)) === href) return;
      }
      throw new Error(`the Tab key does not reach ${href}`);
    }
  });

  test("on a narrow screen the keyboard opens the menu and a page in it", async () => {
    const { page } = await openPage(`${site.url}guides/rotation.html`);
    await page.setViewportSize({ width: 360, height: 800 });
    await page.waitForFunction(hydrated);
    await tabUntil("document.activeElement?.matches('.VPLocalNav .menu')");
    await page.keyboard.press("Enter");
    await tabUntil("document.activeElement?.getAttribute('href') === '/guides/monitoring.html'");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/guides\/monitoring\.html$/);
    await page.waitForSelector("h1:has-text('Monitoring')");
    expect(await page.title()).toContain("Monitoring");
    await page.close();

    async function tabUntil(condition: string): Promise<void> {
      for (let pressed = 0; pressed < 300; pressed++) {
        await page.keyboard.press("Tab");
        if ((await page.evaluate(condition)) === true) return;
      }
      throw new Error(`the Tab key does not reach what fulfils ${condition}`);
    }
  });

  test("the search finds a page by its words", async () => {
    const { page } = await openPage(site.url);
    await page.waitForFunction(hydrated);
    await page.keyboard.press("Control+k");
    await page.fill("#localsearch-input", "key-granularity");
    await page.click("#localsearch-list a[href*='reference/verdicts']");
    await page.waitForURL(/\/reference\/verdicts\.html/);
    // The address changes before the page does.
    await page.waitForSelector("h1:has-text('Verdict codes')");
    expect(await page.title()).toContain("Verdict codes");
    await page.close();
  });

  test("the switch for light and dark works, and the site follows the system", async () => {
    const { page } = await openPage(site.url);
    const isDark = "document.documentElement.classList.contains('dark')";
    await page.emulateMedia({ colorScheme: "dark" });
    await page.goto(site.url);
    expect(await page.evaluate(isDark)).toBe(true);
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(site.url);
    expect(await page.evaluate(isDark)).toBe(false);
    await page.locator(".VPNavBarAppearance .VPSwitchAppearance").click();
    expect(await page.evaluate(isDark)).toBe(true);
    await page.close();
  });

  test("the verifier's page verifies a message in the browser", async () => {
    const key = generateKey({ type: "ed25519" });
    const signer = createSigner({ domain: "example.com", selector: "mail2026", key });
    const signed = signer
      .sign("From: ada@example.com\r\nSubject: Lunch\r\n\r\nAt noon?\r\n")
      .toBytes();
    const doh = await startDohServer({
      "mail2026._domainkey.example.com": { txt: [formatKeyRecord(key.publicKey)] },
    });
    const { page, complaints } = await openPage(`${site.url}verify.html`);
    await page.waitForFunction(hydrated);
    await page.fill("#resolver", doh.url);
    await page.fill("#message", Buffer.from(signed).toString());
    await page.click("#form button");
    await page.waitForSelector("#report article");
    expect(await page.innerText("#report")).toContain("pass: example.com (mail2026)");
    expect(complaints.filter((it) => !it.startsWith(doh.url))).toEqual([]);
    await page.close();
    await doh.close();
  });
});
