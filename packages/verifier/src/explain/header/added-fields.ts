import type { Step } from "../cause.ts";
import type { HeaderModel } from "./header-model.ts";
import type { WideAlternative } from "./multi-field-search.ts";

/** Fields that lists and gateways add, several at once. */
const addable =
  /^(?:reply-to|sender|precedence|errors-to|cc|organization|importance|priority|auto-submitted|feedback-id|archived-at|mail-followup-to|return-path|delivered-to|authentication-results|received(?:-spf)?|(?:list|resent|x)-.*)$/;
const mostAdded = 8;

/** Headers without some of the fields that are often added; all of them first. */
export function* withoutAdditions(model: HeaderModel): Generator<WideAlternative> {
  const keys = model.keys
    .filter((key) => addable.test(key) && isFull(model, key))
    .slice(0, mostAdded);
  const all = (1 << keys.length) - 1;
  for (let bits = all; bits > 0; bits--) {
    yield without(
      model,
      keys.filter((_, index) => ((bits >> index) & 1) === 1),
    );
  }
}

/** Where h= names a field more often than it is there, none was added. */
function isFull(model: HeaderModel, key: string): boolean {
  const count = model.instancesOf(key).length;
  return count > 0 && count >= model.wanted(key);
}

function without(model: HeaderModel, keys: readonly string[]): WideAlternative {
  const replaced = new Map<string, readonly string[]>();
  const steps: Step[] = [];
  for (const key of keys) {
    const present = model.instancesOf(key);
    replaced.set(key, model.textsOf(key, present.slice(0, -1)));
    steps.push({
      code: "field-added",
      field: key,
      detail: `the field ${present.at(-1)?.split(":", 1)[0] ?? key} was added after signing`,
      changes: [{ received: (present.at(-1) ?? "").slice(0, 1000) }],
    });
  }
  return { replaced, steps };
}
