/** A message, its envelope and its context, as the tests of the pipeline and of what is around it need them. */

interface SampleMessage {
  readonly sizeBytes: number;
  chunks(): Iterable<Uint8Array>;
}

/** A message in memory, read in pieces of at most `pieceBytes`. */
export function sampleMessage(
  content: string | Uint8Array,
  pieceBytes: number = Infinity,
): SampleMessage {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return {
    sizeBytes: bytes.length,
    *chunks() {
      const step = Math.min(pieceBytes, Math.max(1, bytes.length));
      for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
    },
  };
}

/** A short message from an author, with `extra` header lines above its own. */
export function sampleText(from: string, extra: readonly string[] = []): string {
  return [
    ...extra,
    `From: ${from}`,
    "To: b@example.net",
    "Subject: Lunch",
    "",
    "At noon?",
    "",
  ].join("\r\n");
}

export const sampleEnvelope: { readonly from: string; readonly recipients: readonly string[] } = {
  from: "a@example.com",
  recipients: ["b@example.net"],
};

interface SampleContext {
  readonly direction: "outbound";
  readonly queueId: string;
  readonly listener: string;
  readonly relayNetwork: boolean;
  readonly variables: ReadonlyMap<string, string>;
}

/** Outbound mail of a client that may not submit. */
export const sampleContext: SampleContext = {
  direction: "outbound",
  queueId: "Q1",
  listener: "submission",
  relayNetwork: false,
  variables: new Map(),
};

interface SampleResult {
  readonly disposition: { readonly action: "accept" };
  readonly prepend: readonly never[];
  readonly remove: readonly never[];
  readonly binding: string;
  readonly signatures: readonly never[];
  readonly fromDomain: string;
}

/** The result of a message of example.com that was accepted and not changed. */
export const acceptedSample: SampleResult = {
  disposition: { action: "accept" },
  prepend: [],
  remove: [],
  binding: "out",
  signatures: [],
  fromDomain: "example.com",
};

/** The signatures of a result as `selector/domain`, in their order. */
export function signedAs(result: {
  readonly signatures: readonly { readonly domain: string; readonly selector: string }[];
}): string[] {
  return result.signatures.map(({ domain, selector }) => `${selector}/${domain}`);
}
