import { MailsealError } from "@mailseal/errors";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSignature } from "../../src/signature/parse-signature.ts";
import {
  type SignatureFieldTags,
  foldSignatureValue,
  formatSignatureField,
} from "../../src/signature/signature-format.ts";
import { encodeBase64 } from "../../src/text/base64.ts";
import type { FoldOptions } from "../../src/text/field-writer.ts";

/** The field as the signer completes it. */
function completed(tags: SignatureFieldTags, signature: Uint8Array, options?: FoldOptions): string {
  const field = formatSignatureField(tags, options);
  const column = field.length - (field.lastIndexOf("\n") + 1);
  return field + foldSignatureValue(encodeBase64(signature), column, options);
}

const read = (field: string) => parseSignature(field.slice("DKIM-Signature:".length));

const label = fc
  .stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/)
  .filter((text) => !text.includes("--"));
const selector = fc.array(label, { minLength: 1, maxLength: 3 }).map((all) => all.join("."));
const domain = selector.map((labels) => `${labels}.example`);
const fieldName = fc.stringMatching(/^[!-9<-{}~]{1,40}$/);
const latin1 = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)) });
const localPart = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{0,80}$/),
  fc.stringMatching(/^[a-zà-ÿЀ-ӿ]{0,30}$/),
  fc.stringMatching(/^"(?:[ -!#-[\]-~]|\\[ -~]){0,20}"$/),
);
const canonicalization = fc.constantFrom("simple" as const, "relaxed" as const);
const time = fc.nat().map((timestamp) => ({ timestamp, expiration: timestamp + 60 }));

const plainTags = fc.record(
  {
    domain,
    selector,
    algorithm: fc.constantFrom("rsa-sha256", "ed25519-sha256"),
    headerCanonicalization: canonicalization,
    bodyCanonicalization: canonicalization,
    signedFields: fc.array(fieldName, { maxLength: 30 }).map((names) => names.concat("From")),
    bodyHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    bodyLength: fc.maxSafeNat(),
    copiedFields: fc.array(fc.record({ name: fieldName, value: latin1 }), {
      minLength: 1,
      maxLength: 5,
    }),
    queryMethods: fc.constant(["dns/txt", "x-other"]),
    extraTags: fc.stringMatching(/^[!-:<-~]{0,90}$/).map((value) => [["r", value] as const]),
  },
  {
    requiredKeys: [
      "domain",
      "selector",
      "algorithm",
      "headerCanonicalization",
      "bodyCanonicalization",
      "signedFields",
      "bodyHash",
    ],
  },
);
const tags = fc
  .tuple(
    plainTags,
    fc.oneof(time, fc.constant({})),
    fc.option(fc.tuple(localPart, fc.option(label, { nil: undefined })), { nil: undefined }),
  )
  .map(([plain, times, who]): SignatureFieldTags => {
    const [local, sub] = who ?? [];
    const under = sub === undefined ? plain.domain : `${sub}.${plain.domain}`;
    const identity = local === undefined ? {} : { identity: `${local}@${under}` };
    return Object.assign({}, plain, times, identity);
  });
const signature = fc.uint8Array({ minLength: 1, maxLength: 300 });
const options = fc.record({
  width: fc.oneof(fc.integer({ min: 40, max: 998 }), fc.constant(76)),
  lineEnding: fc.constantFrom("\r\n" as const, "\n" as const),
});

test("a formatted signature parses to the same values, whatever the folding", () => {
  fc.assert(
    fc.property(tags, signature, options, (given, b, fold) => {
      const { extraTags, signedFields, identity = `@${given.domain}`, ...same } = given;
      const parsed = read(completed(given, b, fold));
      expect(parsed).toMatchObject({
        ok: true,
        signature: { ...same, signedFieldNames: signedFields, identity, signature: b },
      });
      const extra = parsed.ok && parsed.signature.tags.get("r")?.value;
      expect(extra).toBe(extraTags?.[0]?.[1]);
    }),
  );
});

test("lines are as long as asked for, but for tokens that cannot break", () => {
  fc.assert(
    fc.property(tags, signature, options, (given, b, fold) => {
      for (const line of completed(given, b, fold).split(fold.lineEnding)) {
        expect(line).toMatch(/^ ?[!-~](?:[ -~]*[!-~])?$/);
        // Longer only where one token stands alone on its line, with its separator. A colon in i= separates nothing.
        const text = line.trim().replace(/^i=\S+$/, "");
        const limit = /; |[:|]./.test(text) ? fold.width : 998;
        expect(line.length).toBeLessThanOrEqual(limit);
      }
    }),
  );
});

/** The signed fields as they come back, or why the field could not be made. */
function outcome(given: SignatureFieldTags): string {
  let field: string;
  try {
    field = completed(given, new Uint8Array(9));
  } catch (error) {
    return error instanceof MailsealError ? error.code : String(error);
  }
  const parsed = read(field);
  return parsed.ok ? JSON.stringify(parsed.signature.signedFieldNames) : parsed.reason;
}

test("any values at all are either refused or come back", () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), domain);
  const anything = fc.record(
    {
      domain: fc.oneof(domain, text),
      selector: fc.oneof(selector, text),
      identity: fc.oneof(
        domain.map((name) => `@${name}`),
        text,
      ),
      signedFields: fc.array(fc.oneof(fieldName, text)).map((names) => names.concat("from")),
      extraTags: fc.array(fc.tuple(fc.oneof(fc.constant("r"), text), text), { maxLength: 2 }),
      timestamp: fc.oneof(fc.nat(), fc.double()),
      copiedFields: fc.array(fc.record({ name: text, value: text }), { minLength: 1 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(anything, (given) => {
      const mixed: SignatureFieldTags = {
        algorithm: "rsa-sha256",
        domain: "example.com",
        selector: "sel",
        headerCanonicalization: "relaxed",
        bodyCanonicalization: "simple",
        signedFields: ["From"],
        bodyHash: new Uint8Array(32),
        ...given,
      };
      expect(["invalid-option", JSON.stringify(mixed.signedFields)]).toContain(outcome(mixed));
    }),
    { numRuns: 500 },
  );
});
