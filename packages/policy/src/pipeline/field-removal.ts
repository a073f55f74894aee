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
