import { isWithoutBrowser, openPage } from "@mailseal/runtimes/browser";
import { describe, expect, test } from "vitest";
import { mail, serveRelay, type ServedRelay } from "../support/served-relay.ts";

const deadlineMs = 20_000;

/** A message that was signed here and then changed. */
async function sendChanged({ send, lastTaken }: ServedRelay): Promise<void> {
  await send("outbound", mail);
  await send("inbound", `${lastTaken()}-- \r\nsent from a list\r\n`);
}

describe.skipIf(isWithoutBrowser)("the page in Chromium", { timeout: 90_000 }, () => {
  test("loads and follows events without a warning or an error", async () => {
    const relay = await serveRelay();
    const { page, complaints } = await openPage(relay.url);
    await page.getByText("live", { exact: true }).waitFor({ timeout: deadlineMs });
    expect(await page.locator("#rate-chart canvas").count()).toBe(1);
    expect(await page.locator("#signing-domains").textContent()).toContain("No outbound mail yet");
    await sendChanged(relay);
    await page
      .locator("#signing-domains th", { hasText: "example.com" })
      .waitFor({ timeout: deadlineMs });
    await page
      .locator("#failing-domains td", { hasText: "body-hash-mismatch" })
      .waitFor({ timeout: deadlineMs });
    await page.locator("#keys .badge", { hasText: /^published$/ }).waitFor({ timeout: deadlineMs });
    await page.getByRole("button", { name: "1 day" }).click();
    await page.getByRole("link", { name: /^Explain message/ }).click();
    await page.getByRole("heading", { name: "body-appended" }).waitFor({ timeout: deadlineMs });
    expect(await page.locator("ins").allTextContents()).toContain("+ sent from a list");
    // A diff has each line on a line of its own.
    const boxes = await Promise.all(
      (await page.locator("ins").all()).map((it) => it.boundingBox()),
    );
    expect(new Set(boxes.map((box) => box?.y)).size).toBe(boxes.length);
    expect(boxes.length).toBeGreaterThan(1);
    expect(complaints).toEqual([]);
  });

  test("every action works with the keyboard", async () => {
    const { url } = await serveRelay();
    const { page, complaints } = await openPage(url);
    const reached: string[] = [];
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press("Tab");
      const { name, outline } = await page.evaluate(focused);
      reached.push(name);
      if (name !== "BODY") expect(outline, name).not.toBe("none 0px");
      if (name === "Verify and explain") break;
    }
    expect(reached).toEqual(
      expect.arrayContaining([
        "Skip to content",
        "Keys",
        "10 minutes",
        "1 day",
        "SUMMARY",
        "check-text",
        "check-file",
        "Verify and explain",
      ]),
    );
    await page.locator("#check-text").focus();
    await page.keyboard.type("From: a@example.com\n\nhi");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page
      .getByText("Not signed: the message has no DKIM-Signature field.")
      .waitFor({ timeout: deadlineMs });
    expect(complaints).toEqual([]);
  });

  test("a dropped message is verified byte for byte", async () => {
    const relay = await serveRelay();
    await relay.send("outbound", mail);
    const { page, complaints } = await openPage(relay.url);
    const transfer = await page.evaluateHandle(
      `(() => { const it = new DataTransfer(); it.items.add(new File([${JSON.stringify(relay.lastTaken())}], "a.eml")); return it; })()`,
    );
    await page.dispatchEvent("#check", "drop", { dataTransfer: transfer });
    await page.getByRole("heading", { name: "pass example.com" }).waitFor({ timeout: deadlineMs });
    expect(complaints).toEqual([]);
  });

  test("hostile text of messages is shown as text", async () => {
    const relay = await serveRelay();
    const evil = "<img src=x onerror=alert(1)>\u0000\u001b[2J";
    const long = "x".repeat(200_000);
    await sendChanged(relay);
    await relay.send(
      "inbound",
      `DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s="><script>alert(1)</script>; h=from; bh=AA==; b=AA==\r\n${mail}`,
    );
    await relay.send(
      "inbound",
      `DKIM-Signature: v=1; d=${long.slice(0, 900)}; ${evil.slice(0, 28)}\r\n${mail}`,
    );
    relay.counting.traffic.delivered(`${evil}${long}`, undefined, 1);
    const { page, complaints } = await openPage(relay.url);
    await page
      .locator("#deliveries th", { hasText: "<img src=x onerror=alert(1)>" })
      .waitFor({ timeout: deadlineMs });
    expect(await page.locator("main img, main script, main iframe").count()).toBe(0);
    const text = await page.locator("#deliveries tbody th", { hasText: "<img" }).textContent();
    expect(text?.length).toBeLessThan(300);
    expect(text).not.toContain("\u001b");
    for (const failure of relay.totals.failures.all) {
      await page.goto(`${relay.url}failures/${failure.id}`);
      expect(await page.locator("main img, main script, main iframe").count()).toBe(0);
      expect(await page.locator("article.signature").count()).toBeGreaterThan(0);
    }
    expect(complaints).toEqual([]);
  });

  test.each([360, 1600])("shows everything at %i px", async (width) => {
    const relay = await serveRelay();
    await sendChanged(relay);
    const { page } = await openPage(relay.url);
    await page.setViewportSize({ width, height: 900 });
    await page.getByText("live", { exact: true }).waitFor({ timeout: deadlineMs });
    const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(overflow).toBeLessThanOrEqual(0);
  });
});

/** Runs in the page: the element that has the focus, and its outline. */
const focused = `(() => {
  const it = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(it);
  const named = it.matches("a, button") ? it.textContent : it.id || it.getAttribute("aria-labelledby");
  return { name: named || it.tagName, outline: outlineStyle + " " + outlineWidth };
})()` as unknown as () => { name: string; outline: string };
