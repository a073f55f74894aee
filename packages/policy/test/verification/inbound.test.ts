import type { ConfigInput } from "@mailseal/config";
import { formatKeyRecord, keySource } from "@mailseal/dns-record";
import { signMessage } from "@mailseal/signer";
import {
  fieldValue,
  formatFields,
  parseAuthenticationResults,
  splitMessage,
} from "@mailseal/syntax";
import { describe, expect, test } from "vitest";
import type { Processed } from "../../src/index.ts";
import {
  bytesOf,
  dns,
  envelope,
  inbound,
  key,
  mail,
  nowMs,
  open,
  received,
  stored,
} from "../support/mail.ts";

const timestamp = nowMs / 1000;

function signed(text: string, selector = "s1", domain = "example.com"): string {
  return Buffer.from(signMessage(Buffer.from(text), { domain, selector, key, timestamp })).toString(
    "latin1",
  );
}

const good = signed(mail("a@example.com"));
const spoilt = good.replace("noon", "nine");

async function verified(
  verification: ConfigInput["verification"],
  text: string,
): Promise<Processed> {
  const { pipeline } = await open(verification === undefined ? {} : { verification });
  return pipeline.process(stored(text), envelope, inbound);
}

test("the result field follows RFC 8601, with d, s, a, b and the reason", async () => {
  const processed = await verified(undefined, spoilt);
  const field = splitMessage(Buffer.from(formatFields(processed.prepend)));
  const [first] = field.fields;
  if (first === undefined) throw new Error("no field");
  expect(first.name).toBe("Authentication-Results");
  const parsed = parseAuthenticationResults(fieldValue(field, first));
  expect(parsed).toMatchObject({
    ok: true,
    value: {
      authservId: "mx.example.org",
      results: [
        {
          method: "dkim",
          result: "fail",
          reason: expect.stringContaining("body"),
          properties: [
            { type: "header", property: "d", value: "example.com" },
            { type: "header", property: "i", value: "@example.com" },
            { type: "header", property: "s", value: "s1" },
            { type: "header", property: "a", value: "ed25519-sha256" },
            { type: "header", property: "b", value: expect.stringMatching(/^.{8,}$/) },
          ],
        },
      ],
    },
  });
  expect(processed).toMatchObject({
    disposition: { action: "accept" },
    skipped: "not-outbound",
    fromDomain: "example.com",
    signatures: [],
  });
});

describe("actions", () => {
  const texts = {
    pass: good,
    fail: spoilt,
    none: mail("a@example.com"),
    temperror: signed(mail("a@example.com"), "down"),
    permerror: signed(mail("a@example.com"), "absent"),
    testing: signed(mail("a@example.com"), "test"),
  };
  const refusal = (detail: string, text: string) => ({
    action: "reject",
    code: 550,
    enhancedCode: `5.7.${detail}`,
    text,
  });
  const cases: readonly (readonly [ConfigInput["verification"], keyof typeof texts, object])[] = [
    [{ actions: { fail: "reject" } }, "fail", refusal("20", "No passing DKIM signature found")],
    [{ actions: { fail: "reject" } }, "pass", { action: "accept" }],
    [{ actions: { none: "reject" } }, "none", refusal("20", "No passing DKIM signature found")],
    [
      { actions: { permerror: "reject" } },
      "permerror",
      refusal("20", "No passing DKIM signature found"),
    ],
    [
      { actions: { none: "reject" }, trustedSigners: ["other.test"] },
      "pass",
      refusal("21", "No acceptable DKIM signature found"),
    ],
    [
      { actions: { temperror: "defer" } },
      "temperror",
      { action: "defer", code: 451, enhancedCode: "4.7.5", text: expect.any(String) },
    ],
    [
      { actions: { fail: "defer" } },
      "fail",
      {
        action: "defer",
        code: 451,
        enhancedCode: "4.7.20",
        text: "No passing DKIM signature found",
      },
    ],
    [
      { actions: { fail: "quarantine" } },
      "fail",
      { action: "quarantine", reason: expect.stringMatching(/^dkim=fail: /) },
    ],
    [
      { actions: { fail: "reject", policy: "reject", permerror: "reject", pass: "reject" } },
      "testing",
      { action: "accept" },
    ],
  ];
  test.for(cases)("%o on %s", async ([verification, text, disposition]) => {
    expect((await verified(verification, texts[text])).disposition).toEqual(disposition);
  });

  test("a mismatched author", async () => {
    const text = signed(mail("a@elsewhere.test"));
    const processed = await verified({ actions: { none: "reject" }, alignment: "relaxed" }, text);
    expect(processed.disposition).toEqual(
      refusal("22", "No valid author-matched DKIM signature found"),
    );
  });

  test("requiredFields, minimumRsaBits and the rest reach the verifier", async () => {
    const text = Buffer.from(
      signMessage(Buffer.from(mail("a@example.com")), {
        domain: "example.com",
        selector: "s1",
        key,
        timestamp,
        headers: ["From"],
      }),
    ).toString("latin1");
    const { report } = await verified({ requiredFields: ["Subject"] }, text);
    expect(report?.signatures[0]).toMatchObject({
      result: "policy",
      code: "required-field-unsigned",
    });
  });

  test("accept leaves no trace, quarantine a field", async () => {
    expect((await verified({ actions: { pass: "accept" } }, good)).prepend).toEqual([]);
    const { prepend } = await verified({ actions: { fail: "quarantine" } }, spoilt);
    expect(formatFields(prepend)).toMatch(
      /^X-Mailseal-Quarantine: dkim=fail: [^\r\n]+\r\nAuthentication-Results: /,
    );
    expect(formatFields(prepend)).toMatch(/\r\n$/);
  });

  test("verify: false verifies nothing", async () => {
    expect((await verified({ verify: false }, good)).report).toBeUndefined();
  });
});

describe("scopes", () => {
  test("each result's action is of the narrowest scope that names it", async () => {
    const { pipeline } = await open({
      verification: { actions: { fail: "reject" } },
      domains: { "example.com": { verification: { actions: { none: "quarantine" } } } },
    });
    const { disposition } = await pipeline.process(stored(spoilt), envelope, inbound);
    expect(disposition.action).toBe("reject");
  });

  test.for([
    "a@nobody.test, ceo@bank.example",
    "ceo@bank.example, a@nobody.test",
    "a@nobody.test\r\nFrom: ceo@bank.example",
  ])("From %j is under the severest scope of its domains", async (from) => {
    const { pipeline } = await open({
      domains: {
        "bank.example": { verification: { actions: { none: "reject" }, alignment: "strict" } },
        "nobody.test": { verification: { verify: false } },
      },
    });
    const { disposition } = await pipeline.process(stored(mail(from)), envelope, inbound);
    expect(disposition.action).toBe("reject");
  });
});

describe("fields that only we may add", () => {
  const forged = [
    "Authentication-Results: mx.example.org; dkim=pass header.d=bank.example",
    "AUTHENTICATION-RESULTS : (x) MX.Example.ORG 1;\r\n dkim=pass",
    "Authentication-Results: mx.example.org",
    "X-Mailseal-Quarantine: no",
  ];
  const others = ["Authentication-Results: mx.other.test; dkim=pass header.d=x.test"];

  test.for([{}, { verify: false }])(
    "is removed, and nothing else, with %o",
    async (verification) => {
      const text = mail("a@example.com", [others[0] ?? "", ...forged]);
      const message = stored(text, 50);
      const { pipeline } = await open({ verification });
      const processed = await pipeline.process(message, envelope, inbound);
      expect(processed.remove.map(({ name, occurrence }) => [name, occurrence])).toEqual([
        ["Authentication-Results", 2],
        ["AUTHENTICATION-RESULTS", 3],
        ["Authentication-Results", 4],
        ["X-Mailseal-Quarantine", 1],
      ]);
      const out = (await bytesOf(message, processed)).toString("latin1");
      expect(out).toBe(formatFields(processed.prepend) + mail("a@example.com", others));
    },
  );

  test.for([
    ["signed", { signing: { selector: "s1", keyText: key.toPem() } }],
    ["unsigned", { signing: { sign: false } }],
  ] as const)("is removed from what goes out %s, if it is a result", async ([outcome, config]) => {
    const message = stored(mail("a@example.com", [others[0] ?? "", ...forged]));
    const { pipeline } = await open(config);
    const outbound = { ...inbound, direction: "outbound" as const };
    const processed = await pipeline.process(message, envelope, outbound);
    const out = (await bytesOf(message, processed)).toString("latin1");
    expect(out).toBe(
      formatFields(processed.prepend) +
        mail("a@example.com", [...others, "X-Mailseal-Quarantine: no"]),
    );
    const { signatures } = await received(message, processed);
    expect(signatures.map(({ result }) => result)).toEqual(outcome === "signed" ? ["pass"] : []);
  });

  test.for([
    [{ authservId: "ours.test", hostname: "host.test" }, "ours.test"],
    [{ hostname: "host.test" }, "host.test"],
    [{}, "mx.example.org"],
  ] as const)("with %o our name is %s", async ([config, name]) => {
    const { pipeline } = await open(config);
    const { prepend } = await pipeline.process(stored(good), envelope, inbound);
    expect(formatFields(prepend)).toMatch(
      new RegExp(`^Authentication-Results: ${name.replaceAll(".", "\\.")};`),
    );
  });
});

test("keys come from DNS, cached, and a resolver that rejects is a temperror", async () => {
  let asked = 0;
  const records = dns({ "s1._domainkey.example.com": formatKeyRecord(key.publicKey) });
  const counting = keySource({
    resolveTxt: (name) => {
      asked++;
      return records.resolveTxt(name);
    },
  });
  const { pipeline } = await open({}, { dnsKeys: counting });
  await pipeline.process(stored(good), envelope, inbound);
  await pipeline.process(stored(good), envelope, inbound);
  expect(asked).toBe(1);
  const failing = keySource({ resolveTxt: () => Promise.reject(new Error("no network")) });
  const { pipeline: offline } = await open({}, { dnsKeys: failing });
  const { report } = await offline.process(stored(good), envelope, inbound);
  expect(report?.signatures[0]?.result).toBe("temperror");
});
