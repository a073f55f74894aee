import { KeyError, type KeyErrorCode } from "../errors.ts";
import { derTag, type DerElement, readChildren, readSequence } from "./der.ts";

/** Something that people give in place of a private key. */
interface Mistake<Given> {
  readonly is: (given: Given) => boolean;
  readonly got: string;
  readonly remedy: string;
  /** Default "key-unreadable". */
  readonly code?: KeyErrorCode;
}

export const makeAnother =
  "make one with `mailseal keygen`, or with `openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048`";
const givePrivate =
  "give the file that holds the private key, whose first line is -----BEGIN PRIVATE KEY-----";

/** By the label of a PEM block. */
const pemMistakes: readonly Mistake<string>[] = [
  {
    is: (label) => /^(?:EC|DSA|DH)\b/.test(label),
    got: "which DKIM cannot use",
    remedy: makeAnother,
    code: "key-type",
  },
  {
    is: (label) => label.endsWith("PUBLIC KEY"),
    got: "which is for the record in DNS",
    remedy: givePrivate,
  },
  {
    is: (label) => /CERTIFICATE/.test(label),
    got: "which holds a public key only",
    remedy: givePrivate,
  },
  {
    is: (label) => label.startsWith("OPENSSH"),
    got: "which is OpenSSH's own format",
    remedy:
      "convert a copy of an RSA key with `ssh-keygen -p -m PKCS8 -f FILE`; Ed25519 cannot be converted: make a new key",
  },
  {
    is: (label) => label.startsWith("PGP "),
    got: "which is for encrypted mail",
    remedy: makeAnother,
  },
];

/** What no text contains, and U+FFFD, which stands for octets that are not UTF-8. */
const binary = /[\0-\u0008\ufffd]/;

/** Text, or octets read as latin1. */
export interface Text {
  readonly text: string;
  readonly from: "text" | "octets";
}

/** By text that is neither PEM nor the base64 of a key. */
const textMistakes: readonly Mistake<Text>[] = [
  {
    is: ({ text }) => text.trim() === "",
    got: "an empty text",
    remedy: "is the environment variable set, and the file not empty?",
  },
  {
    is: ({ text }) => /^\s*PuTTY-User-Key-File-/.test(text),
    got: "a PuTTY key",
    remedy: "convert an RSA key with `puttygen FILE -O private-openssh -o mail.key`",
  },
  {
    is: ({ text }) => /^\s*(?:ssh|ecdsa|sk)-[\w@.-]+ |^---- BEGIN SSH2 PUBLIC/.test(text),
    got: "a public key of SSH",
    remedy: givePrivate,
  },
  {
    is: ({ text }) => /^[\s"'(]*v\s*=\s*DKIM1|[;\s"]p\s*=\s*[A-Za-z0-9+/]/.test(text),
    got: "a key record of DNS, which holds the public key",
    remedy: givePrivate,
  },
  {
    is: ({ text }) => /^\s*[{[]/.test(text),
    got: "JSON",
    remedy:
      "load a JWK with createPrivateKey({ key: jwk, format: 'jwk' }) of node:crypto, and give that KeyObject",
  },
  {
    is: ({ text }) => /^\s*(?:[\da-fA-F]{64}|[\da-fA-F]{128})\s*$/.test(text),
    got: "hexadecimal digits",
    remedy: "give the octets: Buffer.from(text, 'hex')",
  },
  {
    is: ({ text }) => text.startsWith("\u00ff\u00fe") || text.startsWith("\u00fe\u00ff"),
    got: "a file in UTF-16",
    remedy: "save it as ASCII or UTF-8",
  },
  {
    is: ({ text, from }) => from === "text" && binary.test(text),
    got: "binary data that was read as text, perhaps DER",
    remedy: "read the file without an encoding, and give the bytes: readFileSync(path)",
  },
  {
    is: ({ text }) => binary.test(text),
    got: "octets that are neither DER nor a seed",
    remedy: "is the file damaged, or of another program?",
  },
  {
    is: ({ text }) =>
      /^\s*(?:~?\/|\.\.?\/|[A-Za-z]:\\|file:)[^\n]*$|^[^\n]*\.\w{2,4}\s*$/.test(text),
    got: "what looks like the path of a file",
    remedy: "give its content: readFileSync(path)",
  },
];

/** 1.2.840.10045.2.1 and 1.2.840.10040.4.1. */
const otherAlgorithms: readonly Buffer[] = [
  Buffer.from("2a8648ce3d0201", "hex"),
  Buffer.from("2a8648ce380401", "hex"),
];

/** A DER sequence and its parts. */
interface Sequence {
  readonly der: Uint8Array;
  readonly parts: readonly DerElement[];
  /** Whether the tags of the parts are exactly these. */
  has(...tags: readonly number[]): boolean;
}

const { integer, bitString, octetString, oid, sequence } = derTag;

/** By the parts of a DER sequence (RFC 5208, 5280, 5915, 7292). */
const derMistakes: readonly Mistake<Sequence>[] = [
  {
    is: (it) => it.has(sequence, bitString) || it.has(integer, integer),
    got: "a public one",
    remedy: givePrivate,
  },
  {
    is: (it) => it.has(sequence, sequence, bitString),
    got: "a certificate",
    remedy: givePrivate,
  },
  {
    is: ({ der, parts: [first, second] }) =>
      first?.tag === integer && der[first.start] === 3 && second?.tag === sequence,
    got: "a PKCS#12 file",
    remedy: "extract the key with `openssl pkcs12 -in FILE -nocerts -nodes -out mail.key`",
  },
  {
    is: ({ der, parts: [first, second] }) =>
      first?.tag === integer &&
      (second?.tag === octetString || (second?.tag === sequence && isOther(der, second))),
    got: "one of type EC or DSA, which DKIM cannot use",
    remedy: makeAnother,
    code: "key-type",
  },
];

/** Throws the `KeyError` for a PEM block that is not a private key. */
export function refusePem(label: string): never {
  refuse(pemMistakes, label, (got) => `a PEM of "${label}"${got === "" ? "" : `, ${got}`}`);
}

/** Throws the `KeyError` for text that holds no private key. */
export function refuseText(given: Text): never {
  refuse(textMistakes, given, (got) => (got === "" ? "text that cannot be read as one" : got));
}

/** Throws a `KeyError` for DER that is not a private key; otherwise returns whether it is an encrypted one. */
export function refuseDer(der: Uint8Array): "encrypted" | "plain" {
  const parts = readSequence(der, 16) ?? [];
  const has = (...tags: readonly number[]): boolean =>
    parts.length === tags.length && tags.every((tag, index) => parts[index]?.tag === tag);
  const given: Sequence = { der, parts, has };
  if (derMistakes.some(({ is }) => is(given))) refuse(derMistakes, given, (got) => got);
  const [first] = parts;
  const algorithm = first === undefined ? undefined : readChildren(der, first, 2);
  return has(sequence, octetString) && algorithm?.[0]?.tag === oid ? "encrypted" : "plain";
}

function refuse<Given>(
  mistakes: readonly Mistake<Given>[],
  given: Given,
  describe: (got: string) => string,
): never {
  const mistake = mistakes.find(({ is }) => is(given));
  const code = mistake?.code ?? "key-unreadable";
  const expected = code === "key-type" ? "a private key of type RSA or Ed25519" : "a private key";
  const remedy =
    mistake?.remedy ?? "give the key as PEM, DER, base64, or the 32-octet seed of an Ed25519 key";
  throw new KeyError(code, `expected ${expected}, got ${describe(mistake?.got ?? "")}; ${remedy}`);
}

function isOther(der: Uint8Array, { start, end }: DerElement): boolean {
  const algorithm = Buffer.from(der).subarray(start, end);
  return otherAlgorithms.some((id) => algorithm.includes(id));
}
