import { generateKey, type PrivateKey } from "@mailseal/crypto";
import { formatKeyRecord, type TxtResolver } from "@mailseal/dns-record";
import { describe, expect, test } from "vitest";
import { codesOf, ed25519, explained, rsa, signed, zone } from "../../support/explained.ts";

const other = generateKey({ type: "rsa" });

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
