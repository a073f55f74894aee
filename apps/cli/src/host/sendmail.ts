import { hasProgram, type Host, readTextOn } from "./host.ts";

/** The Sendmail of a host. */
export interface Sendmail {
  /** Such as "8.17.1.9"; undefined if it does not say. */
  readonly version: string | undefined;
  /** The configuration that it reads. */
  readonly configFile: string;
  /** The source of that configuration; undefined if the host has none. */
  readonly macroFile: string | undefined;
  /** The mail filters that the configuration declares, in the order in which they are called. */
  readonly filters: readonly SendmailFilter[];
}

/** A line `Xname, S=..., F=..., T=...` of sendmail.cf. */
interface SendmailFilter {
  readonly name: string;
  /** Such as "local:/run/mailseal/milter.sock". */
  readonly socket: string;
  /** T: defer mail if the filter cannot be reached; R: refuse it; "": let it pass unsigned. */
  readonly failure: string;
}

const configFile = "/etc/mail/sendmail.cf";
const macroFile = "/etc/mail/sendmail.mc";

/** Undefined if the host has no Sendmail; Postfix and others have a program of that name, but not its configuration. */
export async function readSendmail(host: Host): Promise<Sendmail | undefined> {
  const config = await readTextOn(host, configFile);
  const macros = await readTextOn(host, macroFile);
  if ((config ?? macros) === undefined || !hasProgram(host, "sendmail")) return undefined;
  // `-d0.1` prints the version, and -bt with an empty input ends at once. Postfix's sendmail(1) prints neither.
  const asked = await host.run("sendmail", ["-d0.1", "-bt"], { timeoutMs: 10_000 });
  const text = asked.status === "ended" ? asked.stdout : "";
  const [, version] = /^Version ([\d.]+)/m.exec(text) ?? [];
  if (version === undefined && hasProgram(host, "postconf")) return undefined;
  return {
    version,
    configFile,
    macroFile: macros === undefined ? undefined : macroFile,
    filters: filtersOf(config ?? ""),
  };
}

function filtersOf(config: string): readonly SendmailFilter[] {
  const declared = new Map<string, SendmailFilter>();
  for (const [, name = "", rest = ""] of config.matchAll(/^X(\w+),[ \t]*(.*)$/gm)) {
    const [, socket = ""] = /\bS=([^,\s]+)/.exec(rest) ?? [];
    const [, failure = ""] = /\bF=(\w)/.exec(rest) ?? [];
    declared.set(name, { name, socket, failure });
  }
  // Only the filters in this option are called.
  const [, order = ""] = /^O InputMailFilters=(.*)$/m.exec(config) ?? [];
  return order
    .split(/[,\s]+/)
    .map((name) => declared.get(name))
    .filter((filter) => filter !== undefined);
}
