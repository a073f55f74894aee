import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey, type PrivateKey } from "@mailseal/crypto";
import {
  formatKeyRecord,
  staticResolver,
  type TxtResolver,
  zoneFromJson,
} from "@mailseal/dns-record";
import { createSigner, type SignatureOptions } from "@mailseal/signer";
import { corpusPath, worstCases } from "@mailseal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explain, type Explanation, type ExplainOptions } from "../src/explain.ts";

const rsa = generateKey({ type: "rsa" });
const ed25519 = generateKey({ type: "ed25519" });
const other = generateKey({ type: "rsa" });
const now = 1_800_000_000;
const body = "Hello,\r\n\r\nhere is the plan.\r\nAda\r\n";
const header =
  "From: Ada <ada@example.com>\r\nTo: Bob <bob@example.net>\r\nSubject: The plan\r\nDate: Tue, 24 Nov 2026 09:30:00 +0000\r\nMessage-ID: <1@example.com>\r\n";

function zone(records: Parameters<typeof zoneFromJson>[0]): TxtResolver {
  return staticResolver(zoneFromJson(records));
}

const published = zone({
  "r._domainkey.example.com": [formatKeyRecord(rsa.publicKey)],
  "e._domainkey.example.com": [formatKeyRecord(ed25519.publicKey)],
});

function signed(
  options: Partial<SignatureOptions> = {},
  text: string = header + "\r\n" + body,
): string {
  const signer = createSigner({
    domain: "example.com",
    selector: "r",
    key: rsa,
    timestamp: now - 100,
    ...options,
  });
  return Buffer.from(signer.sign(Buffer.from(text, "latin1")).toBytes()).toString("latin1");
}

async function explained(
  text: string,
  options: Partial<ExplainOptions> = {},
): Promise<Explanation> {
  return explain(Buffer.from(text, "latin1"), { keys: published, now, ...options });
}

async function codesOf(
  text: string,
  options: Partial<ExplainOptions> = {},
): Promise<readonly string[]> {
  const { signatures } = await explained(text, options);
  return signatures.flatMap(({ causes }) =>
    causes.map(({ code, field }) => (field === undefined ? code : `${code} ${field}`)),
  );
}

describe("the key", () => {
  const record = (key: PrivateKey): string => formatKeyRecord(key.publicKey);
  test.each<[string, TxtResolver, readonly string[]]>([
    ["no record", zone({}), ["no-key"]],
    [
      "another record at the name",
      zone({ "r._domainkey.example.com": ["v=spf1 -all"] }),
      ["key-malformed"],
    ],
    ["revoked", zone({ "r._domainkey.example.com": ["v=DKIM1; p="] }), ["key-revoked"]],
    ["malformed", zone({ "r._domainkey.example.com": ["v=DKIM1; p=!!"] }), ["key-malformed"]],
    ["SERVFAIL", zone({ "r._domainkey.example.com": { error: "servfail" } }), ["dns-failure"]],
    ["silence", zone({ "r._domainkey.example.com": { error: "timeout" } }), ["dns-failure"]],
    ["another key", zone({ "r._domainkey.example.com": [record(other)] }), ["wrong-key"]],
    [
      "a key of another type",
      zone({ "r._domainkey.example.com": [record(ed25519)] }),
      ["wrong-key"],
    ],
    [
      "the right key at another selector, none at this",
      zone({ "s1._domainkey.example.com": [record(rsa)] }),
      ["wrong-key", "no-key"],
    ],
  ])("%s", async (_, keys, codes) => {
    expect(await codesOf(signed(), { keys })).toEqual(codes);
  });

  test("the selector next to it has the key: rotation", async () => {
    const keys = zone({
      "mail2025._domainkey.example.com": [record(rsa)],
      "mail2026._domainkey.example.com": [record(other)],
    });
    const { signatures } = await explained(signed({ selector: "mail2026" }), { keys });
    expect(signatures[0]?.causes).toEqual([
      expect.objectContaining({
        code: "wrong-key",
        detail: expect.stringContaining("mail2025") as string,
      }),
    ]);
  });

  test("a malformed record comes with the lint's advice", async () => {
    const keys = zone({ "r._domainkey.example.com": ["v=DKIM1; k=rsa; p=MIIB; p=MIIB"] });
    const { signatures } = await explained(signed(), { keys });
    expect(signatures[0]?.causes[0]?.detail).toMatch(/twice.*;/);
  });

  test("an altered body is explained without a key as well", async () => {
    expect(await codesOf(`${signed()}footer\r\n`, { keys: zone({}) })).toEqual([
      "body-appended",
      "no-key",
    ]);
  });
});

describe("time and policy", () => {
  test.each<[string, Partial<SignatureOptions>, Partial<ExplainOptions>, readonly string[]]>([
    ["passes", {}, {}, []],
    ["expired", { expireAfterSeconds: 10 }, { now: now + 10_000 }, ["expired"]],
    ["from the future", { timestamp: now + 10_000 }, {}, ["policy"]],
    [
      "a field that must be signed",
      { skip: ["subject"] },
      { requiredFields: ["subject"] },
      ["policy"],
    ],
  ])("%s", async (_, options, verifying, codes) => {
    expect(await codesOf(signed(options), verifying)).toEqual(codes);
  });

  test("a second field beside the signed one", async () => {
    const once = { headers: ["From", "To", "Subject"] };
    const text = `${signed(once)}`.replace(
      "Subject: The plan\r\n",
      "Subject: The plan\r\nTo: x@example.org\r\n",
    );
    const above = text
      .replace("From: Ada", "Subject: Another\r\nFrom: Ada")
      .replace("To: x@example.org\r\n", "");
    expect(await codesOf(above)).toEqual(["field-added subject", "policy"]);
  });

  test("text behind l=, where it can replace what is shown", async () => {
    const html = header + "Content-Type: text/html\r\n\r\n<p>hi</p>\r\n";
    const text = `${signed({ bodyLength: true, headers: ["From", "To"] }, html)}<h1>other</h1>\r\n`;
    expect(await codesOf(text)).toEqual(["body-appended", "policy"]);
  });

  test("a body shorter than l=", async () => {
    const text = signed({ bodyLength: true }).replace("here is the plan.\r\nAda\r\n", "");
    expect(await codesOf(text)).toEqual(["body-truncated"]);
  });

  test("a signature that cannot be read", async () => {
    expect(await codesOf(signed().replace(" a=rsa-sha256;", ""))).toEqual([
      "not-determined dkim-signature",
    ]);
  });
});

describe("canonicalization", () => {
  test("c= was altered", async () => {
    for (const [from, to] of [
      ["relaxed/relaxed", "simple/simple"],
      ["simple/simple", "relaxed/relaxed"],
      ["relaxed/simple", "relaxed/relaxed"],
    ] as const) {
      const text = signed({ canonicalization: from }, `${header}\r\na  b \r\n`).replace(
        `c=${from}`,
        `c=${to}`,
      );
      expect(await codesOf(text)).toEqual(["wrong-canonicalization dkim-signature"]);
    }
  });
});

describe("two at once", () => {
  test("a tag in the Subject and a footer, signed with two keys", async () => {
    const signer = createSigner([
      { domain: "example.com", selector: "r", key: rsa },
      { domain: "example.com", selector: "e", key: ed25519 },
    ]);
    const text = Buffer.from(signer.sign(Buffer.from(header + "\r\n" + body)).toBytes()).toString();
    const altered = `${text.replace("Subject: ", "Subject: [list] ")}-- \r\nfooter\r\n`;
    const { signatures } = await explained(altered, { now: Math.floor(Date.now() / 1000) });
    for (const { causes } of signatures) {
      expect(causes).toEqual([
        expect.objectContaining({
          code: "body-appended",
          changes: [{ received: "-- \r\nfooter\r\n" }],
        }),
        expect.objectContaining({
          code: "field-edited",
          field: "subject",
          changes: [{ received: "Subject: [list] The plan\r\n", signed: "Subject: The plan\r\n" }],
        }),
      ]);
    }
    expect(signatures).toHaveLength(2);
  });

  test("with z= the exact values", async () => {
    const text = signed({ copyHeaders: true }).replace(
      "Subject: The plan",
      "Subject: Something else entirely",
    );
    const { signatures } = await explained(text);
    expect(signatures[0]?.causes).toEqual([
      expect.objectContaining({
        code: "field-edited",
        field: "subject",
        changes: [
          { received: "Subject: Something else entirely\r\n", signed: "Subject: The plan\r\n" },
        ],
      }),
    ]);
  });
});

describe("bounds", () => {
  test("hypotheses", async () => {
    const text = signed().replace("The plan", "Something else entirely").replace("plan.", "ship.");
    const explanation = await explained(text, { maxHypotheses: 50 });
    expect(explanation.hypotheses).toBeLessThanOrEqual(50);
    expect(explanation.bounded).toBe(true);
    expect(explanation.signatures[0]?.causes.map(({ code }) => code)).toEqual([
      "not-determined",
      "not-determined",
    ]);
    expect(explanation.signatures[0]?.causes[0]?.evidence).toContain("the bound was reached");
  });

  test("time: work stops when the clock passes the end", async () => {
    let time = 0;
    const text = signed().replace("plan.", "ship.");
    const explanation = await explained(text, { maxMilliseconds: 100, clock: () => time++ });
    expect(explanation.bounded).toBe(true);
    expect(time).toBeLessThan(400);
  });

  test.each(worstCases.map(({ name, build }) => [name, build] as const))("%s", async (_, build) => {
    const message = build(1 << 16);
    const explanation = await explain(message, { keys: published, now, maxHypotheses: 500 });
    expect(explanation.hypotheses).toBeLessThanOrEqual(500);
  });

  test("any bytes behind a signature (property)", async () => {
    const text = signed();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length),
        fc.nat(400),
        fc.string({ unit: "binary-ascii", maxLength: 200 }),
        async (at, removed, added) => {
          const altered = text.slice(0, at) + added + text.slice(at + removed);
          const explanation = await explained(altered, { maxHypotheses: 300 });
          expect(explanation.hypotheses).toBeLessThanOrEqual(300);
          for (const { result, causes } of explanation.signatures) {
            expect(causes.length > 0).toBe(result !== "pass");
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test.skipIf(corpusPath() === undefined)(
    "every message of the corpus",
    { timeout: 120_000 },
    async () => {
      const root = corpusPath() ?? "";
      const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter(
        (entry) => entry.isFile() && /\.(?:eml|msg|txt)$/.test(entry.name),
      );
      expect(files.length).toBeGreaterThan(10);
      for (const { parentPath, name } of files) {
        const explanation = await explain(readFileSync(join(parentPath, name)), {
          keys: published,
          now,
          maxHypotheses: 200,
        });
        expect(explanation.hypotheses).toBeLessThanOrEqual(200);
      }
    },
  );
});
