import { ByteSink, canonicalizeField } from "@mailseal/canonicalization";
import {
  type Canonicalization,
  type DkimSignature,
  fieldValue,
  type HeaderField,
  type Message,
  rawField,
} from "@mailseal/syntax";

/** Longer fields are not rewritten, because the cost of each try grows with the length of the field. */
export const longestFieldBytes: number = 16 * 1024;
const mostCachedBytes = 8 << 20;

/** The fields that a signature covers, as latin1 text, and the text over which it was made. */
export class HeaderModel {
  /** Lower case, in the order of h=. */
  readonly names: readonly string[];
  readonly mode: Canonicalization;
  readonly message: Message;
  /** The DKIM-Signature field. */
  readonly field: HeaderField;
  readonly signature: DkimSignature;
  /** The DKIM-Signature field without the value of its b=, and without its line ending. */
  readonly own: string;
  /** Each name of h= once. */
  readonly keys: readonly string[];
  readonly #wanted = new Map<string, number>();
  readonly #canonical = new Map<string, string>();
  #cachedBytes = 0;
  readonly #base: ReadonlyMap<string, readonly string[]>;

  constructor(
    message: Message,
    field: HeaderField,
    signature: DkimSignature,
    mode: Canonicalization = signature.headerCanonicalization,
  ) {
    this.message = message;
    this.field = field;
    this.signature = signature;
    this.names = signature.signedFields;
    this.mode = mode;
    for (const name of this.names) {
      this.#wanted.set(name, this.wanted(name) + 1);
    }
    this.keys = [...this.#wanted.keys()];
    const value = fieldValue(message, field);
    const name = latin1(rawField(message, field)).slice(0, field.valueStart - field.start);
    this.own =
      name + value.slice(0, signature.signatureStart) + value.slice(signature.signatureEnd);
    this.#base = new Map(this.keys.map((key) => [key, this.textsOf(key, this.instancesOf(key))]));
  }

  /** How often h= names the key. */
  wanted(key: string): number {
    return this.#wanted.get(key) ?? 0;
  }

  /** The received fields of this name, from top to bottom, with their line endings. */
  instancesOf(key: string): readonly string[] {
    return (this.message.byKey.get(key) ?? []).map((field) =>
      latin1(rawField(this.message, field)),
    );
  }

  /** The canonical text for each time that h= names the key; fields are taken from the bottom up. */
  textsOf(key: string, instances: readonly string[]): readonly string[] {
    return Array.from({ length: this.wanted(key) }, (_, index) => {
      const field = instances[instances.length - 1 - index];
      return field === undefined ? "" : this.canonical(field);
    });
  }

  /** The text to sign, with some fields replaced by other texts. */
  signedText(
    replaced: ReadonlyMap<string, readonly string[]> = new Map(),
    own: string = this.own,
  ): string {
    const used = new Map<string, number>();
    let text = "";
    for (const name of this.names) {
      const count = used.get(name) ?? 0;
      used.set(name, count + 1);
      text += (replaced.get(name) ?? this.#base.get(name))?.[count] ?? "";
    }
    return text + this.canonical(`${own}\r\n`).slice(0, -2);
  }

  canonical(field: string): string {
    const cached = this.#canonical.get(field);
    if (cached !== undefined) {
      return cached;
    }
    const bytes = Buffer.from(field, "latin1");
    const sink = new ByteSink();
    canonicalizeField(bytes, 0, bytes.length, this.mode, sink);
    const text = latin1(sink.bytes());
    if (field.length <= longestFieldBytes && this.#cachedBytes < mostCachedBytes) {
      this.#cachedBytes += field.length + text.length;
      this.#canonical.set(field, text);
    }
    return text;
  }
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
