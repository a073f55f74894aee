import { NODATA, NOTFOUND, SERVFAIL, TIMEOUT } from "node:dns";
import { Resolver } from "node:dns/promises";
import { optionsCheck, wholeNumber } from "@mailseal/errors";
import { lookupName } from "../record/record-name.ts";
import {
  badServerList,
  formatServerAddress,
  parseServerAddress,
  serverList,
} from "./resolver-address.ts";
import {
  failure,
  MAX_TIMEOUT_MS,
  networkFailure,
  refusedName,
  type TxtAnswer,
  type TxtResolver,
} from "./txt-resolver.ts";

/** The options of `nodeResolver`. */
export interface NodeResolverOptions {
  /** As in `WireResolverOptions`. Default: the servers of the system (/etc/resolv.conf). */
  readonly servers?: readonly string[];
  /** How long to wait for one response; later tries wait longer. Default 5000. */
  readonly timeoutMs?: number;
  /** The most times to ask each server. Default 2. */
  readonly tries?: number;
}

const checkOptions = optionsCheck<NodeResolverOptions>(
  "options",
  {
    servers: serverList,
    timeoutMs: wholeNumber(1, MAX_TIMEOUT_MS, "milliseconds"),
    tries: wholeNumber(1),
  },
  badServerList,
);

/**
 * Looks up records with `node:dns` (c-ares), by default at the servers of the system; /etc/hosts is not used.
 * It reports neither TTLs nor the AD bit: `wireResolver` does.
 *
 * A name that is not a valid host name is an "error" without a query.
 *
 * ```ts
 * const answer = await nodeResolver().resolveTxt("mail2026._domainkey.example.com");
 * if (answer.status === "found") console.log(answer.records);
 * ```
 *
 * @throws DnsRecordError "bad-server", "invalid-option".
 */
export function nodeResolver(options: NodeResolverOptions = {}): TxtResolver {
  checkOptions(options);
  const resolver = new Resolver({ timeout: options.timeoutMs ?? 5000, tries: options.tries ?? 2 });
  if (options.servers !== undefined) {
    resolver.setServers(
      options.servers.map((server) => formatServerAddress(parseServerAddress(server))),
    );
  }
  return {
    async resolveTxt(asked) {
      const name = lookupName(asked);
      if (name === undefined) return refusedName(asked);
      try {
        const records = await resolver.resolveTxt(name);
        if (records.length === 0) return { status: "nodata" };
        return { status: "found", records: records.map((strings) => strings.join("")) };
      } catch (error) {
        return toAnswer(error);
      }
    },
  };
}

function toAnswer(error: unknown): TxtAnswer {
  const reason = error instanceof Error ? error.message : String(error);
  switch (codeOf(error)) {
    case NOTFOUND:
      return { status: "nxdomain" };
    case NODATA:
      return { status: "nodata" };
    case SERVFAIL:
      return failure("servfail", reason);
    case TIMEOUT:
      return failure("timeout", reason);
    default:
      return networkFailure(error);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
