import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { formatKeyRecord, zoneFromJson } from "@mailseal/dns-record";
import { generateKey } from "@mailseal/signer";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { staticResolver, verify } from "@mailseal/verifier";
import { afterAll, beforeAll, expect, test } from "vitest";

const program = fileURLToPath(new URL("../src/send.ts", import.meta.url));
const settings = JSON.parse(readFileSync(new URL("../settings.json", import.meta.url), "utf8")) as {
  readonly keys: readonly { readonly keyFile: string }[];
};
const rsa = generateKey({ type: "rsa" });
const ed = generateKey({ type: "ed25519" });
const keys = staticResolver(
  zoneFromJson({
    "rsa2026._domainkey.example.com": [formatKeyRecord(rsa.publicKey)],
    "ed2026._domainkey.example.com": [formatKeyRecord(ed.publicKey)],
  }),
);

let sink: SmtpSink;
beforeAll(async () => {
  sink = await SmtpSink.start();
});
afterAll(() => sink.close());

/** Runs the program with the settings of the example, but for the server. */
async function send(
  rsaKey: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const directory = temporaryDirectory("test");
  writeTestFile(directory, "keys/example.com/rsa2026.key", rsaKey);
  writeTestFile(directory, "keys/example.com/ed2026.key", ed.toPem());
  const smtp = { host: "127.0.0.1", port: sink.port };
  const file = writeTestFile(directory, "settings.json", JSON.stringify({ ...settings, smtp }));
  const child = spawn(process.execPath, [program, file, "zoe@example.net"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { code: child.exitCode, output: output + errors };
}

test("the message arrives with a signature of each key", async () => {
  expect(await send(rsa.toPem())).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^sent </) as string,
  });
  const { bytes, rcptTo } = await sink.next();
  expect(rcptTo).toEqual(["<zoe@example.net>"]);
  const { signatures } = await verify(bytes, { keys });
  expect(signatures.map(({ selector, code, aligned }) => [selector, code, aligned])).toEqual([
    ["rsa2026", "pass", "strict"],
    ["ed2026", "pass", "strict"],
  ]);
});

test("nothing is sent with a key that cannot be used", async () => {
  const before = sink.connections;
  const { code, output } = await send("no key");
  expect(code).toBe(1);
  expect(output).toContain("KeyError");
  expect(sink.connections).toBe(before);
});
