import {
  ByteSink,
  hashBody,
  selectSignedFields,
  writeSignedText,
} from "@mailseal/canonicalization";
import { type AlgorithmName, generateKey, type PrivateKey, sign } from "@mailseal/crypto";
import {
  formatKeyRecord,
  type KeyLookup,
  type KeySource,
  keySource,
  staticResolver,
  zoneFromJson,
} from "@mailseal/dns-record";
import { type Canonicalization, splitMessage } from "@mailseal/syntax";

/** Keys take long to make: the tests of a file share these. */
export const edKey: PrivateKey = generateKey({ type: "ed25519" });
export const rsaKey: PrivateKey = generateKey({ type: "rsa", bits: 1024 });

export interface HandSigned {
  readonly header?: readonly string[];
  readonly body?: string;
  /** The tags less h=, bh= and b=, which are added unless they stand here. */
  readonly tags?: string;
  readonly h?: string;
  readonly bh?: string;
  readonly canonicalization?: readonly [Canonicalization, Canonicalization];
  readonly length?: number;
  readonly key?: PrivateKey;
  readonly algorithm?: AlgorithmName;
}

export const defaultHeader: readonly string[] = [
  "From: Ada <ada@example.com>",
  "To: zoe@example.net",
  "Subject: Thursday",
  "Date: Tue, 24 Nov 2026 09:30:00 +0100",
];
export const defaultTags = "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.com; s=sel";
const defaultBody = "The boat leaves at nine.\r\n";

/** Signs honestly whatever tags it is given, even ones that no signer would write. */
export function handSign(options: HandSigned = {}): string {
  const {
    header = defaultHeader,
    body = defaultBody,
    tags = defaultTags,
    h = "from:to:subject:date",
    canonicalization: [headerMode, bodyMode] = ["relaxed", "relaxed"],
    length,
    key = edKey,
    algorithm = "ed25519-sha256",
  } = options;
  const hash = algorithm === "rsa-sha1" ? "sha1" : "sha256";
  const digest = hashBody(Buffer.from(body, "utf8"), {
    canonicalization: bodyMode,
    hash,
    ...(length === undefined ? {} : { length }),
  }).digest;
  const bh = options.bh ?? Buffer.from(digest).toString("base64");
  const field = `DKIM-Signature: ${tags}; h=${h}; bh=${bh}; b=`;
  const message = splitMessage(Buffer.from(`${header.join("\r\n")}\r\n\r\n`, "utf8"));
  const names = h.split(":").map((name) => name.trim().toLowerCase());
  const sink = new ByteSink();
  const bytes = Buffer.from(field, "utf8");
  const end = bytes.length;
  writeSignedText(
    sink,
    message,
    selectSignedFields(message, names),
    { bytes, start: 0, end, valueStart: end, valueEnd: end },
    headerMode,
  );
  const signature = Buffer.from(sign(algorithm, key, sink.bytes())).toString("base64");
  return `${field}${signature}\r\n${header.join("\r\n")}\r\n\r\n${body}`;
}

/** The last field of `signedThroughout`. */
export const lastSignedField = "Cc: cc@example.net\r\n";
/** A message with one of each field that RFC 5322 allows once, all signed. */
export const signedThroughout: string = handSign({
  header: [
    ...defaultHeader,
    "Reply-To: ada@example.com",
    "Sender: ada@example.com",
    "Message-ID: <1@example.com>",
    "Content-Type: text/plain",
    "Content-Transfer-Encoding: 7bit",
    lastSignedField.trimEnd(),
  ],
  h: "from:to:subject:date:reply-to:sender:message-id:content-type:content-transfer-encoding:cc",
});

export function recordOf(key: PrivateKey, before = ""): string {
  return formatKeyRecord(key.publicKey).replace("; p=", `${before}; p=`);
}

/** Keys from a zone in JSON form; the default publishes `edKey` at sel and `rsaKey` at rsa. */
export function keysFrom(zone: Record<string, unknown> = defaultZone): KeySource {
  return keySource(staticResolver(zoneFromJson(zone)));
}

const defaultZone = {
  "sel._domainkey.example.com": [recordOf(edKey)],
  "rsa._domainkey.example.com": [recordOf(rsaKey)],
};

/** Fails the test when a lookup is made at all: hostile names must never reach DNS. */
export const noLookups: KeySource = {
  find(selector: string, domain: string): KeyLookup {
    throw new Error(`looked up ${selector}._domainkey.${domain}`);
  },
};
