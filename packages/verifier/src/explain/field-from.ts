import { edited, type FieldContext, type FieldValue, unfold } from "./field-value.ts";

/** Fields in which systems that rewrite From keep what it was, or part of it. */
const keepers: readonly string[] = [
  "x-original-from",
  "x-google-original-from",
  "x-mailman-original-from",
  "original-from",
  "x-from",
  "x-original-sender",
  "x-sender",
  "reply-to",
  "x-original-reply-to",
  "author",
  "sender",
  "cc",
  "return-path",
  "resent-from",
];
const address = /[^\s<>"(),;:]{1,64}@[^\s<>"(),;:]{1,255}/g;
const rewritten = "it was rewritten, as mailing lists do for DMARC";

/** A From as it was before a list put its own address there. */
export function* otherFroms(value: string, context: FieldContext): Generator<FieldValue> {
  const kept = keepers.flatMap((key) => context.valuesOf(key).map((text) => ({ key, text })));
  for (const { key, text } of kept) {
    yield edited(text, `${rewritten}; ${key} keeps what it was`);
  }
  const flat = unfold(value).trim();
  const names = namesOf(flat);
  const seen = new Set<string>();
  for (const { key, text } of [...kept, { key: "the name", text: unmangled(flat) }]) {
    for (const [found] of text.matchAll(address)) {
      for (const name of [...names, ...namesOf(text)]) {
        for (const form of [`"${name}" <${found}>`, `${name} <${found}>`, `${found} (${name})`]) {
          if (name !== "" && !seen.has(form)) {
            seen.add(form);
            yield edited(form, `${rewritten}; its address is kept in ${key}`);
          }
        }
      }
      for (const form of [`<${found}>`, found]) {
        if (!seen.has(form)) {
          seen.add(form);
          yield edited(form, `${rewritten}; its address is kept in ${key}`);
        }
      }
    }
  }
}

/** The display name, as it is and without what lists add to it. */
function namesOf(flat: string): readonly string[] {
  const before = flat.includes("<") ? flat.slice(0, flat.lastIndexOf("<")) : "";
  const name = before.trim().replace(/^["']+|["']+$/g, "");
  const shorter = [
    name,
    name.replace(/ (?:via|through|on behalf of|durch|par) .*$/i, ""),
    name.replace(/ *\([^)]{1,80}\)$/, ""),
    name.replace(/ *\[[^\]]{1,80}\]$/, ""),
    name.replace(/'/g, ""),
    name.replace(/ (?:via|through) .*$/i, "").replace(/^["']+|["']+$/g, ""),
  ];
  return [...new Set(shorter)];
}

/** Addresses that were made into names or local parts: `ada at example.com`, `ada=example.com@list`. */
function unmangled(flat: string): string {
  const at = flat.replace(/ at /g, "@").replace(/ dot /g, ".");
  const verp = Array.from(
    flat.matchAll(/([^\s<>"=]{1,64})=([^\s<>"=@]{1,200})@/g),
    ([, local, domain]) => `${local}@${domain}`,
  );
  return [at, ...verp].join(" ");
}
