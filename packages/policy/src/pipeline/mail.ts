import type { Message, HeaderField } from "@mailseal/syntax";

/** Who sends to whom, as SMTP said it. */
export interface Envelope {
  /** The reverse-path; "" is the null sender. */
  readonly from: string;
  readonly recipients: readonly string[];
}

/**
 * Why a front end has mail passed on unsigned.
 * - foreign-client: the client is neither local, in the listener's relayNetworks, nor authenticated
 * - sender-not-owned: by the listener's auth.senders the login may not send as the sender or an author
 */
export const unsignedReasons = ["foreign-client", "sender-not-owned"] as const;

export type UnsignedReason = (typeof unsignedReasons)[number];

/** How a message came, as far as the front end knows. Nothing in it was said by the message. */
export interface MailContext {
  /** outbound is signed, inbound is verified. */
  readonly direction: "outbound" | "inbound";
  readonly queueId: string;
  readonly listener: string;
  /** The outbound route, where it is known by now. */
  readonly binding?: string;
  readonly remoteAddress?: string;
  readonly heloName?: string;
  readonly authUser?: string;
  /** The client's address is in the listener's relayNetworks (Momentum's can_relay). */
  readonly relayNetwork: boolean;
  /** The client may submit mail: it is local, of a relay network, or authenticated (RFC 6409). */
  readonly submitter?: boolean;
  /** When the message came, Unix milliseconds. */
  readonly receivedMs?: number;
  /** Why outbound mail is passed on unsigned whatever scopes and hooks say, where the front end found so. */
  readonly unsigned?: UnsignedReason;
  /** Anything else that signCondition and hooks may ask for: milter macros, listener variables. */
  readonly variables: ReadonlyMap<string, string>;
}

/** A message that is stored, whole in memory or in a file, and may be read several times. */
export interface StoredMessage {
  readonly sizeBytes: number;
  /** The header, if it has been read already; its `bytes` are the header alone, with its blank line. */
  readonly header?: Message | undefined;
  /** The bytes, CRLF, in pieces. Each call begins anew. */
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** What is to be done with the message. The texts are single printable lines. */
export type Disposition =
  | { readonly action: "accept" }
  | { readonly action: "quarantine"; readonly reason: string }
  | { readonly action: "discard"; readonly reason: string }
  | {
      readonly action: "reject" | "defer";
      /** 4xx for defer, 5xx for reject. */
      readonly code: number;
      /** RFC 3463, as in "5.7.20". */
      readonly enhancedCode: string;
      readonly text: string;
    };

/** A header field to take out: the nth of its name from the top, 1-based, as milter counts, and where it stands. */
export interface FieldRemoval {
  readonly name: string;
  readonly occurrence: number;
  /** Offsets in the message, its line end included. */
  readonly start: number;
  readonly end: number;
}

/** The fields of some name that are to go, as a front end must be told. */
export function removalsOf(
  message: Message,
  key: string,
  isRemoved: (field: HeaderField) => boolean,
): FieldRemoval[] {
  return (message.byKey.get(key) ?? []).flatMap((field, index) =>
    isRemoved(field)
      ? [{ name: field.name, occurrence: index + 1, start: field.start, end: field.end }]
      : [],
  );
}
