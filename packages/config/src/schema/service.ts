import { z } from "zod";
import { domainName, duration, listenAddress, network, size } from "./values.ts";

/** What the programs themselves need: where they listen, their bounds, their keys' cache, their admin socket. */

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

const perMinute = z.int().min(0).default(0);

export const limits = z
  .strictObject({
    connections: z.int().min(1).default(1000).describe("at a time, each listener; beyond: 421"),
    connectionsPerClient: z.int().min(1).default(100).describe("at a time, of one address"),
    connectionsPerMinute: perMinute.describe(
      "of one IPv4 address or IPv6 /64 at a listener; beyond: 421; 0: any number",
    ),
    messagesPerMinute: perMinute.describe("of one client; beyond: 450; 0: any number"),
    recipientsPerMinute: perMinute.describe("of one client; beyond: 450; 0: any number"),
    loginsPerMinute: perMinute.describe("AUTH of one client; beyond: 454; 0: any number"),
    rateExceptions: z
      .array(network)
      .optional()
      .describe(
        "clients without limits per minute; left out: loopback and the listener's relayNetworks where they are set",
      ),
    messageSize: size.prefault("50MB").describe("larger messages: 552"),
    headerSize: size.prefault("1MB").describe("larger headers: 552"),
    headerFields: z.int().min(1).default(1000).describe("more fields: 552"),
    lineLength: z
      .int()
      .min(78)
      .default(998)
      .describe("octets of a line of a message, without its CRLF"),
    recipients: z.int().min(1).default(1000).describe("of a message; beyond: 452"),
    commandsPerSession: z
      .int()
      .min(10)
      .default(10_000)
      .describe("since the last message that was taken; beyond: 421"),
    errorsPerSession: z.int().min(1).default(20).describe("beyond: 421"),
    commandTimeout: duration.prefault("5m").describe("between two commands of a client"),
    dataTimeout: duration.prefault("10m").describe("for a whole message"),
    spillSize: size.prefault("1MB").describe("larger messages go to a temporary file"),
    memory: size
      .prefault("256MB")
      .describe(
        "octets of messages, uploads and milter packets held in memory by one process; beyond: 452, 503",
      ),
  })
  .prefault({})
  .describe("bounds; beyond them the answer is 4xx or 5xx");

export const keyStore = z
  .strictObject({
    database: z.string().optional().describe("SQLite file of domains, selectors and keys"),
    cacheSize: z.int().min(1).default(2048).describe("keys held in memory"),
    positiveTtl: duration.prefault("5m").describe("how long a key is used before it is read again"),
    negativeTtl: duration
      .prefault("5s")
      .describe(
        "how long at most a key that is absent or unusable is not read again; once a second its file is looked at, and one that has changed is read at once",
      ),
    preload: z
      .boolean()
      .default(false)
      .describe("load the keys of all configured domains at start"),
    checkPermissions: z
      .enum(["refuse", "warn", "off"])
      .default("warn")
      .describe("what to do with a key file, also a listener's TLS key, that everybody may read"),
    allowWritable: z
      .boolean()
      .default(false)
      .describe(
        "use a key file that its group or others may write, or whose directory everybody may write; otherwise it is refused, since somebody could have replaced the key",
      ),
  })
  .prefault({})
  .describe("private keys and their cache");

export const dns = z
  .strictObject({
    servers: z.array(z.string()).optional().describe("resolvers to ask; left out: the system's"),
    https: z.url().optional().describe("a DNS-over-HTTPS resolver"),
    zone: z.string().optional().describe("a zone file or zone JSON instead of DNS, for tests"),
    timeout: duration.prefault("5s").describe("for one answer"),
  })
  .prefault({})
  .describe("where public keys are looked up");

export const statistics = z
  .strictObject({
    level: z
      .enum(["all", "global", "off"])
      .default("all")
      .describe("every scope, totals only, or nothing"),
    file: z
      .string()
      .optional()
      .describe("where totals are kept over restarts; the worker's: FILE.worker"),
    interval: duration
      .prefault("10s")
      .describe("how often they are written; a crash loses no more"),
    topDomains: z
      .int()
      .min(1)
      .default(1000)
      .describe("domains counted apart; the rest are counted together"),
  })
  .prefault({})
  .describe("counting");

export const admin = z
  .strictObject({
    listen: listenAddress
      .default("unix:/run/mailseal/admin.sock")
      .describe("health, config, reload, statistics"),
    tokenFile: z
      .string()
      .optional()
      .describe("needed where it does not listen on loopback or a unix socket"),
    web: listenAddress.optional().describe("where the page and /metrics are served"),
  })
  .prefault({})
  .describe("the operator's own door");

export const log = z
  .strictObject({
    level: z
      .enum(["debug", "info", "warn", "error", "silent"])
      .default("info")
      .describe("what is told"),
    format: z.enum(["json", "text"]).default("json").describe("one object a line, or for people"),
  })
  .prefault({})
  .describe("the log on standard output");
