import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord, type TxtResolver, zoneFromJson } from "@mailseal/dns-record";
import { createSigner } from "@mailseal/signer";
import { expect, test } from "vitest";
import { explain } from "../src/explain.ts";
import { keySource, nodeResolver, parseZone, staticResolver, verify } from "../src/index.ts";
import { createVerifierPool } from "../src/pool.ts";

const key = generateKey({ type: "ed25519" });
const signer = createSigner({ domain: "example.com", selector: "s", key, timestamp: 1000 });
const zone = staticResolver(
  zoneFromJson({
    "s._domainkey.example.com": [formatKeyRecord(key.publicKey)],
    "t._domainkey.example.com": { error: "timeout" },
  }),
);

const signed = (number: number): Buffer =>
  Buffer.from(signer.sign(Buffer.from(`From: a@example.com\r\n\r\n${number}\r\n`)).toBytes());

test("gives what verify gives, and asks for each key once", async () => {
  const asked: string[] = [];
  const keys = {
    resolveTxt: (name: string) => {
      asked.push(name);
      return zone.resolveTxt(name);
    },
  };
  await using pool = createVerifierPool({ keys, threads: 2, now: 1000 });
  const messages = Array.from({ length: 50 }, (_, number) => signed(number));
  messages.push(
    Buffer.from(signed(1).toString().replace("\r\n1\r\n", "\r\n2\r\n")),
    Buffer.from(signed(1).toString().replace(" s=s;", " s=t;")),
    Buffer.from("no message"),
  );
  const expected = await Promise.all(
    messages.map((message) => verify(message, { keys: zone, now: 1000 })),
  );
  const reports = await Promise.all(messages.map((message) => pool.verify(message)));
  expect(reports).toEqual(expected);
  expect(reports[0]?.signatures[0]?.result).toBe("pass");
  expect(asked.toSorted()).toEqual(["s._domainkey.example.com", "t._domainkey.example.com"]);
});

const greeting = signer.sign("From: Zoë <a@example.com>\r\n\r\nGrüße 🐦\r\n").toBytes();

test("takes text, as verify and explain do, and reads it as UTF-8", async () => {
  const options = { keys: zone, now: 1000 };
  await using pool = createVerifierPool({ ...options, threads: 1 });
  const text = Buffer.from(greeting).toString();
  const expected = await verify(greeting, options);
  expect(expected.signatures[0]?.result).toBe("pass");
  expect(await verify(text, options)).toEqual(expected);
  expect(await pool.verify(text)).toEqual(expected);
  expect((await explain(text, options)).signatures).toMatchObject(expected.signatures);
});

test("the exports of this package are enough to verify", async () => {
  const keys = keySource(
    staticResolver(parseZone(`s._domainkey.example.com. TXT "${formatKeyRecord(key.publicKey)}"`)),
  );
  const { signatures } = await verify(greeting, { keys, now: 1000 });
  expect(signatures[0]?.result).toBe("pass");
  expect(nodeResolver()).toHaveProperty("resolveTxt");
});

test("fails as verify fails", async () => {
  await using pool = createVerifierPool({ keys: zone, threads: 1 });
  await expect(pool.verify(Buffer.alloc((16 << 20) + 2, "a"))).rejects.toMatchObject({
    name: "MailSyntaxError",
    code: "header-too-large",
  });
});

test("a resolver that answers with something else rejects, as in verify", async () => {
  const keys: object = { resolveTxt: async () => [["v=DKIM1; p="]] };
  await using pool = createVerifierPool({ keys: keys as TxtResolver, threads: 1, now: 1000 });
  const expected = { name: "DnsRecordError", code: "invalid-option" };
  await expect(verify(signed(1), { keys: keys as TxtResolver })).rejects.toMatchObject(expected);
  await expect(pool.verify(signed(1))).rejects.toMatchObject(expected);
});

test("options reach the threads", async () => {
  await using pool = createVerifierPool({ keys: zone, threads: 1, now: 1 });
  const report = await pool.verify(signed(1));
  expect(report.signatures[0]?.code).toBe("signed-in-future");
});
