import { fileURLToPath } from "node:url";
import { formatKeyRecord, zoneFromJson } from "@mailseal/dns-record";
import { generateKey } from "@mailseal/signer";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { keySource, staticResolver, verify } from "@mailseal/verifier";
import { expect, test } from "vitest";
import { ZoneMta } from "./zonemta.ts";

const plugin = fileURLToPath(new URL("../plugins/mailseal.js", import.meta.url));
const directory = temporaryDirectory("file");
const selectors = {
  rsa2026: generateKey({ type: "rsa" }),
  ed2026: generateKey({ type: "ed25519" }),
};
const domains = {
  "example.com": Object.entries(selectors).map(([selector, key]) => ({
    selector,
    keyFile: writeTestFile(directory, `${selector}.pem`, key.toPem()),
  })),
};
const keys = keySource(
  staticResolver(
    zoneFromJson(
      Object.fromEntries(
        Object.entries(selectors).map(([selector, key]) => [
          `${selector}._domainkey.example.com`,
          [formatKeyRecord(key.publicKey)],
        ]),
      ),
    ),
  ),
);
const message = "From: Ada <ada@example.com>\r\nSubject: Lunch\r\n\r\nAt noon?\n.\r\nbye\r\n";

async function zoneMta(): Promise<ZoneMta> {
  const mta = new ZoneMta();
  await mta.load(plugin, { domains });
  return mta;
}

/** Pieces of a few bytes, as from a slow client. */
function pieces(text: string): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(text.length / 7) }, (_, at) =>
    Buffer.from(text.slice(at * 7, at * 7 + 7)),
  );
}

test("a message is queued with a signature of every key of its From domain", async () => {
  const { responseCode, queued } = await (await zoneMta()).receive(pieces(message));
  expect(responseCode).toBe(250);
  const { signatures } = await verify(queued ?? "", { keys });
  expect(signatures.map(({ selector, code, aligned }) => [selector, code, aligned])).toEqual([
    ["rsa2026", "pass", "strict"],
    ["ed2026", "pass", "strict"],
  ]);
});

test("fields that ZoneMTA adds later do not break the signatures", async () => {
  const { queued } = await (await zoneMta()).receive(pieces(message));
  const added =
    "Received: from a by b\r\nMessage-ID: <1@example.com>\r\nDate: Fri, 27 Nov 2026 10:00:00 +0000\r\n";
  const { signatures } = await verify(`${added}${queued?.toString()}`, { keys });
  expect(signatures.map(({ code }) => code)).toEqual(["pass", "pass"]);
});

test.each([
  [
    "of a domain without a key",
    message.replace("@example.com", "@example.org"),
    /No DKIM key .*example\.org/,
  ],
  ["without From", message.replace(/^From: .*\r\n/, ""), /No DKIM key .*no domain/],
  ["with two From fields", `From: eve@example.com\r\n${message}`, /expected one From field/],
])("a message %s is refused and not queued", async (_, text, reason) => {
  const outcome = await (await zoneMta()).receive(pieces(text));
  expect(outcome).toMatchObject({ responseCode: 550, queued: undefined });
  expect(outcome.reply).toMatch(reason);
  expect(outcome.reply).toMatch(/; the message is not sent unsigned$/);
});

test("a message whose client disconnects is not queued", async () => {
  const outcome = await (await zoneMta()).receive(pieces(message), new Error("ECONNRESET"));
  expect(outcome).toMatchObject({ responseCode: 451, queued: undefined });
});

test("the plugin does not load with a key that cannot be used", async () => {
  const keyFile = writeTestFile(directory, "bad.pem", "no key");
  const config = { domains: { "example.com": [{ selector: "bad", keyFile }] } };
  await expect(new ZoneMta().load(plugin, config)).rejects.toThrow(/key/);
});
