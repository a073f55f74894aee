import { formatZoneLine } from "@mailseal/dns-record";
import type { Publisher, RecordChange } from "../environment.ts";
import { replaceDurably } from "../files/durable-file.ts";

export interface ZonePublisherOptions {
  /** Where the text is written besides; replaced each time. */
  readonly file?: string;
}

/** Writes what is to be put into the zone, and leaves it to a person. */
export function zonePublisher({ file }: ZonePublisherOptions = {}): Publisher {
  return {
    async apply(changes) {
      const text = changes.map((change) => `${zoneText(change)}\n`).join("");
      if (file !== undefined) await replaceDurably(file, text, 0o644);
      const where = file === undefined ? "" : ` (also in ${file})`;
      return { advice: `Change the zone${where}:\n\n${text}` };
    },
  };
}

function zoneText(change: RecordChange): string {
  switch (change.action) {
    case "publish":
      return `; add:\n${line(change)}`;
    case "revoke":
      return `; in place of the record that is there:\n${line(change)}`;
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
