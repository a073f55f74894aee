import { type ConfigInput, signingDefaults } from "@mailseal/config";
import { splitMessage, formatFields } from "@mailseal/syntax";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesPattern, SigningTables } from "../../src/signing/signing-table.ts";
import { context, envelope, key, mail, open, received, signedAs, stored } from "../support/mail.ts";

const keyText = key.toPem();
const row = (from: string, selector: string, domain?: string) => ({
  from,
  selector,
  keyText,
  ...(domain === undefined ? {} : { domain }),
});

async function signed(config: ConfigInput, from: string): Promise<string> {
  const { pipeline } = await open(config);
  const processed = await pipeline.process(stored(mail(from)), envelope, context());
  return signedAs(processed).join(" ") || `unsigned: ${processed.skipped}`;
}

describe("signing.table (OpenDKIM's SigningTable)", () => {
  const rows = [
    row("*@*", "wild", "example.com"),
    row("*@sub.example.com", "sub"),
    row("ada@example.com", "ada"),
  ];
  const cases: readonly (readonly [string, ConfigInput, string, string])[] = [
    [
      "the first row that matches signs, even if a later one is more specific",
      { signing: { table: { rows } } },
      "joe@sub.example.com",
      "wild/example.com",
    ],
    [
      "match: all makes a signature for each row that matches, in their order",
      { signing: { table: { match: "all", rows } } },
      "Ada <ADA@Example.com>",
      "wild/example.com ada/example.com",
    ],
    [
      "mail that no row matches is not signed",
      { signing: { selector: "other", keyText, table: { rows: rows.slice(1) } } },
      "joe@example.com",
      "unsigned: sign-off",
    ],
    [
      "a row without a domain signs as the From domain",
      { signing: { table: { rows: [row("*@*.example.com", "s")] } } },
      "joe@a.b.example.com",
      "s/a.b.example.com",
    ],
    [
      "authors of two domains match no row",
      { signing: { table: { rows: [row("*", "any", "example.com")] } } },
      "a@example.com, b@example.net",
      "unsigned: sign-off",
    ],
    [
      "a domain's scope can still turn signing off",
      {
        signing: { table: { rows } },
        domains: { "example.net": { signing: { sign: false } } },
      },
      "joe@example.net",
      "unsigned: sign-off",
    ],
  ];
  test.each(cases)("%s", async (_, config, from, expected) => {
    expect(await signed(config, from)).toBe(expected);
  });

  test("a signature of a row verifies, with the scope's own options and h= in the message's order", async () => {
    const { pipeline } = await open({
      signing: {
        headers: ["Subject+", "From+"],
        oversign: ["From"],
        fieldOrder: "message",
        table: { rows: [row("*@example.com", "s1")] },
      },
    });
    const message = stored(mail("ada@example.com"));
    const processed = await pipeline.process(message, envelope, context());
    expect(formatFields(processed.prepend).replaceAll(/\s/g, "")).toContain(
      ";h=From:Subject:From;",
    );
    const { signatures } = await received(message, processed);
    expect(signatures.map(({ result }) => result)).toEqual(["pass"]);
  });
});

test("a table is read once, however many From domains have settings of their own", () => {
  let reads = 0;
  const rows = [{ from: "*@*", selector: "s1", keyText }];
  const table = {
    match: "first" as const,
    get rows() {
      reads++;
      return rows;
    },
  };
  const tables = new SigningTables();
  const message = splitMessage(Buffer.from("From: ada@example.com\r\n\r\n"));
  const first = { ...signingDefaults, table };
  expect(tables.settingsFor(first, message)).toBe(tables.settingsFor(first, message));
  const perDomain = reads;
  for (let domain = 0; domain < 10; domain++) {
    expect(tables.settingsFor({ ...first }, message).signatures).toHaveLength(1);
  }
  // The row itself is looked up for each; the index and the match are those of the first.
  expect(reads - perDomain).toBe(10);
});

test("a pattern matches as its regular expression does (property)", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "@", "."), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "@", ".", "*"), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (glob, address) => {
      const expression = new RegExp(`^${glob.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
      expect(matchesPattern(glob, address)).toBe(expression.test(address));
    }),
  );
});

test("the rows of an address are those whose patterns match, in their order (property)", async () => {
  const pattern = fc.constantFrom(
    "*",
    "*@*",
    "*@a.example",
    "*@*.example",
    "x@a.example",
    "x@*",
    "*@b.example",
  );
  const address = fc.constantFrom("x@a.example", "y@a.example", "x@b.example", "z@c.test");
  await fc.assert(
    fc.asyncProperty(
      fc.array(pattern, { minLength: 1, maxLength: 6 }),
      fc.constantFrom("first" as const, "all" as const),
      address,
      async (patterns, match, from) => {
        const rows = patterns.map((each, index) => row(each, `s${index}`, "example.com"));
        const matching = patterns.flatMap((each, index) =>
          matchesPattern(each, from) ? [`s${index}/example.com`] : [],
        );
        const expected = match === "first" ? matching.slice(0, 1) : matching;
        const made = await signed({ signing: { table: { match, rows } } }, from);
        expect(made).toBe(expected.join(" ") || "unsigned: sign-off");
      },
    ),
    { numRuns: 60 },
  );
});
