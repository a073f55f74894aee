/** A message crafted to cost more than its size: anything superlinear shows when the size doubles. */
export interface WorstCase {
  readonly name: string;
  /** A message of `sizeBytes` or a few hundred bytes more; deterministic, built in linear time. */
  build(sizeBytes: number): Uint8Array;
}

const from = "From: Alice <alice@example.com>\r\n";
const rest = "To: bob@example.net\r\nSubject: worst\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n";
const body = "Hello\r\n";
const signatureTags =
  "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=worst; h=from:to:subject:date; " +
  "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA";

function filled(pattern: string, sizeBytes: number): Buffer {
  // An unbroken number of patterns: half a CRLF at the end would be another case.
  const count = Math.max(1, Math.ceil(sizeBytes / pattern.length));
  return Buffer.alloc(count * pattern.length, pattern, "latin1");
}

function numbered(sizeBytes: number, sample: (index: string) => string): Buffer {
  const width = 8;
  const count = Math.max(1, Math.ceil(sizeBytes / sample("0".repeat(width)).length));
  const parts = Array.from({ length: count }, (_, index) =>
    sample(String(index).padStart(width, "0")),
  );
  return Buffer.from(parts.join(""), "latin1");
}

function message(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)),
  );
}

/** The fill is header lines above an ordinary message. */
function inHeader(name: string, header: (sizeBytes: number) => string | Uint8Array): WorstCase {
  return { name, build: (size) => message(header(size), from, rest, "\r\n", body) };
}

/** Puts the fill into the value of an extra header field. */
function inField(name: string, pattern: string): WorstCase {
  return inHeader(name, (size) => message("X-Worst: a", filled(pattern, size), "b\r\n"));
}

/** The fill continues the value of an otherwise good signature. */
function inSignature(name: string, more: (sizeBytes: number) => Uint8Array): WorstCase {
  return inHeader(name, (size) => message(`DKIM-Signature: ${signatureTags}`, more(size), "\r\n"));
}

/** Puts the fill, in two halves, before the address in From. */
function inFrom(name: string, firstHalf: string, secondHalf: string): WorstCase {
  return {
    name,
    build(size) {
      const halves = [filled(firstHalf, size / 2), filled(secondHalf, size / 2)];
      return message("From: ", ...halves, " <alice@example.com>\r\n", rest, "\r\n", body);
    },
  };
}

/** Puts the fill into the body, between two ordinary letters. */
function inBody(name: string, pattern: string): WorstCase {
  return { name, build: (size) => message(from, rest, "\r\na", filled(pattern, size), "b\r\n") };
}

/** The name at which a key must be published, so that the signatures are evaluated: `a=` is rsa-sha256. */
export const worstCaseKeyName = "worst._domainkey.example.com";

/** Kinds of input that make a careless mail parser, canonicalizer or verifier superlinear. */
export const worstCases: readonly WorstCase[] = [
  inField("one huge field", "x"),
  inField("spaces in a field", " "),
  inField("folding in a field", "\r\n "),
  inField("words and white space in a field", " a \t"),
  inField("bare carriage returns in a field", "\r"),
  inHeader("many fields", (size) => numbered(size, (index) => `A${index}:\r\n`)),
  inHeader("lines that are no field", (size) => message(from, filled("no field\r\n", size))),
  inHeader("many From fields", (size) => filled(from, size)),
  inHeader("one name repeated and signed as often", (size) => {
    const names = "a:".repeat(size / 8);
    const signature = `DKIM-Signature: ${signatureTags.replace("h=", `h=${names}`)}\r\n`;
    return message(signature, filled("A:1\r\n", size * 0.75));
  }),
  inHeader("signatures that name each other", (size) => {
    const names = "dkim-signature:".repeat(size / 60);
    const signature = `DKIM-Signature: ${signatureTags.replace("h=", `h=${names}`)}\r\n`;
    return message(signature, filled("DKIM-Signature: a\r\n", size * 0.75));
  }),
  inHeader("many signatures", (size) =>
    numbered(
      size,
      (index) => `DKIM-Signature: ${signatureTags.replace("s=worst", `s=worst${index}`)}\r\n`,
    ),
  ),
  inSignature("many tags", (size) => numbered(size, (index) => `;\r\n t${index}=`)),
  inSignature("folding inside b=", (size) => filled("\r\n A", size)),
  inHeader("nested comments in Authentication-Results", (size) => {
    const comment = [filled("(", size / 2), filled(")", size / 2)];
    return message("Authentication-Results: ", ...comment, "example.com; none\r\n");
  }),
  inFrom("nested comments in From", "(", ")"),
  inFrom("unclosed comments in From", "(", "("),
  inFrom("unclosed quoted strings in From", '" ', '\\"'),
  inFrom("angle brackets in From", "<", ">"),
  inFrom("encoded words in From", "=?utf-8?q?a?= ", "=?utf-8?b?"),
  inFrom("many addresses in From", "a@example.com, ", "a: b@example.com; "),
  inBody("one long line", "x"),
  inBody("spaces in the body", " "),
  inBody("blank lines in the body", "\r\n"),
  inBody("lines of only spaces", "  \r\n"),
  inBody("words and white space in the body", " a \t"),
  inBody("bare carriage returns in the body", "\r"),
  inBody("bare line feeds in the body", "\n"),
  {
    name: "blank lines at the end",
    build: (size) => message(from, rest, "\r\na", filled("\r\n", size)),
  },
];
