import { commandLine, type Host, outputOf, readTextOn } from "../../host/host.ts";
import type { PostfixService } from "../../host/postfix-services.ts";
import type { Postfix, PostfixParameter } from "../../host/postfix.ts";
import type { CheckReport } from "../check.ts";
import type { FindingKind } from "../finding-kinds.ts";
import type { Finding } from "../finding.ts";
import type { Installation } from "../installation.ts";
import { inOrder } from "../shell.ts";
import { signedFields, signedHeader } from "./signed-header.ts";

/** Tables of the SMTP client, which it applies when it delivers: after the milters have signed. */
const headerTables = [
  ["smtp_header_checks", "header_checks"],
  ["smtp_mime_header_checks", "mime_header_checks"],
  ["smtp_nested_header_checks", "nested_header_checks"],
] as const satisfies readonly (readonly [PostfixParameter, PostfixParameter])[];

interface Table {
  /** As main.cf names it, such as "regexp:/etc/postfix/smtp_header_checks". */
  readonly name: string;
  readonly parameter: PostfixParameter;
  /** The parameter with the same effect before signing. */
  readonly before: PostfixParameter;
  /** Services of master.cf that set it for themselves; none for main.cf. */
  readonly services: readonly string[];
}

/** Reports tables of the SMTP client that change signed mail. */
export async function checkClientTables(
  { host, keys, config }: Installation,
  postfix: Postfix,
  report: CheckReport,
): Promise<void> {
  const domains = [...new Set((await keys()).map(({ domain }) => domain))];
  const [domain = "example.com"] = domains;
  const signed = await signedFields(await config(), domain);
  for (const [parameter, before] of headerTables) {
    for (const table of tablesOf(postfix, parameter, before)) {
      const field = await changedField(host, table, domain, signed);
      if (field !== undefined) {
        report.found(finding("header-checks-after-us", table, postfix, `changes ${field}`));
      }
    }
  }
  for (const table of tablesOf(postfix, "smtp_body_checks", "body_checks")) {
    const rules = await rulesOf(host, table.name);
    if (rules.some(({ action }) => changing.test(action))) {
      report.found(finding("body-checks-after-us", table, postfix, "changes the body"));
    }
  }
  for (const table of tablesOf(postfix, "smtp_generic_maps", "sender_canonical_maps")) {
    const rewritten = await rewrittenDomain(host, table.name, domains);
    if (rewritten !== undefined) {
      report.found(finding("generic-maps-after-us", table, postfix, `rewrites ${rewritten}`));
    }
  }
}

/** The tables that a delivering service uses, each once. */
function tablesOf(
  postfix: Postfix,
  parameter: PostfixParameter,
  before: PostfixParameter,
): readonly Table[] {
  const clients = postfix.services.filter(
    ({ command }) => command === "smtp" || command === "lmtp",
  );
  const tables = new Map<string, Table>();
  const add = (value: string, services: readonly string[]): void => {
    for (const name of value.split(/[\s,]+/).filter((it) => it !== "")) {
      const known = tables.get(name);
      tables.set(name, {
        name,
        parameter,
        before,
        services: [...(known?.services ?? []), ...services],
      });
    }
  };
  if (clients.some(({ options }) => options.get(parameter) === undefined)) {
    add(postfix.expanded(parameter), []);
  }
  for (const { name, type, options } of clients) {
    add(options.get(parameter) ?? "", [`${name}/${type}`]);
  }
  return [...tables.values()];
}

/** Actions that change a message; the others reject, log or route it. */
const changing = /^(?:REPLACE|PREPEND|IGNORE|STRIP)\b/i;

/** The signed field that a table of header checks changes or removes; undefined if there is none. */
async function changedField(
  host: Host,
  { name }: Table,
  domain: string,
  signed: ReadonlySet<string>,
): Promise<string | undefined> {
  // Postfix's own code applies the table to every field of a message (postmap -h).
  const matches = outputOf(
    await host.run("postmap", ["-h", "-q", "-", name], {
      input: signedHeader(domain),
      timeoutMs: 10_000,
    }),
  );
  for (const line of (matches ?? "").split("\n")) {
    const [, field = "", action = ""] = /^([\w-]+):.*\t(.*)$/.exec(line) ?? [];
    if (changing.test(action) && touches(field, action, signed)) return field;
  }
  // A rule for other values of a field, such as a word in Subject.
  for (const { pattern, action } of await rulesOf(host, name)) {
    if (!changing.test(action)) continue;
    const field = namesIn(pattern).find((it) => touches(it, action, signed));
    if (field !== undefined) return field;
  }
  return undefined;
}

/** PREPEND leaves the field, and adds another before it. */
function touches(field: string, action: string, signed: ReadonlySet<string>): boolean {
  const [, added] = /^PREPEND\s+([\w-]+):/i.exec(action) ?? [];
  return signed.has((added ?? field).toLowerCase());
}

/** The names of fields with which a pattern begins: `^Subject:`, `^(From|To):`. */
function namesIn(pattern: string): readonly string[] {
  const [, names = ""] =
    /^\^?\(?(?:\?:)?([\w-]+(?:\|[\w-]+)*)\)?\s*(?::|\\s|\[)/.exec(pattern) ?? [];
  return names.split("|");
}

interface Rule {
  readonly pattern: string;
  readonly action: string;
}

/** The rules of a regexp or pcre table, as far as they are `/pattern/flags action`. */
async function rulesOf(host: Host, name: string): Promise<readonly Rule[]> {
  const [, file] = /^(?:regexp|pcre):(\/.*)$/.exec(name) ?? [];
  const text = file === undefined ? undefined : await readTextOn(host, file, "latin1");
  return Array.from(
    (text ?? "")
      .replaceAll(/\n[ \t]+/g, " ")
      .matchAll(/^!?([/|!%@#])(.*?[^\\])\1\w*[ \t]+(\S.*)$/gm),
    ([, , pattern = "", action = ""]) => ({ pattern, action }),
  );
}

/** A domain whose addresses smtp_generic_maps rewrites, although we sign for it. */
async function rewrittenDomain(
  host: Host,
  name: string,
  domains: readonly string[],
): Promise<string | undefined> {
  // Lists the keys of an indexed file; tables of other kinds are asked for some.
  const listed = outputOf(await host.run("postmap", ["-s", name], { timeoutMs: 10_000 })) ?? "";
  const keys = listed.split("\n").map((line) => line.split(/\s/, 1)[0] ?? "");
  const hit = domains.find((domain) => keys.some((key) => key.endsWith(`@${domain}`)));
  if (hit !== undefined) return hit;
  const asked = domains.flatMap((domain) => [`@${domain}`, `postmaster@${domain}`]);
  const answers = outputOf(
    await host.run("postmap", ["-q", "-", name], {
      input: asked.map((key) => `${key}\n`).join(""),
      timeoutMs: 10_000,
    }),
  );
  const [, domain] = /^[^@\n]*@([^\s]+)/m.exec(answers ?? "") ?? [];
  return domain;
}

function finding(
  kind: Extract<
    FindingKind,
    "header-checks-after-us" | "body-checks-after-us" | "generic-maps-after-us"
  >,
  { name, parameter, before, services }: Table,
  postfix: Postfix,
  effect: string,
): Finding {
  const without = (value: string): string =>
    value
      .split(/[\s,]+/)
      .filter((it) => it !== "" && it !== name)
      .join(", ");
  const [earlier, own] = [postfix.written(before), postfix.written(parameter)];
  // smtp_mime_header_checks has the value of smtp_header_checks by default, and so on.
  const isDefault = own.startsWith("$");
  const first = [earlier, name].filter((it) => it !== "" && !it.startsWith("$")).join(", ");
  return {
    kind,
    what: `${parameter} of Postfix (${name}) ${effect}`,
    command: inOrder(
      commandLine([
        "postconf",
        "-e",
        `${before} = ${first}`,
        ...(services.length > 0 || isDefault ? [] : [`${parameter} = ${without(own)}`.trim()]),
      ]),
      ...services.map((service) =>
        commandLine([
          "postconf",
          "-P",
          `${service}/${parameter} = ${without(optionOf(postfix, service, parameter))}`.trim(),
        ]),
      ),
      "postfix reload",
    ),
  };
}

function optionOf(postfix: Postfix, service: string, parameter: string): string {
  const found = postfix.services.find(
    ({ name, type }: PostfixService) => `${name}/${type}` === service,
  );
  return found?.options.get(parameter) ?? "";
}
