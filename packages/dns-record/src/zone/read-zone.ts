import { DnsRecordError } from "../errors.ts";
import { checkText, parseZone } from "./zone-file.ts";
import { zoneFromJson } from "./zone-json.ts";
import type { Zone } from "./zone.ts";

/**
 * Reads a zone from the text of a file in either form: JSON if it starts with `{` (see `zoneFromJson`),
 * otherwise a zone file (see `parseZone`).
 *
 * ```ts
 * const keys = keySource(staticResolver(readZone(readFileSync("keys.zone", "utf8"))));
 * ```
 *
 * @throws DnsRecordError "bad-zone" for JSON that is not valid or not of that form.
 */
export function readZone(text: string): Zone {
  checkText(text);
  if (!/^\s*\{/.test(text)) return parseZone(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DnsRecordError("bad-zone", `not valid JSON: ${reason}`, { cause: error });
  }
  return zoneFromJson(value);
}
