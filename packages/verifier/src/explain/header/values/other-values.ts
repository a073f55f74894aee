import { otherAddressLists } from "./address-lists.ts";
import { otherContentTypes } from "./content-type.ts";
import { otherDates } from "./dates.ts";
import { otherEncodedWords } from "./encoded-word-styles.ts";
import { edited, type FieldContext, type FieldValue } from "./field-value.ts";
import { otherFoldings } from "./folding.ts";
import { otherFroms } from "./from.ts";
import { otherSubjects } from "./subject.ts";
import { usualValues } from "./usual-values.ts";

const addressFields: ReadonlySet<string> = new Set(
  "from to cc bcc reply-to sender resent-from resent-to resent-cc".split(" "),
);

/** Possible originals of a field's value, the specific ones before the general. */
export function* otherValues(
  key: string,
  value: string,
  context: FieldContext,
): Generator<FieldValue> {
  switch (key) {
    case "subject":
      yield* otherSubjects(value, context);
      break;
    case "from":
      yield* otherFroms(value, context);
      break;
    case "date":
      yield* otherDates(value, context);
      break;
    case "content-type":
      yield* otherContentTypes(value, context);
      break;
    case "message-id":
      yield* otherMessageIds(value, context);
      break;
  }
  if (addressFields.has(key)) {
    yield* otherAddressLists(value);
  }
  yield* otherEncodedWords(value, key.length);
  for (const usual of usualValues.get(key) ?? []) {
    yield edited(usual, `it was ${usual}`);
  }
  yield* otherFoldings(value, key.length);
}

function* otherMessageIds(value: string, context: FieldContext): Generator<FieldValue> {
  for (const key of [
    "x-original-message-id",
    "x-message-id",
    "original-message-id",
    "resent-message-id",
  ]) {
    for (const kept of context.valuesOf(key)) {
      yield edited(kept, `it was replaced; ${key} keeps the original`);
      yield edited(`<${kept}>`, `it was replaced; ${key} keeps the original`);
    }
  }
  const id = value.trim();
  yield edited(id.replace(/^<|>$/g, ""), "angle brackets around it were added");
  yield edited(`<${id}>`, "angle brackets around it were removed");
}
