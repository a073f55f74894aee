import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, staticResolver, zoneFromJson } from "@mailseal/dns-record";
import { createSigner, type SignatureOptions } from "@mailseal/signer";
import { repositoryRoot } from "@mailseal/testkit";
import { verify } from "@mailseal/verifier";
import { describe, expect, test } from "vitest";

const key = generateKey({ type: "ed25519" });
const record = formatKeyRecord(key.publicKey);

/** The cells of each row of the first table of a page in docs/explanations whose header contains `title`. */
function rowsOf(page: string, title: string): readonly (readonly string[])[] {
  const text = readFileSync(join(repositoryRoot, "docs/explanations", page), "utf8");
  const tables = text.split(/\n\n+/).filter((block) => block.startsWith("| "));
  const table = tables.find((block) => block.split("\n")[0]?.includes(title)) ?? "";
  return table
    .split("\n")
    .slice(2)
    .map((row) => row.slice(1, -1).split("|"))
    .map((cells) => cells.map((cell) => cell.trim()));
}

function signed(text: string, options: Partial<SignatureOptions>): string {
  const signer = createSigner({ domain: "example.com", selector: "s", key, ...options });
  return Buffer.from(signer.sign(text).toBytes()).toString();
}

describe("the table of canonicalization.md", () => {
  const message = [
    "From: Ada <ada@example.com>",
    "Subject: A  plan for\tThursday",
    "\tmorning ",
    "",
    "The  boat leaves\tat nine,sharp. ",
    "Zoë",
    "",
  ].join("\r\n");

  /** Each change, in the header and in the body; undefined where the page leaves the cells empty. */
  const changes = new Map<
    string,
    { header?: readonly [string, string]; body?: readonly [string, string] }
  >([
    ["`Subject` becomes `SUBJECT`", { header: ["Subject:", "SUBJECT:"] }],
    [
      "a long line is folded at another place",
      { header: ["for\tThursday\r\n\tmorning", "for\r\n\tThursday\tmorning"] },
    ],
    ["two spaces become one", { header: ["A  plan", "A plan"], body: ["The  boat", "The boat"] }],
    [
      "spaces at the end of a line are removed or added",
      { header: ["morning ", "morning"], body: ["sharp. ", "sharp."] },
    ],
    [
      "empty lines at the end of the message are removed or added",
      { body: ["Zoë\r\n", "Zoë\r\n\r\n\r\n"] },
    ],
    [
      "a tab becomes a space",
      { header: ["for\tThursday", "for Thursday"], body: ["leaves\tat", "leaves at"] },
    ],
    [
      "a space appears where there was none",
      { header: ["<ada@", "< ada@"], body: ["nine,sharp", "nine, sharp"] },
    ],
    ["a letter changes", { header: ["plan", "plum"], body: ["nine", "none"] }],
    ["the text is encoded differently (8-bit to quoted-printable)", { body: ["Zoë", "Zo=C3=AB"] }],
    ["a footer is added", { body: ["Zoë\r\n", "Zoë\r\n-- \r\ncrew\r\n"] }],
  ]);
  const resolver = staticResolver(zoneFromJson({ "s._domainkey.example.com": [record] }));

  /** The word of the page for a message that was changed on its way. */
  async function fate(
    change: readonly [string, string] | undefined,
    canonicalization: NonNullable<SignatureOptions["canonicalization"]>,
  ): Promise<string> {
    if (change === undefined) return "";
    const [before, after] = change;
    const sent = signed(message, { canonicalization });
    const own = sent.indexOf("\r\nFrom: ");
    expect(sent.indexOf(before, own)).toBeGreaterThan(own);
    const received = sent.slice(0, own) + sent.slice(own).replace(before, after);
    const { signatures } = await verify(received, { keys: resolver });
    return signatures[0]?.result === "pass" ? "survives" : "breaks";
  }

  const rows = rowsOf("canonicalization.md", "change on the way");

  test("has a row for each change that is tried", () => {
    expect(rows.map(([change]) => change)).toEqual([...changes.keys()]);
  });

  test.each(rows)("%s", async (name, ...cells) => {
    const { header, body } = changes.get(name ?? "") ?? {};
    expect([
      await fate(header, "simple/simple"),
      await fate(header, "relaxed/simple"),
      await fate(body, "simple/simple"),
      await fate(body, "simple/relaxed"),
    ]).toEqual(cells);
  });
});

describe("the table of alignment.md", () => {
  const rows = rowsOf("alignment.md", "aligned?");

  test("has several rows", () => {
    expect(rows.length).toBeGreaterThan(5);
  });

  test.each(rows)("From %s, d=%s: %s", async (author = "", domain = "", answer = "") => {
    const zone = zoneFromJson({ [`s._domainkey.${domain}`]: [record] });
    const mail = signed(`From: ${author}\r\nSubject: Lunch\r\n\r\nAt noon?\r\n`, { domain });
    const { signatures } = await verify(mail, { keys: staticResolver(zone) });
    const words = { strict: /^yes, strictly/, relaxed: /^relaxed/, none: /^no\b/ } as const;
    expect(signatures[0]?.result).toBe("pass");
    expect(answer).toMatch(words[signatures[0]?.aligned ?? "none"]);
  });
});
