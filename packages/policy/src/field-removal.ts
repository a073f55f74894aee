import type { HeaderField, Message } from "@mailseal/syntax";
import type { FieldRemoval } from "./mail.ts";

/** The fields of some name that are to go, as a front end must be told. */
export function removalsOf(
  message: Message,
  key: string,
  isDoomed: (field: HeaderField) => boolean,
): FieldRemoval[] {
  return (message.byKey.get(key) ?? []).flatMap((field, index) =>
    isDoomed(field)
      ? [{ name: field.name, occurrence: index + 1, start: field.start, end: field.end }]
      : [],
  );
}

/** The header without the fields that go. The same array where none does. */
export function withoutFields(header: Uint8Array, removals: readonly FieldRemoval[]): Uint8Array {
  if (removals.length === 0) return header;
  const kept: Uint8Array[] = [];
  let from = 0;
  for (const { start, end } of removals) {
    kept.push(header.subarray(from, start));
    from = end;
  }
  kept.push(header.subarray(from));
  return Buffer.concat(kept);
}
