import { verify as verifySignature } from "@mailseal/crypto";
import { fieldValue, type Message, parseSignature, splitMessage } from "@mailseal/syntax";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createSigner,
  generateKey,
  loadPrivateKey,
  type SignatureOptions,
  type SignedMessage,
  type Signer,
  signMessage,
  type SignerOptions,
} from "../src/index.ts";
import { ed25519Key, rsaKey } from "./keys.ts";

const rsa: SignatureOptions = {
  domain: "example.com",
  selector: "r",
  key: rsaKey,
  timestamp: 1_767_225_600,
};
const ed: SignatureOptions = {
  domain: "example.com",
  selector: "e",
  key: ed25519Key,
  timestamp: 1_767_225_600,
};
const message = Buffer.from(
  "Received: by a\r\nFrom: Ada <ada@example.com>\r\nTo: b@example.net\r\nSubject: folded\r\n subject\r\nDate: Tue, 24 Nov 2026 09:30:00 +0100\r\n\r\nOne  line \r\n\r\nlast\r\n\r\n",
);

function tagsOf(field: string): Map<string, string> {
  const split = splitMessage(Buffer.from(field));
  const [first] = split.fields;
  if (first === undefined) {
    throw new Error("no field");
  }
  const parsed = parseSignature(fieldValue(split, first));
  if (!parsed.ok) {
    throw new Error(parsed.reason);
  }
  return new Map(
    parsed.signature.tags.tags.map(({ name, value }) => [name, value.replaceAll(/\s/g, "")]),
  );
}

/** The last 32 octets of a PKCS#8 Ed25519 key (RFC 8410 7). */
function seedOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64").subarray(-32);
}

function signOne(
  options: Partial<SignatureOptions>,
  signer: SignerOptions = {},
): Map<string, string> {
  return tagsOf(createSigner({ ...ed, ...options }, signer).sign(message).fields);
}

test("text or another object in place of a header that was split", () => {
  const signer = createSigner(rsa);
  for (const wrong of ["From: a@example.com\r\n", { fields: [] }, null] as unknown as Message[]) {
    expect(() => signer.stream(wrong)).toThrow(
      expect.objectContaining({ name: "SigningError", code: "bad-option" }),
    );
  }
  expect(() => signer.sign({ fields: [] } as unknown as Message)).toThrow(
    /^message: expected bytes .*, got an object$/,
  );
});

test("options that an object inherits count as its own", () => {
  class Configured {
    readonly selector = "r";
    readonly key = rsaKey;
    get domain(): string {
      return "example.com";
    }
    get timestamp(): number {
      return 1_767_225_600;
    }
  }
  const options = Object.create({ lineEndings: "reject" }) as SignerOptions;
  expect(createSigner(new Configured(), options).sign(message)).toMatchObject({
    fields: createSigner(rsa).sign(message).fields,
  });
  expect(() => createSigner(rsa, options).sign("From: a@example.com\n\n")).toThrow(
    expect.objectContaining({ code: "bad-line-endings" }),
  );
});

describe("tags", () => {
  test("defaults", () => {
    const tags = signOne({});
    expect([...tags.keys()].toSorted()).toEqual(["a", "b", "bh", "c", "d", "h", "s", "t", "v"]);
    expect(tags.get("c")).toBe("relaxed/relaxed");
    expect(tags.get("t")).toBe("1767225600");
  });
  test("t= is the clock's, or left out", () => {
    const clock = createSigner(
      { domain: "example.com", selector: "e", key: ed25519Key },
      { now: () => 42 },
    );
    expect(tagsOf(clock.sign(message).fields).get("t")).toBe("42");
    expect(signOne({ timestamp: "omit" }).has("t")).toBe(false);
  });
  test("x= counts from t=", () => {
    expect(signOne({ expireAfterSeconds: 604_800 }).get("x")).toBe(String(1_767_225_600 + 604_800));
  });
  test("l= is the canonical length, or the number given where the body is longer", () => {
    expect(signOne({ bodyLength: true }).get("l")).toBe(String("One line\r\n\r\nlast\r\n".length));
    expect(signOne({ bodyLength: true, canonicalization: "simple/simple" }).get("l")).toBe(
      String("One  line \r\n\r\nlast\r\n".length),
    );
    expect(signOne({ bodyLength: 3 }).get("l")).toBe("3");
    expect(signOne({ bodyLength: 1_000_000 }).get("l")).toBe("18");
  });
  test("z= copies the signed fields", () => {
    expect(signOne({ headers: ["From", "Subject"], copyHeaders: true }).get("z")).toBe(
      "From:=20Ada=20<ada@example.com>|Subject:=20folded=0D=0A=20subject",
    );
  });
  test("q=, i= and further tags", () => {
    const tags = signOne({
      queryMethods: ["dns/txt"],
      identity: "ada@mail.example.com",
      extraTags: [["foo", "bar"]],
    });
    expect([tags.get("q"), tags.get("i"), tags.get("foo")]).toEqual([
      "dns/txt",
      "ada@mail.example.com",
      "bar",
    ]);
  });
  test("no line is longer than 76 columns", () => {
    const { fields } = createSigner([rsa, { ...ed, copyHeaders: true }]).sign(message);
    expect(Math.max(...fields.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(76);
  });
});

describe("input", () => {
  const pem = ed25519Key.toPem();
  const keys: readonly (readonly [string, SignatureOptions["key"]])[] = [
    ["PEM", pem],
    ["PEM as bytes", Buffer.from(pem)],
    ["PEM of an environment variable", pem.replaceAll("\n", "\\n")],
    ["a seed in base64url", seedOf(pem).toString("base64url")],
    ["a KeyObject", ed25519Key.toKeyObject()],
  ];
  test.each(keys)("key: %s", (_, key) => {
    expect(createSigner({ ...ed, key }).sign(message).fields).toBe(
      createSigner(ed).sign(message).fields,
    );
  });

  test("a key that cannot be loaded is refused with the name of the option and a remedy", () => {
    expect(() => createSigner({ ...ed, key: "keys/mail.pem" })).toThrow(
      /^key: expected a private key, got what looks like the path of a file; give its content/,
    );
    expect(() => createSigner({ ...ed, key: ed25519Key.toPem({ passphrase: "p" }) })).toThrow(
      expect.objectContaining({
        name: "KeyError",
        code: "key-encrypted",
        message:
          "key: the private key is encrypted: give its passphrase, with loadPrivateKey(key, { passphrase })",
      }),
    );
  });

  test("a message may be text, which is signed as UTF-8", () => {
    const text = "From: Zoë <zoe@example.com>\r\n\r\nGrüße 🐦\r\n";
    const signed = createSigner(ed).sign(text);
    expect(signed.fields).toBe(createSigner(ed).sign(Buffer.from(text)).fields);
    expect(Buffer.from(signed.message).toString()).toBe(text);
    expect(Buffer.from(signMessage(text, ed)).toString()).toBe(signed.fields + text);
  });

  test("the exports of this package are enough to make and to load a key", () => {
    const key = generateKey({ type: "ed25519" });
    expect(loadPrivateKey(key.toPem()).publicKey.equals(key.publicKey)).toBe(true);
  });
});

describe("several signatures", () => {
  test("stand in the order given, each verifiable alone", () => {
    const { signatures, fields } = createSigner([rsa, ed]).sign(message);
    expect(signatures.map(({ algorithm }) => algorithm)).toEqual(["rsa-sha256", "ed25519-sha256"]);
    expect(fields).toBe(signatures.map(({ field }) => field).join(""));
    expect(createSigner(ed).sign(message).fields).toBe(signatures[1]?.field);
  });
});

describe("the message", () => {
  test("is the input, untouched, below the fields", () => {
    const signed = createSigner(rsa).sign(message);
    expect(signed.message).toBe(message);
    expect(
      Buffer.from(signMessage(message, rsa)).equals(
        Buffer.concat([Buffer.from(signed.fields), message]),
      ),
    ).toBe(true);
  });

  const refused: readonly (readonly [string, string, SignerOptions, string])[] = [
    ["without From", "To: a@example.com\r\n\r\nx", {}, "no-from"],
    ["empty", "", {}, "no-from"],
    ["without header", "\r\nFrom: a@example.com\r\n", {}, "no-from"],
    ["with two From", "From: a@example.com\r\nfrom : b@example.com\r\n\r\n", {}, "several-from"],
    [
      "with a bare LF in a CRLF header",
      "From: a@example.com\r\nX: 1\nTo: b@example.com\r\n\r\n",
      { lineEndings: "keep" },
      "bad-line-endings",
    ],
    [
      "with a bare LF in the body",
      "From: a@example.com\r\n\r\na\nb\r\n",
      { lineEndings: "reject" },
      "bad-line-endings",
    ],
    [
      "with a bare CR in the body",
      "From: a@example.com\r\n\r\na\rb\r\n",
      { lineEndings: "reject" },
      "bad-line-endings",
    ],
    [
      "with a last bare CR",
      "From: a@example.com\r\n\r\na\r",
      { lineEndings: "reject" },
      "bad-line-endings",
    ],
  ];
  test.each(refused)("%s is refused", (_, text, options, code) => {
    expect(() => createSigner(ed, options).sign(Buffer.from(text))).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test("with CRLF alone is neither copied nor reported as repaired", () => {
    for (const lineEndings of ["fix", "keep", "reject"] as const) {
      const signed = createSigner(ed, { lineEndings }).sign(message);
      expect(signed.message).toBe(message);
      expect(signed.repairs).toBeUndefined();
    }
  });

  test.each([undefined, "fix"] as const)(
    "with bare line endings is repaired: %s",
    (lineEndings) => {
      const signed = createSigner(ed, lineEndings === undefined ? {} : { lineEndings }).sign(
        Buffer.from("From: a@example.com\r\n\r\na\nb\rc\r\nd\r"),
      );
      const repaired = Buffer.from("From: a@example.com\r\n\r\na\r\nb\r\nc\r\nd\r\n");
      expect(Buffer.from(signed.message).toString()).toBe(repaired.toString());
      expect(signed.fields).toBe(createSigner(ed).sign(repaired).fields);
      expect(signed.repairs).toEqual({
        count: 3,
        first: { found: "bare LF", line: 3, offset: 24 },
      });
    },
  );

  test("is refused by `reject` with the line of the first bare CR or LF", () => {
    expect(() =>
      createSigner(ed, { lineEndings: "reject" }).sign("From: a@example.com\r\n\r\na\rb\n"),
    ).toThrow(/found a bare CR in line 3 \(offset 24\); convert the message, or sign with/);
  });

  test.each(["keep", "fix", "reject"] as const)(
    "a message that was split before is signed or refused alike: %s",
    (lineEndings) => {
      const signer = createSigner(ed, { lineEndings });
      for (const text of [
        message.toString(),
        message.toString().replaceAll("\r\n", "\n"),
        "From: a@example.com\r\nX: bare\nTo: b\r\n\r\nbody\r\n",
        "From: a@example.com\r\nX: no end\r",
        "From: a@example.com\r\n\r\na\rb\r\n",
      ]) {
        const bytes = Buffer.from(text);
        const outcome = (input: Parameters<Signer["sign"]>[0]): unknown => {
          try {
            const { fields, message: signed } = signer.sign(input);
            return [fields, Buffer.from(signed).toString()];
          } catch (error) {
            return error;
          }
        };
        expect(outcome(splitMessage(bytes))).toEqual(outcome(bytes));
      }
    },
  );

  test("of a Unix file stays one with `keep`, and is signed as SMTP carries it", () => {
    const unix = Buffer.from(message.toString().replaceAll("\r\n", "\n"));
    const signed = createSigner(ed, { lineEndings: "keep" }).sign(unix);
    expect(signed.message).toBe(unix);
    expect(signed.fields).not.toContain("\r");
    expect(signed.fields.replaceAll("\n", "\r\n")).toBe(createSigner(ed).sign(message).fields);
    const sent = createSigner(ed, { lineEndings: "keep", fieldLineEndings: "crlf" }).sign(unix);
    expect(sent.fields).toBe(createSigner(ed).sign(message).fields);
  });
});

/** A message whose header has been read before is signed as its bytes are. */
function expectSameOfParsed(signer: Signer, whole: Buffer, expected: SignedMessage): void {
  const parsed = splitMessage(whole);
  const signed = signer.sign(parsed);
  expect(signed.fields).toBe(expected.fields);
  expect(Buffer.from(signed.message).equals(expected.message)).toBe(true);
  const header = { ...parsed, bytes: whole.subarray(0, parsed.bodyStart) };
  const stream = signer.stream(header);
  const sent = [stream.header, stream.write(whole.subarray(parsed.bodyStart))];
  const { fields, rest } = stream.finish();
  expect(fields).toBe(expected.fields);
  expect(Buffer.concat([...sent, rest]).equals(expected.message)).toBe(true);
}

describe("chunks (property)", () => {
  const pieces = fc.array(
    fc.constantFrom(
      "a",
      " ",
      "\t",
      "\r\n",
      "\r",
      "\n",
      "é",
      "\0",
      "long text without end",
      "\r\n\r\n",
    ),
    { maxLength: 60 },
  );
  test.each(["keep", "fix"] as const)(
    "any chunking signs alike, line endings: %s",
    (lineEndings) => {
      fc.assert(
        fc.property(pieces, fc.array(fc.nat(400), { maxLength: 12 }), (body, cuts) => {
          const whole = Buffer.concat([message, Buffer.from(body.join(""))]);
          const signer = createSigner(ed, { lineEndings });
          const stream = signer.stream();
          const sent: Uint8Array[] = [];
          let from = 0;
          for (const cut of [...cuts.toSorted((a, b) => a - b), whole.length]) {
            const to = Math.min(cut, whole.length);
            sent.push(stream.write(whole.subarray(from, to)));
            from = to;
          }
          const { fields, rest } = stream.finish();
          const expected = signer.sign(whole);
          expect(fields).toBe(expected.fields);
          expect(Buffer.concat([...sent, rest]).equals(expected.message)).toBe(true);
          expectSameOfParsed(signer, whole, expected);
        }),
      );
    },
  );

  test("any bytes are signed or refused with a SigningError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, withFrom) => {
        const input = withFrom
          ? Buffer.concat([Buffer.from("From: a@example.com\r\n"), bytes])
          : bytes;
        try {
          expect(createSigner(ed).sign(input).fields).toMatch(/^DKIM-Signature: /);
        } catch (error) {
          expect(error).toMatchObject({ name: "SigningError" });
        }
      }),
    );
  });
});

test("a stream ends once", () => {
  const stream = createSigner(ed).stream();
  stream.write(message);
  stream.finish();
  expect(() => stream.finish()).toThrow(expect.objectContaining({ code: "stream-finished" }));
  expect(() => stream.write(message)).toThrow(expect.objectContaining({ code: "stream-finished" }));
});

test("the signature is over the header text of RFC 6376 3.7", () => {
  const { fields } = createSigner({ ...rsa, headers: ["From"] }).sign(message);
  const tags = tagsOf(fields);
  const relaxed = fields
    .replace(/b=[^;]*$/s, "b=")
    .replaceAll(/\r\n(?=[ \t])/g, "")
    .replaceAll(/[ \t]+/g, " ")
    .replace("DKIM-Signature: ", "dkim-signature:");
  const text = Buffer.from(`from:Ada <ada@example.com>\r\n${relaxed}`);
  const signature = Buffer.from(tags.get("b") ?? "", "base64");
  expect(verifySignature("rsa-sha256", rsaKey.publicKey, text, signature)).toBe(true);
});
