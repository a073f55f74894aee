import { generateKey, type PrivateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "@mailseal/dns-record";
import type { Alteration, ZoneRecords } from "./alteration.ts";
import type { Mail } from "./mail.ts";

export const domain = "harbour.example";
export const signedAt: number = Date.UTC(2026, 10, 24, 8, 30, 2) / 1000;
const day = 86_400;

export const signingKeys: { readonly rsa: PrivateKey; readonly ed25519: PrivateKey } = {
  rsa: generateKey({ type: "rsa" }),
  ed25519: generateKey({ type: "ed25519" }),
};
const others = { rsa: generateKey({ type: "rsa" }), ed25519: generateKey({ type: "ed25519" }) };

export const selectors = { rsa: "mail2026", ed25519: "ed2026" } as const;

function owner(selector: string): string {
  return `${selector}._domainkey.${domain}`;
}

export const published: ZoneRecords = {
  [owner(selectors.rsa)]: [formatKeyRecord(signingKeys.rsa.publicKey)],
  [owner(selectors.ed25519)]: [formatKeyRecord(signingKeys.ed25519.publicKey)],
};

const unaltered = (mail: Mail): Mail => mail;

/** The same answer at both selectors, made from the record that is published there. */
function answered(
  name: string,
  causes: readonly string[],
  answer: (record: string, type: "rsa" | "ed25519") => unknown,
  more: Partial<Alteration> = {},
): Alteration {
  return {
    name,
    causes,
    alter: unaltered,
    zone: () => ({
      [owner(selectors.rsa)]: answer(formatKeyRecord(signingKeys.rsa.publicKey), "rsa"),
      [owner(selectors.ed25519)]: answer(formatKeyRecord(signingKeys.ed25519.publicKey), "ed25519"),
    }),
    ...more,
  };
}

const malformed = ["key-malformed"];
const otherRecord = (type: "rsa" | "ed25519"): string => formatKeyRecord(others[type].publicKey);

/** Changes in DNS, then of time and policy; the messages are unchanged. */
export const keyAlterations: readonly Alteration[] = [
  answered("no record", ["no-key"], () => []),
  answered("no such name", ["no-key"], () => ({ error: "nxdomain" })),
  answered("the key is revoked", ["key-revoked"], () => ["v=DKIM1; p="]),
  answered("SERVFAIL", ["dns-failure"], () => ({ error: "servfail" })),
  answered("no answer in time", ["dns-failure"], () => ({ error: "timeout" })),
  answered("the record's base64 is cut", malformed, (record) => [record.slice(0, -9)]),
  answered("the record has no p=", malformed, (record) => [record.replace(/p=.*/, "")]),
  answered("the record has p= twice", malformed, (record) => [`${record}; p=AAAA`]),
  answered("the record's version is another", malformed, (record) => [
    record.replace("DKIM1", "DKIM2"),
  ]),
  answered("the record has a line of PEM in it", malformed, (record) => [
    record.replace("p=", "p=-----BEGIN PUBLIC KEY-----"),
  ]),
  // Only RSA shows that another key was used; an Ed25519 signature fits a key or does not.
  answered("another key at the selector", ["wrong-key", "not-determined"], (_, type) => [
    otherRecord(type),
  ]),
  answered(
    "another key at the selector for two months",
    ["wrong-key", "not-determined"],
    (_, type) => [otherRecord(type)],
    { receivedAt: signedAt + 60 * day },
  ),
  {
    name: "the key of the selector before this one signed",
    causes: ["wrong-key"],
    alter: unaltered,
    zone: () => ({
      [owner(selectors.rsa)]: [otherRecord("rsa")],
      [owner(selectors.ed25519)]: [otherRecord("ed25519")],
      [owner("mail2025")]: [formatKeyRecord(signingKeys.rsa.publicKey)],
      [owner("ed2025")]: [formatKeyRecord(signingKeys.ed25519.publicKey)],
    }),
  },
  answered("a key of the other type", ["wrong-key"], (_, type) => [
    otherRecord(type === "rsa" ? "ed25519" : "rsa"),
  ]),
  answered("the record allows sha1 only", ["policy"], (record) => [
    record.replace("p=", "h=sha1; p="),
  ]),
  answered("the record is for another service", ["policy"], (record) => [
    record.replace("p=", "s=tlsrpt; p="),
  ]),
  {
    name: "expired",
    causes: ["expired"],
    alter: unaltered,
    signing: { expireAfterSeconds: day },
    receivedAt: signedAt + 3 * day,
  },
  {
    name: "signed in the future",
    causes: ["policy"],
    alter: unaltered,
    receivedAt: signedAt - day,
  },
  {
    name: "a field that must be signed is not",
    causes: ["policy"],
    alter: unaltered,
    signing: { skip: ["Subject"] },
    verifying: { requiredFields: ["subject"] },
  },
];
