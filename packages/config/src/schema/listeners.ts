import { z } from "zod";
import { domainName, duration, listenAddress, network } from "./values.ts";

/** Where mail is accepted: SMTP listeners and milter listeners. */

const tls = z.strictObject({
  certificate: z.string().describe("PEM file with the certificate and its chain"),
  key: z
    .string()
    .describe(
      "PEM file with its private key, to which keys.checkPermissions and allowWritable apply",
    ),
});

const senders = z
  .strictObject({
    file: z
      .string()
      .optional()
      .describe(
        "a table of Postfix's smtpd_sender_login_maps as text: address or @domain, then the logins; only its owner may write it",
      ),
    patterns: z
      .array(z.string().regex(/^[^@\s]*@?[^@\s]+$/))
      .default([])
      .describe(
        'addresses and "@domain" of a login: %u is the login, %l and %d its parts before and after "@"; as in "%u" or "%u@example.com"',
      ),
    hook: z.boolean().default(false).describe("ask sendersOf of the hooks module"),
    mismatch: z
      .enum(["reject", "unsigned"])
      .default("reject")
      .describe(
        "mail whose MAIL FROM, From or Sender is not its login's: 553, or passed on unsigned",
      ),
    unlisted: z
      .enum(["allow", "mismatch"])
      .default("allow")
      .describe("a login and a domain that no source names: free, or as any other mismatch"),
    localDomains: z
      .array(domainName)
      .optional()
      .describe("of names in file without @; default: hostname"),
  })
  .meta({ id: "senders" })
  .describe("what each login may send as");

const recipients = z
  .strictObject({
    list: z
      .array(z.string().min(1))
      .default([])
      .describe("addresses, and domains for all of their addresses, as in example.com"),
    file: z
      .string()
      .optional()
      .describe(
        "a text table of Postfix's (relay_recipient_maps) with addresses and domains; read again when it changes; only its owner may write it",
      ),
    nextHop: z
      .boolean()
      .default(false)
      .describe("true: asks the binding's next hop for others, by MAIL FROM:<> and RCPT"),
    delimiter: z
      .string()
      .length(1)
      .optional()
      .describe('of address extensions: with "+", ann+x@example.com is known as ann@example.com'),
    knownFor: duration.prefault("1h").describe("how long a yes of the next hop holds"),
    unknownFor: duration.prefault("5m").describe("how long a no of the next hop holds"),
  })
  .describe("inbound: who is known; mail for others is refused with 550 5.1.1 at RCPT");

const lockout = z
  .strictObject({
    failuresPerClient: z
      .int()
      .min(0)
      .default(10)
      .describe(
        "failed logins of one IPv4 address or IPv6 /64, after which its logins are answered 454; 0: any number",
      ),
    failuresPerLogin: z
      .int()
      .min(0)
      .default(20)
      .describe(
        "failed logins under one name, after which it can log in only from where it did within a day; 0: any number",
      ),
    period: duration
      .prefault("15m")
      .describe("how long that lasts, and failures are remembered, from the last failure"),
    failureDelay: duration
      .prefault("1s")
      .describe(
        "how long the answer to a failed login is held back, for each failure so far, ten times at most",
      ),
  })
  .prefault({})
  .describe("against guessing of passwords; each process counts on its own");

const smtpListener = z
  .strictObject({
    protocol: z.literal("smtp").describe("in the mail path"),
    listen: listenAddress.describe("where clients connect"),
    direction: z.enum(["outbound", "inbound"]).describe("outbound signs, inbound verifies"),
    name: z.string().optional().describe("in logs and statistics; default: the address"),
    mode: z
      .enum(["proxy", "queue"])
      .default("proxy")
      .describe("proxy: 250 after the next hop's; queue: 250 when the queue holds it durably"),
    binding: z
      .string()
      .optional()
      .describe("the binding of all that arrives here, unless a hook decides"),
    bindingHeader: z
      .string()
      .optional()
      .describe("a field of the message names the binding; it is removed"),
    tls: tls.optional().describe("offers STARTTLS"),
    tlsMode: z
      .enum(["starttls", "implicit", "required"])
      .default("starttls")
      .describe("STARTTLS offered, TLS from the first byte, or STARTTLS before any mail"),
    auth: z
      .strictObject({
        usersFile: z
          .string()
          .describe("lines user:password, or user:scrypt$..., file mode 0600 or 0640"),
        required: z.boolean().default(false).describe("no mail without AUTH"),
        allowWithoutTls: z.boolean().default(false).describe("offer AUTH on plain connections"),
        senders: senders.optional(),
        lockout,
      })
      .optional()
      .describe("offers AUTH"),
    clients: z.array(network).optional().describe("who may connect; left out: loopback only"),
    relayNetworks: z
      .array(network)
      .optional()
      .describe(
        "clients whose mail is signed without AUTH, besides loopback; mail of other clients that do not log in is passed on unsigned; default: clients",
      ),
    greetingDelay: duration
      .prefault("0s")
      .describe(
        "how long clients outside limits.rateExceptions wait for the greeting; who talks before it is refused, even at 0",
      ),
    lineEndings: z
      .enum(["reject", "fix"])
      .default("reject")
      .describe("bare CR and LF: refuse the message, or make them CRLF before signing"),
    recipients: recipients.optional(),
    bounces: z
      .enum(["on", "off"])
      .default("on")
      .describe(
        "mode queue; off: senders are not told of mail that fails, which becomes dead letters",
      ),
    bounceStrangers: z
      .boolean()
      .default(false)
      .describe(
        "mode queue; true: bounces also go to senders whose client is neither authenticated nor local nor in relayNetworks, and who may be forged",
      ),
    xclient: z
      .boolean()
      .default(false)
      .describe(
        "trust XCLIENT of hosts in relayNetworks, which must be set: they may claim any client and login",
      ),
  })
  .meta({ id: "smtpListener" });

const milterListener = z
  .strictObject({
    protocol: z.literal("milter").describe("beside Postfix or Sendmail"),
    listen: listenAddress.describe("where the mail server connects"),
    direction: z
      .enum(["outbound", "inbound", "auto"])
      .default("auto")
      .describe(
        "auto: outbound for authenticated users, relayNetworks and local mail, else inbound; outbound: signs for the same, and passes other mail on unsigned",
      ),
    name: z.string().optional().describe("in logs and statistics; default: the address"),
    binding: z.string().optional().describe("the binding of all that arrives here"),
    relayNetworks: z
      .array(network)
      .optional()
      .describe("clients whose mail is yours, and is signed; default: loopback"),
    auth: z
      .strictObject({ senders: senders.optional() })
      .optional()
      .describe("for users that the mail server has authenticated"),
    signForAnyClient: z
      .boolean()
      .default(false)
      .describe(
        "with direction outbound: sign for clients that are neither local, in relayNetworks nor authenticated, too",
      ),
    ignoreNetworks: z
      .array(network)
      .optional()
      .describe(
        "clients whose mail is let through untouched, neither signed nor verified, even if they log in",
      ),
    socketMode: z
      .string()
      .regex(/^0[0-7]{3}$/)
      .optional()
      .describe('of a unix socket, as in "0660"'),
    socketGroup: z.string().optional().describe("of a unix socket"),
  })
  .meta({ id: "milterListener" });

export const listener = z.discriminatedUnion("protocol", [smtpListener, milterListener]);

export type SenderSettings = z.output<typeof senders>;
export type Listener = z.output<typeof listener>;
export type SmtpListener = z.output<typeof smtpListener>;
export type MilterListener = z.output<typeof milterListener>;
