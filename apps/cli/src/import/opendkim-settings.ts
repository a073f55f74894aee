import { truth } from "./imported-config.ts";

/** The section of our config that a setting goes into. */
export type Target = "signing" | "verification" | "actions" | "config" | "keys" | "dns";

interface SimpleSetting {
  readonly into: Target;
  readonly option: string;
  /** Our value; undefined where theirs has no counterpart. */
  readonly read: (value: string) => unknown;
}

/** Settings that need nothing but their own value, by their name in lower case; opendkim.conf(5). */
export const simpleSettings: ReadonlyMap<string, SimpleSetting> = new Map([
  ["canonicalization", { into: "signing", option: "canonicalization", read: canonicalization }],
  ["signaturealgorithm", { into: "signing", option: "algorithm", read: (value) => value }],
  ["signheaders", { into: "signing", option: "headers", read: names }],
  ["oversignheaders", { into: "signing", option: "oversign", read: names }],
  ["omitheaders", { into: "signing", option: "skip", read: names }],
  ["signaturettl", { into: "signing", option: "expireAfter", read: seconds }],
  ["maximumsignedbytes", { into: "signing", option: "bodyLength", read: whole }],
  ["bodylengths", { into: "signing", option: "bodyLength", read: truth }],
  ["diagnostics", { into: "signing", option: "copyHeaders", read: truth }],
  ["identity", { into: "signing", option: "identity", read: (value) => value }],
  ["removeoldsignatures", { into: "signing", option: "removeOldSignatures", read: truth }],
  ["authservid", { into: "config", option: "authservId", read: (value) => value }],
  ["minimumkeybits", { into: "verification", option: "minimumRsaBits", read: whole }],
  ["mustbesigned", { into: "verification", option: "requiredFields", read: names }],
  ["clockdrift", { into: "verification", option: "clockSkew", read: seconds }],
  ["on-badsignature", { into: "actions", option: "fail", read: action }],
  ["on-nosignature", { into: "actions", option: "none", read: action }],
  ["on-dnserror", { into: "actions", option: "temperror", read: action }],
  ["on-keynotfound", { into: "actions", option: "permerror", read: action }],
  ["requiresafekeys", { into: "keys", option: "checkPermissions", read: permissions }],
  ["nameservers", { into: "dns", option: "servers", read: names }],
  ["dnstimeout", { into: "dns", option: "timeout", read: seconds }],
] satisfies (readonly [string, SimpleSetting])[]);

/** Settings that are read together with others, or that mean nothing to us: who runs it, and where it logs. */
export const handledElsewhere: ReadonlySet<string> = new Set([
  "alwaysaddarheader",
  "autorestart",
  "autorestartcount",
  "autorestartrate",
  "background",
  "basedirectory",
  "changerootdirectory",
  "domain",
  "internalhosts",
  "keyfile",
  "keytable",
  "logresults",
  "logwhy",
  "mode",
  "multiplesignatures",
  "peerlist",
  "pidfile",
  "selector",
  "signingtable",
  "socket",
  "softwareheader",
  "subdomains",
  "syslog",
  "syslogfacility",
  "syslogname",
  "syslogsuccess",
  "trustanchorfile",
  "umask",
  "userid",
]);

/** One word is the header's; the body's is simple then. */
function canonicalization(value: string): string | undefined {
  const [header = "", body = "simple"] = value.toLowerCase().split("/");
  const both = `${header}/${body}`;
  return /^(?:simple|relaxed)\/(?:simple|relaxed)$/.test(both) ? both : undefined;
}

function names(value: string): readonly string[] {
  return value.split(/[,\s]+/).filter((name) => name !== "");
}

function whole(value: string): number | undefined {
  return /^\d+$/.test(value) ? Number(value) : undefined;
}

function seconds(value: string): string | undefined {
  return /^\d+$/.test(value) ? `${value}s` : undefined;
}

function permissions(value: string): string | undefined {
  const safe = truth(value);
  return safe === undefined ? undefined : safe ? "refuse" : "warn";
}

const actions: ReadonlyMap<string, string> = new Map([
  ["accept", "header"],
  ["a", "header"],
  ["quarantine", "quarantine"],
  ["q", "quarantine"],
  ["reject", "reject"],
  ["r", "reject"],
  ["tempfail", "defer"],
  ["t", "defer"],
]);

/** `discard` loses mail without a word: it has no counterpart. */
function action(value: string): string | undefined {
  return actions.get(value.toLowerCase());
}
