import { formatZoneLine } from "@mailseal/dns-record";
import { optionsCheck, required, text, wholeNumber } from "@mailseal/errors";
import type { Publisher, RecordChange } from "../environment.ts";
import { badOption, RotationError } from "../errors.ts";
import { readPrivateText } from "../files/private-text.ts";

/** The options of `powerdnsPublisher`. */
export interface PowerdnsPublisherOptions {
  /** The address of the API, "http://127.0.0.1:8081". */
  readonly api: string;
  /** A file whose first line is the API key. It is read for each change. */
  readonly apiKeyFile: string;
  /** The zone that contains the domain. Default: the domain itself. */
  readonly zone?: string;
  /** The timeout of each request. Default 10,000. */
  readonly timeoutMs?: number;
}

const checkOptions = optionsCheck<PowerdnsPublisherOptions>(
  "options",
  {
    api: required(text),
    apiKeyFile: required(text),
    zone: text,
    timeoutMs: wholeNumber(1, 2 ** 31 - 1, "milliseconds"),
  },
  badOption,
);

/** A zone can hold many records, but an answer about a few names cannot. */
const maxAnswerOctets = 64 * 1024 * 1024;

/**
 * Changes a zone by the HTTP API of PowerDNS. The server makes all changes, or none. A name with a TXT record that is not ours
 * stays unchanged, and `apply` rejects.
 *
 * ```ts
 * const publisher = powerdnsPublisher({
 *   api: "http://127.0.0.1:8081",
 *   apiKeyFile: "/etc/mailseal/powerdns.key",
 * });
 * ```
 *
 * @throws RotationError "bad-option".
 */
export function powerdnsPublisher(options: PowerdnsPublisherOptions): Publisher {
  checkOptions(options);
  const base = apiAddress(options.api);
  return {
    async apply(changes) {
      const zone = options.zone ?? changes[0]?.domain ?? "";
      const call = await openZone(options, base, zone);
      for (const change of changes) {
        if (change.action === "publish") await refuseForeign(call, change);
      }
      await call("PATCH", "", JSON.stringify({ rrsets: changes.map(recordSetOf) }));
      return {};
    },
  };
}

type ZoneCall = (method: "GET" | "PATCH", query: string, body?: string) => Promise<unknown>;

function apiAddress(api: string): URL {
  const url = URL.canParse(api) ? new URL(api) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "") {
    throw badOption("api: expected the address of the API, such as http://127.0.0.1:8081");
  }
  return url;
}

/** Reads the key once for all requests of a change. */
async function openZone(
  { api, apiKeyFile, timeoutMs = 10_000 }: PowerdnsPublisherOptions,
  base: URL,
  zone: string,
): Promise<ZoneCall> {
  const secret = await readPrivateText(
    apiKeyFile,
    "API key file",
    (message) => new RotationError("api-key", message),
  );
  const key = secret.split(/\r?\n/, 1)[0]?.trim() ?? "";
  if (!/^[\x21-\x7e]+$/.test(key)) {
    throw new RotationError(
      "api-key",
      `the first line of ${apiKeyFile} is not an API key; write the value of api-key in pdns.conf there`,
    );
  }
  const path = `/api/v1/servers/localhost/zones/${encodeURIComponent(absolute(zone))}`;
  return async (method, query, body) => {
    const url = new URL(`${base.pathname.replace(/\/$/, "")}${path}${query}`, base);
    const response = await fetch(url, {
      method,
      headers: { "x-api-key": key, "content-type": "application/json" },
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body }),
    }).catch((error: unknown) => {
      throw failed(`cannot reach PowerDNS at ${api}: ${networkReason(error)}`);
    });
    const answer = await readAnswer(response, api);
    if (!response.ok) throw refused(response.status, answer, { api, apiKeyFile, zone });
    return answer;
  };
}

/** The answer as JSON; undefined if it is empty or something else. */
async function readAnswer(response: Response, api: string): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > maxAnswerOctets) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw failed(`PowerDNS at ${api} broke off its answer: ${networkReason(error)}`);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
}

function refused(
  status: number,
  answer: unknown,
  {
    api,
    apiKeyFile,
    zone,
  }: { readonly api: string; readonly apiKeyFile: string; readonly zone: string },
): RotationError {
  const error = (answer as { readonly error?: unknown } | null | undefined)?.error;
  const reason = typeof error === "string" ? error.slice(0, 200) : `HTTP ${status}`;
  const hints: ReadonlyMap<number, string> = new Map([
    [401, `is ${apiKeyFile} the api-key of its pdns.conf?`],
    [404, `does it have the zone ${zone}? Name the zone if it is another one`],
  ]);
  const hint = hints.get(status);
  return failed(
    `PowerDNS at ${api} refused the change: ${reason}${hint === undefined ? "" : `; ${hint}`}`,
  );
}

/** A name that has a TXT record already must have ours: then it was published before. */
async function refuseForeign(
  call: ZoneCall,
  { name, record }: Extract<RecordChange, { readonly action: "publish" | "revoke" }>,
): Promise<void> {
  const owner = absolute(name);
  const answer = (await call("GET", `?rrset_name=${encodeURIComponent(owner)}&rrset_type=TXT`)) as
    | { readonly rrsets?: unknown }
    | null
    | undefined;
  const sets: readonly unknown[] = Array.isArray(answer?.rrsets) ? answer.rrsets : [];
  // An old PowerDNS ignores the query and returns the whole zone.
  const contents = sets.flatMap((set) => contentsAt(set, owner));
  if (contents.every((content) => plainText(content) === record)) return;
  throw failed(
    `${name} has a TXT record that is not from this key; remove it, or use another selector`,
  );
}

function contentsAt(set: unknown, owner: string): readonly string[] {
  const { name, type, records } = (set ?? {}) as {
    readonly name?: unknown;
    readonly type?: unknown;
    readonly records?: unknown;
  };
  if (name !== owner || type !== "TXT" || !Array.isArray(records)) return [];
  return records.map((each: unknown) =>
    String((each as { readonly content?: unknown } | null)?.content ?? ""),
  );
}

/** The strings of a record, joined. Our records have neither quotes nor backslashes within them. */
function plainText(content: string): string {
  return content.replaceAll(/"\s+"/g, "").replaceAll('"', "");
}

function recordSetOf(change: RecordChange): Readonly<Record<string, unknown>> {
  const set = { name: absolute(change.name), type: "TXT" };
  if (change.action === "remove") return { ...set, changetype: "DELETE" };
  const { name, record, ttlSeconds } = change;
  const line = formatZoneLine(name, record);
  // The strings, each in quotes, without the parentheses of a zone file.
  const content = line.slice(line.indexOf('"'), line.lastIndexOf('"') + 1);
  const records = [{ content, disabled: false }];
  return { ...set, ttl: ttlSeconds, changetype: "REPLACE", records };
}

function absolute(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}

function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "it did not answer in time";
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}

function failed(message: string): RotationError {
  return new RotationError("dns-update", message);
}
