import { type HeaderField, type Message, rawField } from "@mailseal/syntax";

/** The names and values of `fields` for z= (RFC 6376 3.5), unchanged, without their line endings. */
export function copyFields(
  message: Message,
  fields: readonly HeaderField[],
): { name: string; value: string }[] {
  return fields.map((field) => {
    const raw = rawField(message, field);
    const value = raw.subarray(field.valueStart - field.start);
    const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
    return { name: field.name, value: text.replace(/\r?\n$/, "") };
  });
}
