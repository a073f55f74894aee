import { type Host, outputOf } from "./host.ts";
import { type PostfixService, readServices } from "./postfix-services.ts";

/** The parameters of main.cf that matter to mail which a milter signs. */
const postfixParameters = [
  "mail_version",
  "compatibility_level",
  "config_directory",
  "queue_directory",
  "mail_owner",
  "multi_instance_directories",
  "myhostname",
  "mydomain",
  "myorigin",
  "mydestination",
  "mynetworks",
  "relayhost",
  "inet_interfaces",
  "inet_protocols",
  "smtpd_milters",
  "non_smtpd_milters",
  "milter_default_action",
  "milter_protocol",
  "milter_header_checks",
  "internal_mail_filter_classes",
  "content_filter",
  "header_checks",
  "mime_header_checks",
  "nested_header_checks",
  "body_checks",
  "smtp_header_checks",
  "smtp_mime_header_checks",
  "smtp_nested_header_checks",
  "smtp_body_checks",
  "smtp_generic_maps",
  "canonical_maps",
  "sender_canonical_maps",
  "masquerade_domains",
  "local_header_rewrite_clients",
  "remote_header_rewrite_domain",
  "disable_mime_output_conversion",
  "transport_maps",
  "default_transport",
  "smtp_tls_security_level",
] as const;

export type PostfixParameter = (typeof postfixParameters)[number];

/** The Postfix of a host, as `postconf` reports it. */
export interface Postfix {
  /** Such as "3.7.11". */
  readonly version: string;
  readonly configDirectory: string;
  /** The directory that a chrooted service sees as "/". */
  readonly queueDirectory: string;
  /** The user of smtpd and cleanup, which connect to the milters. */
  readonly user: string;
  /** As written in main.cf, or the default; "" if Postfix does not know the parameter. */
  readonly written: (name: PostfixParameter) => string;
  /** With each `$name` replaced by its value. */
  readonly expanded: (name: PostfixParameter) => string;
  /** The lines of master.cf. */
  readonly services: readonly PostfixService[];
}

/** Reads the configuration by `postconf`; undefined if the host has none, or if it does not run. */
export async function readPostfix(host: Host): Promise<Postfix | undefined> {
  const [plain, expanded, master] = await Promise.all([
    host.run("postconf", postfixParameters),
    // Since Postfix 2.10.
    host.run("postconf", ["-x", ...postfixParameters]),
    host.run("postconf", ["-M"]),
  ]);
  const text = outputOf(plain);
  if (text === undefined) return undefined;
  const written = readParameters(text);
  const known = readParameters(outputOf(expanded) ?? text);
  const valueOf = (name: PostfixParameter): string => known.get(name) ?? written.get(name) ?? "";
  return {
    version: valueOf("mail_version"),
    configDirectory: valueOf("config_directory") || "/etc/postfix",
    queueDirectory: valueOf("queue_directory") || "/var/spool/postfix",
    user: valueOf("mail_owner") || "postfix",
    written: (name) => written.get(name) ?? "",
    expanded: valueOf,
    services: readServices(outputOf(master) ?? "", chrootByDefault(valueOf("compatibility_level"))),
  };
}

/** The services that receive mail by SMTP. */
export function smtpdServices({ services }: Postfix): readonly PostfixService[] {
  return services.filter(({ type, command }) => command === "smtpd" && type !== "unix");
}

/** Whether a service that connects to milters runs in the chroot: smtpd, or cleanup for mail from sendmail(1). */
export function isMilterClientChrooted(postfix: Postfix): boolean {
  return [
    ...smtpdServices(postfix),
    ...postfix.services.filter(({ command }) => command === "cleanup"),
  ].some(({ isChrooted }) => isChrooted);
}

/** Whether Postfix runs, by its own word. */
export async function isPostfixRunning(host: Host): Promise<boolean> {
  return outputOf(await host.run("postfix", ["status"])) !== undefined;
}

/** Reads `name = value` lines. */
export function readParameters(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^([\w-]+) =\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) values.set(name, (value ?? "").trim());
  }
  return values;
}

/** A `-` in the chroot column means yes before compatibility level 1, no from then on. */
function chrootByDefault(level: string): boolean {
  return level === "" || Number.parseFloat(level) < 1;
}
