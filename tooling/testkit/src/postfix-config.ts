import { join } from "node:path";

export interface PostfixConfig {
  /** The port on 127.0.0.1 that receives all mail. */
  readonly nextHopPort: number;
  /** As main.cf wants them: "inet:127.0.0.1:8891", "unix:/path". */
  readonly smtpdMilters?: readonly string[];
  /** For mail from sendmail(1). */
  readonly nonSmtpdMilters?: readonly string[];
  /** Further parameters of main.cf, or others in place of those below. */
  readonly main?: Readonly<Record<string, string>>;
  /** Further lines of master.cf. */
  readonly master?: readonly string[];
  readonly startDeadlineMs?: number;
}

/** The text of main.cf. The token in the greeting identifies the server. */
export function mainCf(directory: string, config: PostfixConfig, token: string): string {
  const parameters = new Map<string, string>(
    Object.entries({
      compatibility_level: "3.6",
      queue_directory: join(directory, "spool"),
      data_directory: join(directory, "data"),
      maillog_file: join(directory, "maillog"),
      maillog_file_prefixes: directory,
      inet_interfaces: "127.0.0.1",
      inet_protocols: "ipv4",
      myhostname: "mx.test",
      mydestination: "",
      mynetworks: "127.0.0.0/8",
      alias_maps: "",
      local_recipient_maps: "",
      relayhost: `[127.0.0.1]:${config.nextHopPort}`,
      smtp_host_lookup: "native",
      smtpd_peername_lookup: "no",
      smtpd_banner: `$myhostname ESMTP ${token}`,
      // Postfix completes the fields of mail from this machine otherwise.
      local_header_rewrite_clients: "",
      message_size_limit: "104857600",
      mailbox_size_limit: "0",
      smtpd_milters: (config.smtpdMilters ?? []).join(", "),
      non_smtpd_milters: (config.nonSmtpdMilters ?? []).join(", "),
      ...config.main,
    }),
  );
  return [...parameters].map(([name, value]) => `${name} = ${value}\n`).join("");
}

/** The text of master.cf: the services that mail passes through, none of them in a chroot jail. */
export function masterCf(smtpPort: number, config: PostfixConfig): string {
  const lines = [
    `127.0.0.1:${smtpPort} inet n - n - - smtpd`,
    "pickup unix n - n 60 1 pickup",
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    "rewrite unix - - n - - trivial-rewrite",
    "bounce unix - - n - 0 bounce",
    "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce",
    "verify unix - - n - 1 verify",
    "flush unix n - n 1000? 0 flush",
    "proxymap unix - - n - - proxymap",
    "smtp unix - - n - - smtp",
    "relay unix - - n - - smtp",
    "lmtp unix - - n - - lmtp",
    "error unix - - n - - error",
    "retry unix - - n - - error",
    "discard unix - - n - - discard",
    "showq unix n - n - - showq",
    "anvil unix - - n - 1 anvil",
    "scache unix - - n - 1 scache",
    "postlog unix-dgram n - n - 1 postlogd",
    ...(config.master ?? []),
  ];
  return `${lines.join("\n")}\n`;
}
