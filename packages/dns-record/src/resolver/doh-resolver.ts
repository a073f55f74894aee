import { callback, optionsCheck, required, wholeNumber } from "@mailseal/errors";
import { quoted } from "@mailseal/syntax";
import { DnsRecordError } from "../errors.ts";
import { lookupName } from "../record/record-name.ts";
import { encodeTxtQuery } from "./dns-query.ts";
import { readTxtResponse } from "./dns-response.ts";
import {
  failure,
  MAX_TIMEOUT_MS,
  networkFailure,
  refusedName,
  type TxtAnswer,
  type TxtResolver,
} from "./txt-resolver.ts";

/** The options of `dohResolver`. */
export interface DohResolverOptions {
  /**
   * For example https://dns.example/dns-query; not a URI template. http: is accepted only for an address of this
   * machine, because anybody on the way could answer with keys of their own.
   */
  readonly url: string;
  /** How long to wait for the whole response. Default 5000. */
  readonly timeoutMs?: number;
  /** Replaces the global `fetch`. It must obey `signal`. */
  readonly fetch?: typeof fetch;
}

const MEDIA_TYPE = "application/dns-message";
const MAX_RESPONSE_OCTETS = 65_535;

const checkOptions = optionsCheck<DohResolverOptions>(
  "options",
  {
    url: required({
      expected: "an https: URL such as https://dns.example/dns-query",
      accepts: (it) => typeof it === "string" && isUsable(it),
    }),
    timeoutMs: wholeNumber(1, MAX_TIMEOUT_MS, "milliseconds"),
    fetch: callback,
  },
  (message, option) => new DnsRecordError(option === "url" ? "bad-url" : "invalid-option", message),
);

/**
 * Looks up records over HTTPS (RFC 8484, POST). It reports TTLs and the AD bit, which is as trustworthy as
 * the server. Redirects are not followed.
 *
 * A name that is not a valid host name is an "error" without a query.
 *
 * ```ts
 * const keys = keySource(dohResolver({ url: "https://dns.example/dns-query" }));
 * ```
 *
 * @throws DnsRecordError "bad-url", "invalid-option".
 */
export function dohResolver(options: DohResolverOptions): TxtResolver {
  checkOptions(options);
  const url = new URL(options.url);
  const timeoutMs = options.timeoutMs ?? 5000;
  const send = options.fetch ?? fetch;
  return {
    async resolveTxt(asked) {
      const name = lookupName(asked);
      if (name === undefined) return refusedName(asked);
      // RFC 8484 4.1: the id is always the same, so that HTTP caches see the same question.
      const query = encodeTxtQuery(name, 0);
      try {
        const response = await send(url, {
          method: "POST",
          headers: { accept: MEDIA_TYPE, "content-type": MEDIA_TYPE },
          body: new Uint8Array(query.bytes),
          // Not "error", which workerd does not have: a redirect is refused by its status.
          redirect: "manual",
          signal: AbortSignal.timeout(timeoutMs),
        });
        const bytes = await messageOf(response);
        if (!(bytes instanceof Uint8Array)) return bytes;
        const read = readTxtResponse(bytes, query);
        return read?.status === "complete"
          ? aged(read.answer, response.headers.get("age"))
          : failure("error", "the server sent what is no response to the query");
      } catch (error) {
        return toFailure(error, timeoutMs);
      }
    },
  };
}

function isUsable(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && loopback.test(hostname));
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The DNS message, or the failure to get one. */
async function messageOf(response: Response): Promise<Uint8Array | TxtAnswer> {
  const refuse = async (reason: string): Promise<TxtAnswer> => {
    await response.body?.cancel();
    return failure("error", reason);
  };
  // A browser hides the status of a redirect.
  if (response.type === "opaqueredirect") return refuse("the server answered with a redirect");
  if (response.status !== 200) return refuse(`the server answered HTTP ${response.status}`);
  const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== MEDIA_TYPE)
    return refuse(`expected ${MEDIA_TYPE}, got ${quoted(type ?? "no type")}`);
  const chunks: Uint8Array[] = [];
  let octets = 0;
  // Not every browser can iterate over a body.
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
    octets += read.value.length;
    if (octets > MAX_RESPONSE_OCTETS) {
      await reader?.cancel();
      return failure("error", `the response has more than ${MAX_RESPONSE_OCTETS} octets`);
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks);
}

/** RFC 8484 5.1: the time spent in an HTTP cache is subtracted from the TTL. */
function aged(answer: TxtAnswer, age: string | null): TxtAnswer {
  if ("reason" in answer || answer.ttlSeconds === undefined) return answer;
  if (age === null || !/^\d{1,10}$/.test(age)) return answer;
  return { ...answer, ttlSeconds: Math.max(0, answer.ttlSeconds - Number(age)) };
}

function toFailure(error: unknown, timeoutMs: number): TxtAnswer {
  if (error instanceof Error && error.name === "TimeoutError") {
    return failure("timeout", `no response within ${timeoutMs} ms`);
  }
  // `fetch` reports only "fetch failed"; the reason is in its cause.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return networkFailure(cause);
}
