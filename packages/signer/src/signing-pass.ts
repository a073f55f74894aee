import {
  type BodyHash,
  BodyHasherSet,
  ByteSink,
  writeSignedText,
} from "@mailseal/canonicalization";
import { sign } from "@mailseal/crypto";
import {
  encodeBase64,
  fieldValue,
  foldSignatureValue,
  formatSignatureField,
  type Message,
  type SignatureFieldTags,
} from "@mailseal/syntax";
import { SigningError } from "./errors.ts";
import { type SelectedFields, selectFields } from "./field-selection.ts";
import type { SignaturePlan } from "./plan.ts";

/** A DKIM-Signature that has been made. */
export interface MadeSignature {
  /** d=. */
  readonly domain: string;
  /** s=. */
  readonly selector: string;
  /** a=. */
  readonly algorithm: string;
  /** The size of the key. */
  readonly keyBits: number;
  /** The names in h=, as written there. */
  readonly signedFields: readonly string[];
  /** Unix seconds, if t= was written. */
  readonly timestamp: number | undefined;
  /** As given in the options. */
  readonly testing: boolean;
  /** The whole header field with its line ending. */
  readonly field: string;
}

/**
 * Makes several signatures over one message. The body is read once, whatever their number, and hashed
 * once for each distinct (canonicalization, length, hash).
 */
export class SigningPass {
  readonly #plans: readonly SignaturePlan[];
  readonly #message: Message;
  readonly #hashers = new BodyHasherSet();
  readonly #handles: readonly ReturnType<BodyHasherSet["add"]>[];

  /** `message` needs only the header; the header of a Unix file must have been converted to CRLF. */
  constructor(plans: readonly SignaturePlan[], message: Message) {
    checkFrom(message);
    this.#plans = plans;
    this.#message = message;
    this.#handles = plans.map((plan) =>
      this.#hashers.add({
        canonicalization: plan.bodyCanonicalization,
        hash: plan.algorithm.hash,
        ...(plan.bodyLength === undefined || plan.bodyLength === Infinity
          ? {}
          : { length: plan.bodyLength }),
      }),
    );
  }

  /** The next bytes of the body. */
  write(body: Uint8Array): void {
    this.#hashers.write(body);
  }

  /** The signatures in the order of the plans. `now`: Unix seconds; `lineEnding`: of the message. */
  finish(now: number, lineEnding: "\r\n" | "\n"): MadeSignature[] {
    this.#hashers.finish();
    return this.#plans.map((plan, index) => {
      const handle = this.#handles[index];
      if (handle === undefined) {
        throw new TypeError("unreachable: a plan without a body hash");
      }
      return makeSignature(plan, this.#message, this.#hashers.result(handle), now, lineEnding);
    });
  }
}

const signedText: ByteSink = new ByteSink();

function makeSignature(
  plan: SignaturePlan,
  message: Message,
  body: BodyHash,
  now: number,
  lineEnding: "\r\n" | "\n",
): MadeSignature {
  const selected = selectFields(plan.fields, message);
  const timestamp =
    plan.timestamp === "now" ? now : plan.timestamp === "omit" ? undefined : plan.timestamp;
  const field = formatField(plan, message, selected, body, timestamp);
  const value = sign(plan.algorithm.name, plan.key, signedTextOf(plan, message, selected, field));
  const encoded = encodeBase64(value);
  const column = field.length - (field.lastIndexOf("\n") + 1);
  const whole = `${field}${foldSignatureValue(encoded, column)}\r\n`;
  const written = lineEnding === "\n" ? whole.replaceAll("\r\n", "\n") : whole;
  return describeSignature(plan, selected.names, timestamp, written);
}

/** `field`: as written, with its line ending. */
export function describeSignature(
  plan: SignaturePlan,
  signedFields: readonly string[],
  timestamp: number | undefined,
  field: string,
): MadeSignature {
  return {
    domain: plan.domain,
    selector: plan.selector,
    algorithm: plan.algorithm.name,
    keyBits: plan.key.bits,
    signedFields,
    timestamp,
    testing: plan.options.testing ?? false,
    field,
  };
}

function formatField(
  plan: SignaturePlan,
  message: Message,
  selected: SelectedFields,
  body: BodyHash,
  timestamp: number | undefined,
): string {
  const { options, identity, expireAfterSeconds: lifetime } = plan;
  const { queryMethods, extraTags } = options;
  const tags: Mutable<SignatureFieldTags> = {
    algorithm: plan.algorithm.name,
    domain: plan.domain,
    selector: plan.selector,
    headerCanonicalization: plan.headerCanonicalization,
    bodyCanonicalization: plan.bodyCanonicalization,
    signedFields: selected.names,
    bodyHash: body.digest,
  };
  if (identity !== undefined) tags.identity = identity;
  if (timestamp !== undefined) {
    tags.timestamp = timestamp;
    if (lifetime !== undefined) tags.expiration = timestamp + lifetime;
  }
  if (plan.bodyLength !== undefined) tags.bodyLength = body.hashedBytes;
  if (queryMethods !== undefined) tags.queryMethods = queryMethods;
  if (options.copyHeaders === true) {
    tags.copiedFields = selected.fields.map((it) => ({
      name: it.name,
      value: fieldValue(message, it),
    }));
  }
  if (extraTags !== undefined) tags.extraTags = extraTags;
  return formatSignatureField(tags);
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** The view is valid until the next call. */
function signedTextOf(
  plan: SignaturePlan,
  message: Message,
  selected: SelectedFields,
  field: string,
): Uint8Array {
  // The field is ASCII, and latin1 is faster to write.
  const bytes = Buffer.from(field, "latin1");
  const end = bytes.length;
  signedText.reset();
  writeSignedText(
    signedText,
    message,
    selected.fields,
    { bytes, start: 0, end, valueStart: end, valueEnd: end },
    plan.headerCanonicalization,
  );
  return signedText.bytes();
}

/** RFC 6376 5.4 requires From to be signed, and 8.15 advises against signing a message with several From fields. */
function checkFrom(message: Message): void {
  const count = message.byKey.get("from")?.length ?? 0;
  if (count === 0) {
    throw new SigningError(
      "no-from",
      "expected a From field to sign (RFC 6376 5.4), found none in the header; is this a mail message?",
    );
  }
  if (count > 1) {
    throw new SigningError(
      "several-from",
      `expected one From field (RFC 5322 3.6), found ${count}; a receiver may show the wrong one, so repair the message first (RFC 6376 8.15)`,
    );
  }
}
