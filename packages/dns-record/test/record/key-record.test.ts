import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type KeyRecord, parseKeyRecord } from "../../src/index.ts";
import { claimsToBeKeyRecord } from "../../src/record/key-record.ts";
import { edRecord, rsaKey, rsaRecord } from "../keys.ts";

function parsed(text: string): KeyRecord {
  const result = parseKeyRecord(text);
  if (!result.ok) throw new Error(`${result.code}: ${result.reason}`);
  return result.record;
}

describe("RFC 6376 3.6.1", () => {
  test("defaults", () => {
    const { publicKey, ...rest } = parsed("p=AQID");
    expect(rest).toEqual({ keyType: "rsa", services: ["*"], flags: [] });
    expect([...publicKey]).toEqual([1, 2, 3]);
  });

  test("every tag", () => {
    expect(
      parsed(
        "v=DKIM1; k=ed25519; h=sha1:sha256; s=email:*; t=y:s; n=a=20=3Bb c; g=joe*; x=1; p=AA==",
      ),
    ).toEqual({
      version: "DKIM1",
      keyType: "ed25519",
      hashes: ["sha1", "sha256"],
      services: ["email", "*"],
      flags: ["y", "s"],
      notes: "a ;b c",
      granularity: "joe*",
      publicKey: Uint8Array.of(0),
    });
  });

  test("white space wherever the ABNF has it", () => {
    expect(
      parsed(" v = DKIM1 ;\r\n\tk = rsa ; h = sha1 : \r\n sha256; p = A A\r\n ==\t; "),
    ).toEqual({
      version: "DKIM1",
      keyType: "rsa",
      hashes: ["sha1", "sha256"],
      services: ["*"],
      flags: [],
      publicKey: Uint8Array.of(0),
    });
  });

  const blanks = ["\n", "\r", "\r\n", "\n\n", "\v", "\f", " \n ", "\t"];
  test.each(blanks)("%j is white space wherever there may be some", (blank) => {
    const text = ["v", "=", "DKIM1", ";", "t", "=", "s", ":", "y", ";", "p", "=", "AQ", "ID", ""];
    const result = parseKeyRecord(blank + text.join(blank));
    expect(result).toMatchObject({
      ok: true,
      record: { version: "DKIM1", flags: ["s", "y"], publicKey: Uint8Array.of(1, 2, 3) },
    });
    const odd = !/^[ \t]*(\r?\n[ \t]+)?$/.test(blank);
    expect(result.ok && result.warnings.map(({ code }) => code)).toEqual(odd ? ["line-break"] : []);
  });

  test.each(['"AQID"', '\\"AQID\\"', 'AQ" "ID', 'AQ"\n"ID', "AQ\\ID", '"AQID'])(
    "quotation marks and backslashes in p= are passed over: %j",
    (key) => {
      const result = parseKeyRecord(`v=DKIM1; p=${key}`);
      expect(result).toMatchObject({ ok: true, record: { publicKey: Uint8Array.of(1, 2, 3) } });
      expect(result.ok && result.warnings.map(({ code }) => code)).toContain("quotes-in-key");
    },
  );

  test("what is unknown is kept, and the record stands", () => {
    expect(parsed("v=DKIM1; k=dsa; h=sha3; s=tlsrpt; t=z; p=AA==")).toMatchObject({
      keyType: "dsa",
      hashes: ["sha3"],
      services: ["tlsrpt"],
      flags: ["z"],
    });
  });

  test("notes that are not quoted-printable stay as they are", () => {
    expect(parsed("n=50=% off; p=").notes).toBe("50=% off");
  });

  test("notes in UTF-8 (RFC 8616)", () => {
    expect(parsed("n=gr=C3=BCn; p=").notes).toBe("grün");
    expect(parsed(`n=${Buffer.from("grün").toString("latin1")}; p=`).notes).toBe("grün");
  });

  test("an empty p= is a revoked key", () => {
    expect(parsed("v=DKIM1; p=").publicKey.length).toBe(0);
    expect(parsed("v=DKIM1; p= ;").publicKey.length).toBe(0);
  });

  test("a key as it is published", () => {
    expect(parsed(rsaRecord).publicKey).toEqual(Uint8Array.from(rsaKey.publicKey.toSpki()));
  });
});

describe("refused", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["nothing", "", "syntax"],
    ["white space", " \t ", "syntax"],
    ["semicolons", ";;;", "syntax"],
    ["no tag list", "v=spf1 -all", "bad-version"],
    ["words", "bogus", "syntax"],
    ["a tag without =", "v=DKIM1; bogus; p=AA==", "syntax"],
    ["a name with a hyphen", "v=DKIM1; a-b=1; p=AA==", "syntax"],
    ["quotes from a zone file", '"v=DKIM1; p=AA=="', "syntax"],
    ["escaped semicolons from a zone file", "v=DKIM1\\; p=AA==", "bad-version"],
    ["a control character", "v=DKIM1; n=\u0000; p=AA==", "syntax"],
    ["p= twice", "v=DKIM1; p=AA==; p=AA==", "duplicate-tag"],
    ["an unknown tag twice", "v=DKIM1; x=1; x=1; p=AA==", "duplicate-tag"],
    ["__proto__ twice", "__proto__=1; __proto__=1; p=AA==", "syntax"],
    ["constructor twice", "constructor=1; constructor=1; p=AA==", "duplicate-tag"],
    ["v= of another version", "v=DKIM2; p=AA==", "bad-version"],
    ["v= in lower case", "v=dkim1; p=AA==", "bad-version"],
    ["v= with a zero", "v=DKIM1.0; p=AA==", "bad-version"],
    ["an empty v=", "v=; p=AA==", "bad-version"],
    ["v= second", "k=rsa; v=DKIM1; p=AA==", "bad-version"],
    ["a missing semicolon", "v=DKIM1 k=rsa; p=AA==", "bad-version"],
    ["no p=", "v=DKIM1; k=rsa", "missing-public-key"],
    ["P= in upper case", "v=DKIM1; P=AA==", "missing-public-key"],
    ["base64 without padding", "v=DKIM1; p=AA", "bad-base64"],
    ["bits that no octet uses", "v=DKIM1; p=AB==", "bad-base64"],
    ["more after the padding", "v=DKIM1; p=AA==AA==", "bad-base64"],
    ["superfluous padding", "v=DKIM1; p=AAAA=", "bad-base64"],
    ["base64url", "v=DKIM1; p=__-_", "bad-base64"],
    ["10,000 tags", `${tags(10_000)}p=AA==`, "too-many-tags"],
    ["1 MB", `v=DKIM1; p=${"A".repeat(1 << 20)}`, "record-too-long"],
  ];
  test.each(cases)("%s", (_, text, code) => {
    expect(parseKeyRecord(text)).toMatchObject({ ok: false, code });
  });

  test("a long value does not make a long reason", () => {
    const result = parseKeyRecord(`v=${"x".repeat(10_000)}; p=`);
    expect(result.ok ? "" : result.reason).toHaveLength("expected v=DKIM1, got v=...".length + 40);
  });
});

describe("tolerated, with a warning", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["a doubled semicolon", "v=DKIM1;; k=rsa; p=AA==", "empty-tag"],
    ["several", "v=DKIM1; ;\t; p=AA== ;;;", "empty-tag"],
    ["a semicolon first", ";v=DKIM1; p=AA==", "empty-tag"],
    ["an empty t=", "v=DKIM1; t=; p=AA==", "empty-list-item"],
    ["an empty hash", "v=DKIM1; h=sha256:; p=AA==", "empty-list-item"],
    ["an empty service", "v=DKIM1; s=:email; p=AA==", "empty-list-item"],
  ];
  test.each(cases)("%s", (_, text, code) => {
    expect(parseKeyRecord(text)).toMatchObject({
      ok: true,
      warnings: [{ level: "warning", code }],
    });
  });

  test("an h= without any hash allows none", () => {
    expect(parsed("v=DKIM1; h=; p=AA==").hashes).toEqual([]);
  });

  test("one semicolon at the end is none of these", () => {
    expect(parseKeyRecord("v=DKIM1; p=AA==;")).toMatchObject({ ok: true, warnings: [] });
  });
});

test("names of object properties are tags like others", () => {
  expect(parsed("v=DKIM1; constructor=1; toString=2; hasOwnProperty=3; p=AA==")).toEqual(
    parsed("v=DKIM1; p=AA=="),
  );
});

describe("what claims to be a key record", () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["v=DKIM1", true],
    ["v=DKIM1; nonsense", true],
    ["p=", true],
    ["k=rsa; p=!!", true],
    ["v=dkim1; p=", false],
    ["v=spf1 -all", false],
    ["V=DKIM1; k=rsa", false],
    ["", false],
    [`v=DKIM1; p=${"A".repeat(1 << 20)}`, true],
  ];
  test.each(cases)("%.40s: %s", (text, claims) => {
    expect(claimsToBeKeyRecord(text)).toBe(claims);
  });
});

describe("any text", () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(
        "v=DKIM1",
        "p=",
        "AAAA",
        ";",
        ";;",
        "=",
        ":",
        " ",
        "\r\n ",
        "\\",
        '"',
        "k=rsa",
        "h=",
      ),
      fc.string({ unit: "binary" }),
    ),
  );
  test("never throws, and says what it cannot read", () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const result = parseKeyRecord(parts.join(""));
        expect(result.ok || result.reason.length > 0).toBe(true);
      }),
    );
  });

  test("white space between tags changes nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(" ", "\t", "\r\n ")), (blanks) => {
        const spaced = edRecord.replaceAll("; ", ` ${blanks.join("")};${blanks.join("")}`);
        expect(parsed(spaced)).toEqual(parsed(edRecord));
      }),
    );
  });
});

function tags(count: number): string {
  return Array.from({ length: count }, (_, index) => `x${index}=;`)
    .join("")
    .slice(0, 16_000);
}
