import { MilterError } from "../errors.ts";
import type { Terms } from "../session/negotiation.ts";
import type { Action } from "../wire/protocol.ts";
import { encodeReply, type Reply } from "../wire/reply.ts";
import { quoted } from "../wire/wire-text.ts";
import { checkedHeaderName, headerValueToSend } from "./header-value.ts";

/** A body in one piece, or in pieces of any size. Lines end with CRLF. */
export type BodySource = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * The changes to a message, passed to `endOfMessage`. They are sent in order after `endOfMessage` has returned an
 * answer that lets the message continue; with any other answer they are dropped. Values are text (sent as UTF-8)
 * or bytes. Every method throws a `MilterError`: "action-not-negotiated" if the option `actions` does not name the
 * action or the MTA does not offer it, "changes-closed" after `endOfMessage`, and "bad-header-name",
 * "bad-header-value" or "bad-value" for a value that cannot be sent.
 *
 * ```ts
 * const handler: MilterHandler = {
 *   endOfMessage(changes) {
 *     changes.insertHeader(1, "X-Checked", " yes");
 *     changes.deleteHeader("X-Internal", 1);
 *   },
 * };
 * ```
 */
export class MessageChanges {
  readonly #terms: Terms;
  readonly #replies: Reply[] = [];
  #body: BodySource | undefined;
  #closed = false;

  /** @internal */
  constructor(terms: Terms) {
    this.#terms = terms;
  }

  /** Adds a field at the end of the header. The value is everything after the colon, as in " text". */
  addHeader(name: string, value: string | Uint8Array): void {
    this.#allow("add-headers");
    this.#replies.push({ kind: "addHeader", ...this.#field(name, value) });
  }

  /**
   * Adds a field before the one at `index`, which counts from 0 over the message as delivered: 0 is above
   * the MTA's own Received field, 1 is below it.
   */
  insertHeader(index: number, name: string, value: string | Uint8Array): void {
    this.#allow("add-headers");
    this.#replies.push({
      kind: "insertHeader",
      index: wholeNumber(index, 0, "the index of a field, from 0"),
      ...this.#field(name, value),
    });
  }

  /**
   * Replaces the value of a field: the `occurrence`th of that name from the top, counted from 1 as the
   * SMTP client sent them (the MTA's own Received field does not count). If there is no such field, Sendmail and
   * Postfix add it.
   */
  changeHeader(name: string, occurrence: number, value: string | Uint8Array): void {
    this.#allow("change-headers");
    const field = this.#field(name, value);
    if (field.value.length === 0) {
      throw new MilterError(
        "bad-header-value",
        "an empty value would delete the field: pass a value, or call deleteHeader",
      );
    }
    this.#replies.push({ kind: "changeHeader", occurrence: occurrenceOf(occurrence), ...field });
  }

  /**
   * Deletes a field. It is counted as in `changeHeader`, in the message as received: other changes do not shift
   * the count.
   */
  deleteHeader(name: string, occurrence: number): void {
    this.#allow("change-headers");
    this.#replies.push({
      kind: "changeHeader",
      occurrence: occurrenceOf(occurrence),
      name: checkedHeaderName(name),
      value: "",
    });
  }

  /** Replaces the envelope sender; "" is the null sender. Parameters as "NAME=value". */
  changeSender(address: string, parameters: readonly string[] = []): void {
    this.#allow("change-sender");
    this.#replies.push({
      kind: "changeSender",
      address: inBrackets(address),
      parameters: parameters.map(checkedParameter),
    });
  }

  /** Adds an envelope recipient. Parameters need the action "add-recipients-with-parameters". */
  addRecipient(address: string, parameters: readonly string[] = []): void {
    if (parameters.length === 0) {
      this.#allow("add-recipients");
      this.#replies.push({ kind: "addRecipient", address: inBrackets(address) });
      return;
    }
    this.#allow("add-recipients-with-parameters");
    this.#replies.push({
      kind: "addRecipientWithParameters",
      address: inBrackets(address),
      parameters: parameters.map(checkedParameter),
    });
  }

  /** Removes an envelope recipient, as it was reported to `rcptTo`. */
  deleteRecipient(address: string): void {
    this.#allow("delete-recipients");
    this.#replies.push({ kind: "deleteRecipient", address: inBrackets(address) });
  }

  /** Replaces the whole body; the last call counts. A source is read while it is sent. */
  replaceBody(body: BodySource): void {
    this.#allow("change-body");
    this.#body = body;
  }

  /** Makes the MTA quarantine the message, with a printable reason for its operator. */
  quarantine(reason: string): void {
    this.#allow("quarantine");
    this.#replies.push({ kind: "quarantine", reason: oneLine(reason, "a reason") });
  }

  /** @internal Refuses all later changes. */
  close(): void {
    this.#closed = true;
  }

  /** @internal The packets. The chunks of the body are together and last, because Postfix accepts no other order. */
  async *packets(): AsyncGenerator<Uint8Array, void> {
    for (const reply of this.#replies) yield encodeReply(reply);
    if (this.#body === undefined) return;
    let empty = true;
    for await (const piece of piecesOf(this.#body)) {
      for (let at = 0; at < piece.length; at += this.#terms.bodyChunkBytes) {
        const chunk = piece.subarray(at, at + this.#terms.bodyChunkBytes);
        yield encodeReply({ kind: "replaceBody", chunk });
        empty = false;
      }
    }
    if (empty) yield encodeReply({ kind: "replaceBody", chunk: new Uint8Array() });
  }

  #field(
    name: string,
    value: string | Uint8Array,
  ): { readonly name: string; readonly value: Uint8Array } {
    return {
      name: checkedHeaderName(name),
      value: headerValueToSend(value, this.#terms.leadingSpace),
    };
  }

  #allow(action: Action): void {
    if (this.#closed) {
      throw new MilterError(
        "changes-closed",
        "endOfMessage has answered already, so the message can no longer be changed: await all changes before you return the answer",
      );
    }
    if (!this.#terms.actions.has(action)) {
      throw new MilterError(
        "action-not-negotiated",
        `the action "${action}" was not negotiated: add it to the option actions, and check that the MTA offers it`,
      );
    }
  }
}

function piecesOf(body: BodySource): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  return body instanceof Uint8Array ? [body] : body;
}

function occurrenceOf(occurrence: number): number {
  return wholeNumber(occurrence, 1, "the occurrence of a field, from 1");
}

function wholeNumber(value: number, least: number, what: string): number {
  if (!Number.isInteger(value) || value < least || value > 0x7fff_fffe) {
    throw new MilterError("bad-value", `expected ${what}, got ${value}`);
  }
  return value;
}

function inBrackets(address: string): string {
  const checked = oneLine(address, "an address");
  return checked.startsWith("<") && checked.endsWith(">") ? checked : `<${checked}>`;
}

function checkedParameter(parameter: string): string {
  if (!/^[!-~\u0080-\u{10ffff}]+$/u.test(parameter)) {
    throw new MilterError(
      "bad-value",
      `expected an ESMTP parameter as "NAME=value", got ${quoted(parameter)}`,
    );
  }
  return parameter;
}

function oneLine(text: string, what: string): string {
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw new MilterError(
      "bad-value",
      `expected ${what} without control characters, got ${quoted(text)}`,
    );
  }
  return text;
}
