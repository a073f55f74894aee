import type { Readable } from "node:stream";
import { callback as callbackRule, number, optionsCheck, text } from "@mailseal/errors";
import {
  createSigner,
  type SignatureOptions,
  type SignerOptions,
  SigningError,
} from "@mailseal/signer";
import { signedStream } from "./signed-stream.ts";

/** The options of the plugin. */
export interface MailsealOptions extends Pick<SignerOptions, "now"> {
  /** The part of a message above this size is kept in a temporary file until the message is signed. Default 1 MiB. */
  readonly maxMemoryBytes?: number;
  /** The directory of these files. Default: the system's temporary directory. */
  readonly temporaryDirectory?: string;
}

/** The part of nodemailer's `MailMessage` that the plugin uses. */
export interface ComposedMail {
  /** None before the step "stream". */
  readonly message?: {
    /** Puts a stream behind those that make the message. */
    processFunc(process: (input: Readable) => Readable): void;
  } | null;
}

const checkOptions = optionsCheck<MailsealOptions>(
  "options",
  { now: callbackRule, maxMemoryBytes: number(0, Infinity, "bytes"), temporaryDirectory: text },
  (message) => new SigningError("bad-option", message),
);

const defaultMaxMemoryBytes = 1 << 20;

/**
 * A plugin for the step "stream" of a nodemailer transport, which signs every message with the key, or with several
 * keys. The options of a signature are those of `createSigner`.
 *
 * ```ts
 * transport.use("stream", mailseal([{ domain, selector: "rsa", key: rsa }, { domain, selector: "ed", key: ed }]));
 * ```
 *
 * Throws a `SigningError` or a `KeyError` for options that cannot be used. If a message cannot be signed, because it
 * has no From field for example, `sendMail` fails with the `SigningError`, and the message is not sent.
 */
export function mailseal(
  signatures: SignatureOptions | readonly SignatureOptions[],
  options: MailsealOptions = {},
): (mail: ComposedMail, callback: (error?: Error | null) => void) => void {
  checkOptions(options);
  const { now, temporaryDirectory, maxMemoryBytes = defaultMaxMemoryBytes } = options;
  const signer = createSigner(signatures, now === undefined ? {} : { now });
  return ({ message }, callback) => {
    if (message === undefined || message === null) {
      callback(
        new TypeError(
          'the message is not composed yet, so it cannot be signed and is not sent: use the plugin with transport.use("stream", mailseal(...))',
        ),
      );
      return;
    }
    message.processFunc((input) =>
      signedStream(input, signer.stream(), { maxMemoryBytes, temporaryDirectory }),
    );
    callback();
  };
}
