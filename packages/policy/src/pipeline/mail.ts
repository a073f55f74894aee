import type { Message, HeaderField } from "@mailseal/syntax";

/** The sender and recipients of the SMTP transaction. */
export interface Envelope {
  /** The reverse-path; "" is the null sender. */
  readonly from: string;
  readonly recipients: readonly string[];
}

/**
 * Why a front end passes mail on unsigned.
 * - foreign-client: the client is neither local, nor in the listener's relayNetworks, nor authenticated
 * - sender-not-owned: the listener's auth.senders does not let the login send as the sender or an author
 *
 * ```ts
 * unsignedReasons.includes("foreign-client"); // true
 * ```
 */
export const unsignedReasons = ["foreign-client", "sender-not-owned"] as const;

/** One of `unsignedReasons`. */
export type UnsignedReason = (typeof unsignedReasons)[number];

/** How a message arrived, as far as the front end knows. Nothing in it comes from the message itself. */
export interface MailContext {
  /** Outbound mail is signed, inbound mail is verified. */
  readonly direction: "outbound" | "inbound";
  readonly queueId: string;
  readonly listener: string;
  /** The binding for the next hop, if it is known already. */
  readonly binding?: string;
  readonly remoteAddress?: string;
  readonly heloName?: string;
  readonly authUser?: string;
  /** The client's address is in the listener's relayNetworks (Momentum's can_relay). */
  readonly relayNetwork: boolean;
  /** The client may submit mail: it is local, of a relay network, or authenticated (RFC 6409). */
  readonly submitter?: boolean;
  /** When the message was received, Unix milliseconds. */
  readonly receivedMs?: number;
  /** Set if the front end has decided that the message stays unsigned, whatever scopes and hooks say. */
  readonly unsigned?: UnsignedReason;
  /** Other values that signCondition and hooks can use: milter macros, listener variables. */
  readonly variables: ReadonlyMap<string, string>;
}

/** A message that is stored in memory or in a file and can be read several times. */
export interface StoredMessage {
  readonly sizeBytes: number;
  /** The header, if it has been read already; its `bytes` are the header alone, with its blank line. */
  readonly header?: Message | undefined;
  /**
   * The limits on the header were enforced when the message was received. They do not hold for it again: the relay has
   * added a field to it since, and they may have been lowered.
   */
  readonly isWithinLimits?: boolean;
  /** The bytes, with CRLF, in pieces. Each call starts from the beginning. */
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** What to do with the message. Each text is a single printable line. */
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

/** A header field to remove: its number among the fields of its name from the top, 1-based as milter counts, and its offsets. */
export interface FieldRemoval {
  readonly name: string;
  readonly occurrence: number;
  /** Offsets in the message, its line end included. */
  readonly start: number;
  readonly end: number;
}

/** The fields of a name that `isRemoved` selects, as a front end needs them. */
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
