import { execFileSync, spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { authservIdClaim } from "../../src/authentication-results/authserv-id-claim.ts";

const isOurs = authservIdClaim("mx.example.org");
const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
const q = (text: string, charset = "utf-8"): string => `=?${charset}?q?${text}?=`;
const b = (bytes: Uint8Array | string, charset = "utf-8"): string =>
  `=?${charset}?b?${Buffer.from(bytes as string).toString("base64")}?=`;

describe("a value that some reader takes for ours", () => {
  test.each([
    q("mx.example.org"),
    q("mx.example.org;_dkim=3Dpass"),
    b("mx.example.org"),
    b("mx.example.org; dkim=pass"),
    `${q("mx.")} ${q("example.org")}`,
    `mx.${q("example")}.org`,
    `mx.example.or${q("g")}`,
    q("+AG0-x.example.org", "utf-7"),
    b(Buffer.from("mx.example.org", "utf16le"), "utf-16le"),
    `(${q("x")}) ${q("mx.example.org")}`,
    `(a;${q("=29")} mx.example.org`,
    `"${q("mx.example.org")}"`,
    "\u00a0mx.example.org",
    "mx.example.org\u00a0",
    "\u3000\u2028\u00a0 mx.example.org",
    "\u200bmx.exam\u00adple.org",
    "\ufeffmx.example.org",
    "\u202emx.example.org",
    "\u000bmx.example.org",
    "\u0085mx.example.org",
    "m\u0000x.example.org",
    "ｍｘ．example。org",
    "mx.example.org..",
    "MX.EXAMPLE.ORG.",
    "mx.example.org|v1",
    "mx .\r\n example . org",
    "mx.exam\r\n ple.org",
    "mx(a).(b)example.org",
    'mx.ex"ample".org',
    "mx%2eexample.org",
    "; \r mx.other\rAuthentication-Results: mx.example.org",
    "mx.other\u2028Authentication-Results : mx.example.org",
    "!! who mx.example.org",
  ])("%j", (id) => {
    expect(isOurs(latin1(` ${id}; dkim=pass`))).toBe(true);
    expect(isOurs(latin1(`\r\n\t${id};\r\n dkim=pass header.d=bank.example`))).toBe(true);
  });

  test.each(["mx.example.org\u00ff", "\u00a0mx.example.org", "mx.exam\u0080ple.org"])(
    "octets that are no UTF-8: %j",
    (value) => expect(isOurs(`${value}; dkim=pass`)).toBe(true),
  );
});

describe("a value of others", () => {
  test.each([
    "mx.other; dkim=pass",
    `mx.other (${q("caf=C3=A9")}); dkim=pass`,
    `mx.other; dkim=pass (${q("mx.example.org")})`,
    `mx.other; dkim=pass reason="${q("mx.example.org")}"`,
    "mx.other (at mx.example.org); dkim=pass header.d=mx.example.org",
    "mx.other 1; spf=pass smtp.helo=mx.example.org",
    "b\u00fccher.example; dkim=pass",
    "mx.example.org.evil.com; dkim=pass",
    "mx.example.\u00f3rg; dkim=pass",
    "mx.other;\u000bdkim=pass (mx.example.org)",
    "; mx.example.org",
    "",
  ])("%j", (value) => {
    expect(isOurs(latin1(` ${value}`))).toBe(false);
  });
});

test("an id with other characters than those of names", () => {
  const isTwoWords = authservIdClaim("Two Words");
  expect(isTwoWords(' "two words"; none')).toBe(true);
  expect(isTwoWords(` ${latin1('"two\u00a0words"')}; none`)).toBe(true);
  expect(isTwoWords(" two; none")).toBe(false);
});

test("never throws, and a megabyte takes no longer than its parts (property)", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      expect(typeof isOurs(value)).toBe("boolean");
    }),
  );
  for (const part of ["(", "\\", '"', " .", "=?", "a.", "\u00a0", "\u00e9", "%2", " \r\n", "(;)"]) {
    expect(typeof isOurs(part.repeat(1_000_000 / part.length))).toBe("boolean");
  }
});

/** The decoded values of both of Python's policies, and whether one of a few plain readers takes it for ours. */
const program = `
import sys, json, base64, re, unicodedata
from email import message_from_bytes, policy
from email.header import decode_header, make_header
def claims(value, ours):
    plain = re.sub(r'\\([^()]*\\)', ' ', value)
    for text in (value, plain):
        for name in (text.split(';')[0], text.strip().split(';')[0], (text.split() or [''])[0]):
            name = name.strip().strip('"').strip().split(';')[0].rstrip('.')
            for spelled in (name, unicodedata.normalize('NFKC', name)):
                try: spelled = spelled.encode('idna').decode()
                except Exception: pass
                if spelled.casefold() == ours: return True
    return False
found = []
for line in sys.stdin:
    ours, raw = json.loads(line)
    raw = base64.b64decode(raw)
    seen = []
    for value in message_from_bytes(raw, policy=policy.default).get_all('Authentication-Results', []):
        seen.append(str(value))
    for value in message_from_bytes(raw).get_all('Authentication-Results', []):
        seen.append(str(value))
        try: seen.append(str(make_header(decode_header(value))))
        except Exception: pass
    found.append(any(claims(value, ours) for value in seen))
print(json.dumps(found))
`;

const isPythonAbsent = spawnSync("python3", ["-c", "import email"]).status !== 0;

test("no field that Python's email reads as ours is left", { timeout: 60_000 }, ({ skip }) => {
  skip(isPythonAbsent, "python3 is absent: apt-get install python3");
  const space = fc.constantFrom(
    ...'|\u00a0|\u2003|\u3000|\u200b|\u000b|\u001f|\u0085|\t|\r\n |(x) |(=?utf-8?q?=29?= |"|\ufeff|\u180e'.split(
      "|",
    ),
  );
  const word = (text: string): fc.Arbitrary<string> =>
    fc
      .constantFrom<(text: string) => string>(
        (it) => it,
        (it) => it.toUpperCase(),
        q,
        (it) => q(it, "iso-8859-1"),
        (it) => q(it.replaceAll(".", "=2E")),
        (it) => q(it, "UTF-7"),
        (it) => b(it),
        (it) => b(Buffer.from(it, "utf16le"), "utf-16le"),
        (it) => it.replaceAll("x", "\uff58"),
      )
      .map((spell) => spell(text));
  const id = fc
    .tuple(fc.integer({ min: 0, max: 14 }), fc.constantFrom("", " ", "\r\n "))
    .chain(([at, gap]) =>
      fc
        .tuple(word("mx.example.org".slice(0, at)), word("mx.example.org".slice(at)))
        .map((parts) => parts.join(gap)),
    );
  const ending = fc.constantFrom(";", ".;", " ;", "\u00a0;", " 1;", "/1;", '";', "(x);", ",", "");
  const value = fc
    .tuple(space, space, id, ending)
    .map(([one, two, name, end]) => `${one}${two}${name}${end} dkim=pass`);
  const values = fc.sample(value, { seed: 13, numRuns: 4000 });
  const left = new Set<string | undefined>(values.filter((it) => !isOurs(latin1(it))));
  const lines = values.map((it) => {
    const raw = Buffer.from(`Authentication-Results: ${it}\r\nFrom: a@b.test\r\n\r\nx\r\n`);
    return JSON.stringify(["mx.example.org", raw.toString("base64")]);
  });
  const output = execFileSync("python3", ["-W", "ignore", "-c", program], {
    input: `${lines.join("\n")}\n`,
  });
  const taken = (JSON.parse(output.toString()) as boolean[]).flatMap((it, index) =>
    it ? [values[index]] : [],
  );
  // Most are taken for ours by somebody, so the sample is not an easy one.
  expect(taken.length).toBeGreaterThan(1000);
  expect(taken.filter((it) => left.has(it))).toEqual([]);
});
