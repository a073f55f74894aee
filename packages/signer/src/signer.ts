import { argumentCheck, givenOptions } from "@mailseal/errors";
import {
  isSplitMessage,
  type LineEndingRepairs,
  type Message,
  messageBytes,
} from "@mailseal/syntax";
import { badOption } from "./errors.ts";
import {
  checkSignerOptions,
  type SignatureOptions,
  type SignerOptions,
  signerRules,
} from "./options.ts";
import { planSignatures } from "./plan.ts";
import type { MadeSignature } from "./signing-pass.ts";
import { SigningStream } from "./signing-stream.ts";

/** The result of signing a whole message. */
export interface SignedMessage {
  /** The new header fields, in the order of the options: put them on top of the message. */
  readonly fields: string;
  /** In the order of the options. */
  readonly signatures: readonly MadeSignature[];
  /** The message that was signed: the bytes of the input, or a copy in which `fix` has repaired line endings. Send it, not the input. */
  readonly message: Uint8Array;
  /** The line endings that were changed to CRLF, and where the first was; undefined if none was. */
  readonly repairs: LineEndingRepairs | undefined;
  /** The fields and the message in one piece. */
  toBytes(): Uint8Array;
}

/** Checked options for any number of messages. Safe to share: a signer keeps no state. */
export interface Signer {
  /**
   * Signs a message that is in memory, as bytes, as text (in UTF-8), or split by `splitMessage` of
   * `@mailseal/syntax`. Synchronous. Throws a `SigningError` if it must not be signed.
   */
  sign(message: string | Uint8Array | Message): SignedMessage;
  /**
   * Signs a message that arrives in pieces; the result is the same to the byte. If the header has been read
   * already, the pieces are those of the body, after the part of it that `header.bytes` contains.
   */
  stream(header?: Message): SigningStream;
}

const checkMessage = argumentCheck(
  "message",
  {
    expected: "bytes (a Uint8Array), text, or a message that splitMessage has split",
    accepts: (it) => typeof it === "string" || it instanceof Uint8Array || isSplitMessage(it),
  },
  badOption,
);
const checkHeader = argumentCheck(
  "header",
  { expected: "a message that splitMessage has split", accepts: isSplitMessage },
  badOption,
);

/**
 * Checks the options once and returns a signer.
 *
 * Throws a `SigningError` for options that cannot be used, and a `KeyError` for a key that cannot be loaded; see
 * their codes in the README.
 *
 * ```ts
 * const signer = createSigner({ domain: "example.com", selector: "mail2026", key });
 * const signed = signer.sign(message).toBytes();
 * ```
 */
export function createSigner(
  signatures: SignatureOptions | readonly SignatureOptions[],
  options: SignerOptions = {},
): Signer {
  checkSignerOptions(options);
  const plans = planSignatures(signatures);
  const now = options.now ?? (() => Math.floor(Date.now() / 1000));
  const streamOptions = { ...givenOptions(options, signerRules), now };
  return {
    sign: (message) => {
      checkMessage(message);
      if (typeof message === "object" && "fields" in message) {
        const stream = new SigningStream(plans, streamOptions, message);
        return signWhole(stream, stream.header);
      }
      const stream = new SigningStream(plans, streamOptions);
      return signWhole(stream, stream.write(messageBytes(message)));
    },
    stream: (header) => {
      if (header !== undefined) checkHeader(header);
      return new SigningStream(plans, streamOptions, header);
    },
  };
}

/**
 * Signs one message and returns it with the new field(s) on top. For more than one message, keep a `createSigner`.
 *
 * ```ts
 * const signed = signMessage(message, { domain: "example.com", selector: "mail2026", key });
 * ```
 */
export function signMessage(
  message: string | Uint8Array,
  signatures: SignatureOptions | readonly SignatureOptions[],
  options: SignerOptions = {},
): Uint8Array {
  return createSigner(signatures, options).sign(message).toBytes();
}

/** `sent`: the bytes that the stream returned for the message. */
function signWhole(stream: SigningStream, sent: Uint8Array): SignedMessage {
  const { fields, signatures, rest, repairs } = stream.finish();
  const message = rest.length === 0 ? sent : Buffer.concat([sent, rest]);
  return signedMessage(fields, signatures, message, repairs);
}

/** @internal */
export function signedMessage(
  fields: string,
  signatures: readonly MadeSignature[],
  message: Uint8Array,
  repairs: LineEndingRepairs | undefined,
): SignedMessage {
  return {
    fields,
    signatures,
    message,
    repairs,
    toBytes: () => Buffer.concat([Buffer.from(fields, "utf8"), message]),
  };
}
