import { formatZoneLine } from "@mailseal/dns-record";
import { optionsCheck, text as textRule } from "@mailseal/errors";
import type { Publisher, RecordChange } from "../environment.ts";
import { badOption } from "../errors.ts";
import { writeDurably } from "../files/durable-file.ts";

/** The options of `zonePublisher`. */
export interface ZonePublisherOptions {
  /** A file for the text, in addition to the advice. It is replaced each time. */
  readonly file?: string;
}

const checkOptions = optionsCheck<ZonePublisherOptions>("options", { file: textRule }, badOption);

/**
 * Writes the changes as zone file text, for a person to copy into the zone. Throws a `RotationError` "bad-option".
 *
 * ```ts
 * const publisher = zonePublisher({ file: "/var/lib/mailseal/to-publish.zone" });
 * const { advice } = await publisher.apply(changes); // the lines for the zone
 * ```
 */
export function zonePublisher(options: ZonePublisherOptions = {}): Publisher {
  checkOptions(options);
  const { file } = options;
  return {
    async apply(changes) {
      const text = changes.map((change) => `${zoneText(change)}\n`).join("");
      if (file !== undefined) await writeDurably(file, text, { mode: 0o644 });
      const where = file === undefined ? "" : ` (also in ${file})`;
      return { advice: `Change the zone${where}:\n\n${text}` };
    },
  };
}

function zoneText(change: RecordChange): string {
  switch (change.action) {
    case "publish":
      return `; add:\n${line(change)}`;
    case "replace":
    case "revoke":
      return `; replace the existing record with:\n${line(change)}`;
    case "remove":
      return `; remove every TXT record at ${change.name}.`;
  }
}

function line({
  name,
  record,
  ttlSeconds,
}: Exclude<RecordChange, { readonly action: "remove" }>): string {
  return formatZoneLine(name, record, { ttlSeconds });
}
