import type { Config } from "@mailseal/config";
import type { KeyAnswer } from "@mailseal/policy/keys";

/** A key that signs by the config or the key database. */
export interface KeyInUse {
  readonly domain: string;
  readonly selector: string;
  /** Undefined for a key in the config itself. */
  readonly file: string | undefined;
  /** As this process loads it: as root, every file can be read. */
  readonly answer: KeyAnswer;
  /** When its file was last written, Unix milliseconds. */
  readonly writtenAtMs: number | undefined;
}

/** More than anybody looks at; a platform with more domains has its own monitoring. */
const maxKeys = 1000;

/** The keys of all domains that the config or the key database names, or that have a file matching a path with `%{d}`. */
export async function keysInUse(config: Config): Promise<readonly KeyInUse[]> {
  const { domainsWithKeys, findSigningKeys } = await import("@mailseal/policy/keys");
  const domains = new Set<string>();
  for await (const { domain } of domainsWithKeys(config)) domains.add(domain);
  const found = await findSigningKeys(config, domains, maxKeys);
  return found.map(({ domain, selector, answer, file, writtenAtMs }) => ({
    domain,
    selector,
    answer,
    file,
    writtenAtMs,
  }));
}
