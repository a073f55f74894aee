/** The fields that OpenDKIM signs: SignHeaders, OmitHeaders and OversignHeaders in opendkim.conf(5). */

const signedByDefault: readonly string[] = [
  "From",
  "Reply-To",
  "Subject",
  "Date",
  "To",
  "Cc",
  "Resent-Date",
  "Resent-From",
  "Resent-Sender",
  "Resent-To",
  "Resent-Cc",
  "In-Reply-To",
  "References",
  "List-Id",
  "List-Help",
  "List-Unsubscribe",
  "List-Subscribe",
  "List-Post",
  "List-Owner",
  "List-Archive",
];
const omittedByDefault: readonly string[] = ["Return-Path", "Received", "Comments", "Keywords"];

/** The fields of a setting. */
export interface FieldNames {
  readonly names: readonly string[];
  /** Remarks about entries that OpenDKIM ignores as well. */
  readonly ignored: readonly string[];
  /** The parts that our config cannot express, each with a remedy. */
  readonly lost: readonly string[];
}

/** SignHeaders; undefined if it is not set. */
export function signedFields(entries: readonly string[] | undefined): FieldNames {
  const { names, ignored } = delta(entries, signedByDefault);
  return {
    names: names.filter((name) => !name.includes("*")),
    ignored,
    lost: names
      .filter((name) => name.includes("*"))
      .map((name) => `${name} is a pattern: name each field in signing.headers`),
  };
}

/** OmitHeaders; its names may be patterns. */
export function omittedFields(entries: readonly string[] | undefined): FieldNames {
  const { names, ignored } = delta(entries, omittedByDefault);
  const from = names.some((name) => matches(name, "From"))
    ? ["From is always signed (RFC 6376 5.4)"]
    : [];
  return { names, ignored: [...ignored, ...from], lost: [] };
}

/** OversignHeaders, which has only names. */
export function oversignedFields(entries: readonly string[]): FieldNames {
  return {
    names: entries.filter(isName),
    ignored: [],
    lost: entries
      .filter((entry) => !isName(entry))
      .map((entry) => `${entry} is not a field name: write it without +, - and *`),
  };
}

/** Our option `headers`, which signs each occurrence of a field and no absent field. */
export function fieldsToSign(signed: readonly string[], omitted: readonly string[]): string[] {
  const kept = signed.filter(
    (name) => name.toLowerCase() !== "from" && !omitted.some((omit) => matches(omit, name)),
  );
  const unique = new Map(["From", ...kept].map((name) => [name.toLowerCase(), name] as const));
  return [...unique.values()].map((name) => `${name}+`);
}

/** If the list contains `*`, its entries change the default: `+name` adds, `-name` removes, and others have no effect. */
function delta(
  entries: readonly string[] | undefined,
  base: readonly string[],
): Omit<FieldNames, "lost"> {
  if (entries === undefined) return { names: base, ignored: [] };
  if (!entries.includes("*")) {
    const isUsed = (entry: string): boolean => isName(entry.replaceAll("*", ""));
    return {
      names: entries.filter(isUsed),
      ignored: entries
        .filter((entry) => !isUsed(entry) && entry !== ".")
        .map((entry) => `${entry} has no effect, because there is no * in the list`),
    };
  }
  const removed = new Set(
    entries.filter((entry) => entry.startsWith("-")).map((entry) => entry.slice(1).toLowerCase()),
  );
  return {
    names: [
      ...base.filter((name) => !removed.has(name.toLowerCase())),
      ...entries.filter((entry) => entry.startsWith("+")).map((entry) => entry.slice(1)),
    ],
    ignored: entries
      .filter((entry) => entry !== "*" && !/^[+-]/.test(entry))
      .map(
        (entry) => `OpenDKIM ignores ${entry} in a list with *; to add the field, write +${entry}`,
      ),
  };
}

/** RFC 5322 ftext, without the characters that end a tag or start a change of the default. */
function isName(entry: string): boolean {
  return /^[!-)/-9<-~][!-9<-~]*$/.test(entry) && !entry.includes("*");
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[^\w-]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(name);
}
