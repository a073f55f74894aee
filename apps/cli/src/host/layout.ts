/** The places of an installed Mailseal, as the Debian package and `mailseal setup` make them. */
export const layout = {
  user: "mailseal",
  group: "mailseal",
  configDirectory: "/etc/mailseal",
  config: "/etc/mailseal/mailseal.yaml",
  keys: "/etc/mailseal/keys",
  /** Queue, statistics, tables: the home of the user. */
  state: "/var/lib/mailseal",
  /** The sockets of the admin servers. */
  runtime: "/run/mailseal",
  relayUnit: "mailseal-relay.service",
  workerUnit: "mailseal-worker.service",
  /** Units that a package ships; an administrator's own copy in /etc/systemd/system replaces one. */
  unitDirectories: ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"],
  /** Lets the relay give its socket to the group postfix. Only where that group exists: systemd refuses the unit otherwise. */
  postfixDropIn: "mailseal-relay.service.d/postfix.conf",
  relayProgram: "mailseal-relay",
} as const;

/** The directory of the milter's socket below Postfix's queue directory. */
const socketDirectory = "mailseal";
const socketFile = "milter.sock";

/**
 * The milter of Postfix as main.cf names it. Postfix resolves a relative path from its queue directory, which is also the
 * root of a chrooted smtpd, so that one address is right in both cases.
 */
export const postfixMilter: string = `unix:${socketDirectory}/${socketFile}`;

/** The same socket for the relay, which sees the whole file system. */
export function postfixSocket(queueDirectory: string): {
  readonly directory: string;
  readonly path: string;
} {
  const directory = `${queueDirectory}/${socketDirectory}`;
  return { directory, path: `${directory}/${socketFile}` };
}

/** The socket for Sendmail, which calls a directory unsafe that its group or others may write. */
export const sendmailSocket = "/run/mailseal/milter.sock";

/** The file of a private key. */
export function keyFileOf(domain: string, selector: string): string {
  return `${layout.keys}/${domain}/${selector}.key`;
}
