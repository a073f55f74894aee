import { octetsAsText, textOf } from "../wire/wire-text.ts";

/**
 * One field of the header as an MTA reports it.
 *
 * ```ts
 * const handler: MilterHandler = {
 *   header: (field) => (field.name === "X-Test" && field.value.trim() === "reject" ? "reject" : "continue"),
 * };
 * ```
 */
export class HeaderField {
  /** Without white space before the colon, which no MTA reports. */
  readonly nameBytes: Uint8Array;
  /**
   * Everything after the colon, without the last line ending; lines inside a folded value are separated by a bare
   * LF. If `terms.leadingSpace` is "removed", the MTA has removed one space after the colon.
   */
  readonly valueBytes: Uint8Array;

  constructor(nameBytes: Uint8Array, valueBytes: Uint8Array) {
    this.nameBytes = nameBytes;
    this.valueBytes = valueBytes;
  }

  /** One character for each octet. */
  get name(): string {
    return octetsAsText(this.nameBytes);
  }

  /** Decoded as UTF-8; invalid octets become U+FFFD. Line breaks are kept. */
  get value(): string {
    return textOf(this.valueBytes);
  }
}
