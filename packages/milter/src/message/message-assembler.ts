import type { Terms } from "../session/negotiation.ts";
import type { HeaderField } from "./header-field.ts";

const crlf = Uint8Array.of(0x0d, 0x0a);
const lf = 0x0a;
const cr = 0x0d;

/**
 * The bytes of one field as they were in the message, with CRLF after every line. With `leadingSpace: "kept"` they
 * are exact, except for white space before the colon, which MTAs do not report. With "removed", a space is added
 * after the colon, which is wrong only for a field that had none.
 *
 * ```ts
 * const handler: MilterHandler = {
 *   header(field, { terms }) {
 *     hash.update(fieldBytes(field, terms.leadingSpace));
 *   },
 * };
 * ```
 */
export function fieldBytes(field: HeaderField, leadingSpace: Terms["leadingSpace"]): Uint8Array {
  const { nameBytes: name, valueBytes: value } = field;
  let bareLineEndings = 0;
  for (let at = value.indexOf(lf); at !== -1; at = value.indexOf(lf, at + 1)) {
    if (value[at - 1] !== cr) bareLineEndings += 1;
  }
  const separator = leadingSpace === "kept" ? ":" : ": ";
  const bytes = new Uint8Array(name.length + separator.length + value.length + bareLineEndings + 2);
  bytes.set(name);
  let length = name.length;
  for (const character of separator) bytes[length++] = character.charCodeAt(0);
  let start = 0;
  for (let at = value.indexOf(lf); at !== -1; at = value.indexOf(lf, at + 1)) {
    const end = value[at - 1] === cr && at > start ? at - 1 : at;
    bytes.set(value.subarray(start, end), length);
    length += end - start;
    bytes.set(crlf, length);
    length += 2;
    start = at + 1;
  }
  bytes.set(value.subarray(start), length);
  bytes.set(crlf, length + value.length - start);
  return bytes;
}

/**
 * Reassembles a message from the events of an MTA. It writes exactly the bytes that the SMTP client sent, except for
 * the white space that `fieldBytes` describes. The MTA's own Received field is not among them, because the MTA does
 * not report it. Create one for each message; it does not store the message.
 *
 * ```ts
 * const chunks: Uint8Array[] = [];
 * const message = new MessageAssembler({ leadingSpace: "kept" }, (bytes) => chunks.push(bytes));
 * message.header(new HeaderField(Buffer.from("Subject"), Buffer.from(" Lunch")));
 * message.body(Buffer.from("At noon?\r\n"));
 * message.end();
 * Buffer.concat(chunks).toString(); // "Subject: Lunch\r\n\r\nAt noon?\r\n"
 * ```
 */
export class MessageAssembler {
  readonly #leadingSpace: Terms["leadingSpace"];
  readonly #write: (bytes: Uint8Array) => void;
  #inHeader = true;

  constructor({ leadingSpace }: Pick<Terms, "leadingSpace">, write: (bytes: Uint8Array) => void) {
    this.#leadingSpace = leadingSpace;
    this.#write = write;
  }

  /** Writes a field. */
  header(field: HeaderField): void {
    this.#write(fieldBytes(field, this.#leadingSpace));
  }

  /** Writes a piece of the body, after the line that ends the header. */
  body(chunk: Uint8Array): void {
    this.#endHeader();
    this.#write(chunk);
  }

  /** Call it at the end of the message, because a message without a body still has its empty line. */
  end(): void {
    this.#endHeader();
  }

  #endHeader(): void {
    if (this.#inHeader) this.#write(crlf);
    this.#inHeader = false;
  }
}
