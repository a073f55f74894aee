import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "@mailseal/dns-record";
import { createSigner, SigningError } from "@mailseal/signer";
import { codeBlocks, repositoryRoot, runExample } from "@mailseal/testkit";
import { type DnsServer, startDnsServer } from "@mailseal/testkit/dns-server";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { keySource, nodeResolver, verify } from "@mailseal/verifier";
import { DKIMSign } from "dkim-signer";
import { DkimSignStream } from "mailauth/lib/dkim/sign.js";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const workingDirectory = temporaryDirectory("file");
const keyNames = {
  rsa: "rsa._domainkey.example.com",
  ed: "ed._domainkey.example.com",
  other: "other._domainkey.example.net",
};
const message = [
  "From: Ada <ada@example.com>",
  "To: zoe@example.net",
  "Subject: Lunch",
  "Date: Fri, 27 Nov 2026 10:00:00 +0000",
  "Message-ID: <1@example.com>",
  "",
  "At noon?",
  "",
].join("\r\n");

let dns: DnsServer;
const preload = join(workingDirectory, "system-dns.cjs");

beforeAll(async () => {
  dns = await startDnsServer({});
  for (const [selector, name] of Object.entries(keyNames)) {
    const key = generateKey({ type: selector === "ed" ? "ed25519" : "rsa" });
    dns.script(name, { txt: [formatKeyRecord(key.publicKey)] });
    writeFileSync(join(workingDirectory, `${selector}.pem`), key.toPem());
  }
  const key = readFileSync(join(workingDirectory, "rsa.pem"));
  const signer = createSigner({ domain: "example.com", selector: "rsa", key });
  writeFileSync(join(workingDirectory, "message.eml"), message);
  writeFileSync(join(workingDirectory, "received.eml"), signer.sign(message).toBytes());
  // The blocks ask the DNS server of the system: for them, it is this one.
  writeFileSync(
    preload,
    `const dns = require("node:dns");
    const servers = ["${dns.address}"];
    dns.setServers(servers);
    dns.promises.setServers(servers);
    const { Resolver } = dns.promises;
    dns.promises.Resolver = class extends Resolver {
      constructor(options) { super(options); this.setServers(servers); }
    };
    require("node:module").syncBuiltinESMExports();`,
  );
});
afterAll(() => dns.close());

/** The signatures of a message that a block has printed. */
async function signaturesOf(printed: string): Promise<readonly string[]> {
  const keys = keySource(nodeResolver({ servers: [dns.address] }));
  const { signatures } = await verify(printed, { keys });
  return signatures.map(({ selector, code }) => `${selector} ${code}`);
}

/**
 * What a block shows: the text of its comments "prints:", or, without these, the signatures of the message that it
 * prints.
 */
async function shown(block: string): Promise<readonly string[]> {
  const { stdout } = await runExample(block, { packageDir, workingDirectory, preload });
  const promised = [...block.matchAll(/\/\/ prints: (.*)$/gm)].map(([, text]) => text);
  if (promised.length === 0) return signaturesOf(stdout);
  expect(stdout.trim().split("\n")).toEqual(promised);
  return ["what it promises"];
}

describe.each([
  [
    "from-mailauth.md",
    "mailauth",
    {
      "Sign a message": ["rsa pass"],
      "Sign with several keys": ["rsa pass", "ed pass"],
      "Sign a stream": ["rsa pass"],
      Verify: ["what it promises"],
      "Look up keys your own way": ["what it promises"],
      "A key that cannot be used": ["what it promises"],
    },
  ],
  [
    "from-nodemailer.md",
    "nodemailer",
    {
      "Sign everything that a transport sends": ["rsa pass"],
      "Several keys, chosen fields, large messages": ["rsa pass", "other pass"],
      "A key for each message": ["other pass"],
      "The class, without a transport": ["rsa pass"],
      "A key that cannot be used": ["what it promises"],
    },
  ],
  [
    "from-dkim-signer.md",
    "dkim-signer",
    {
      "Sign a message": ["rsa pass"],
      "Choose the fields": ["rsa pass"],
      "The field alone": ["what it promises"],
    },
  ],
])("docs/guides/%s", (file, library, sections) => {
  const guide = readFileSync(join(repositoryRoot, "docs", "guides", file), "utf8");
  const written = guide
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section] as const);

  test("has these replacements, each with the code before and after", () => {
    expect(written.map(([title]) => title)).toEqual(Object.keys(sections));
    expect(codeBlocks(guide, "js")).toHaveLength(2 * written.length);
  });

  test.each(written)("%s", { timeout: 60_000 }, async (title, section) => {
    const [before = "", after = "", ...others] = codeBlocks(section, "js");
    expect(others).toEqual([]);
    expect(before).toContain(`// before: ${library}\n`);
    expect(after).toContain("// after: Mailseal\n");
    const expected = new Map(Object.entries(sections)).get(title);
    expect(await shown(before)).toEqual(expected);
    expect(await shown(after)).toEqual(expected);
  });
});

describe("what the guides say about differences", () => {
  const pem = (): Buffer => readFileSync(join(workingDirectory, "rsa.pem"));
  const ours = (text: string): string => {
    const signer = createSigner({ domain: "example.com", selector: "rsa", key: pem() });
    return Buffer.from(signer.sign(text).toBytes()).toString();
  };

  test("mailauth's stream passes a message on unsigned if its key cannot be used", async () => {
    const stream = new DkimSignStream({
      signatureData: [{ signingDomain: "example.com", selector: "rsa", privateKey: "no key" }],
    } as unknown as ConstructorParameters<typeof DkimSignStream>[0]);
    stream.end(message);
    expect((await buffer(stream)).toString()).toBe(message);
  });

  test("mailauth reports unsigned mail as one result none, and an altered body as neutral", async () => {
    const resolver = async (): Promise<string[][]> => {
      const answer = await nodeResolver({ servers: [dns.address] }).resolveTxt(keyNames.rsa);
      return answer.status === "found" ? [[...answer.records]] : [];
    };
    const resultsOf = async (text: string): Promise<readonly string[]> =>
      (await dkimVerify(text, { resolver })).results.map(({ status }) => status.result);
    const altered = ours(message).replace("noon", "nine");
    expect(await resultsOf(message)).toEqual(["none"]);
    expect(await resultsOf(altered)).toEqual(["neutral"]);
    expect(await signaturesOf(message)).toEqual([]);
    expect(await signaturesOf(altered)).toEqual(["rsa body-hash-mismatch"]);
  });

  test.each([
    ["a no-break space", message.replace("At noon", "At\u{a0} noon"), "rsa body-hash-mismatch"],
    ["an empty body", message.replace("At noon?\r\n", ""), "rsa body-hash-mismatch"],
  ])("dkim-signer's signature of %s does not verify, and ours does", async (_, text, code) => {
    const options = { domainName: "example.com", keySelector: "rsa", privateKey: pem() };
    expect(await signaturesOf(`${DKIMSign(text, options)}\r\n${text}`)).toEqual([code]);
    expect(await signaturesOf(ours(text))).toEqual(["rsa pass"]);
  });

  test("dkim-signer signs a message without From, and we refuse it", async () => {
    const text = message.replace(/^From: .*\r\n/, "");
    const options = { domainName: "example.com", keySelector: "rsa", privateKey: pem() };
    expect(await signaturesOf(`${DKIMSign(text, options)}\r\n${text}`)).not.toEqual(["rsa pass"]);
    expect(() => ours(text)).toThrow(SigningError);
  });
});
