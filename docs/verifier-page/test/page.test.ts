import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "@mailseal/dns-record";
import { isWithoutBrowser, openPage } from "@mailseal/runtimes/browser";
import { createSigner } from "@mailseal/signer";
import { type DohServer, startDohServer } from "@mailseal/testkit/doh-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const keys = { rsa: generateKey({ type: "rsa" }), ed25519: generateKey({ type: "ed25519" }) };
const domain = "example.com";
const message =
  "From: Ada <ada@example.com>\r\nSubject: Grüße\r\nTo: bob@example.net\r\n\r\nAt noon? Ja, früh.\r\n";
const signer = createSigner(
  Object.entries(keys).map(([selector, key]) => ({ domain, selector, key })),
);
const signed = Buffer.from(signer.sign(Buffer.from(message)).toBytes()).toString("utf8");
const page = readFileSync(new URL("../dist/index.html", import.meta.url), "utf8");

test("the page refers to nothing outside itself", () => {
  expect(page).not.toMatch(/<(?:link|img|iframe)|\ssrc=|@import|from\s*"node:/);
});

describe.skipIf(isWithoutBrowser)("in Chromium", () => {
  let doh: DohServer;
  let site: Server;
  let address = "";

  beforeAll(async () => {
    doh = await startDohServer(
      Object.fromEntries(
        Object.entries(keys).map(([selector, key]) => [
          `${selector}._domainkey.${domain}`,
          { txt: [formatKeyRecord(key.publicKey)] },
        ]),
      ),
    );
    site = createServer((_, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end(page);
    }).listen(0, "127.0.0.1");
    await once(site, "listening");
    address = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
  });
  afterAll(async () => {
    site.closeAllConnections();
    site.close();
    await doh.close();
  });

  const report = async (text: string): Promise<string> => {
    const opened = await openPage(address);
    await opened.page.fill("#resolver", doh.url);
    await opened.page.fill("#message", text);
    await opened.page.click("button");
    await opened.page.waitForSelector("#report article, #report p:not(:text('Verifying'))");
    const shown = await opened.page.innerText("#report");
    const others = opened.complaints.filter(
      (it) => !it.startsWith(doh.url) && !it.endsWith("/favicon.ico"),
    );
    expect(others).toEqual([]);
    await opened.page.close();
    return shown;
  };

  test("a signed message passes, by RSA and by Ed25519", async () => {
    const shown = await report(signed);
    expect(shown).toContain("pass: example.com (rsa)");
    expect(shown).toContain("pass: example.com (ed25519)");
    expect(doh.asked).toContain("rsa._domainkey.example.com");
  });

  test("an altered message fails, with the cause and a remedy", async () => {
    const shown = await report(signed.replace("Subject: ", "Subject: [list] "));
    expect(shown).toContain("fail: example.com (rsa)");
    expect(shown).toContain("(field-edited)");
    expect(shown).toContain("Find the system that rewrites the field");
  });

  test("a message without signatures is reported as such", async () => {
    expect(await report(message)).toBe("The message has no DKIM signature.");
  });
});
