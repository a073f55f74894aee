import { z } from "zod";
import { filePath } from "./option-kinds.ts";
import { domainName, duration, listenAddress, network } from "./values.ts";

/** Where mail is accepted: SMTP listeners and milter listeners. */

const tls = z.strictObject({
  certificate: filePath.describe("PEM file with the certificate and its chain"),
  key: filePath.describe(
    "PEM file with the private key of the certificate; keys.checkPermissions and keys.allowWritable apply to it",
  ),
});

const senders = z
  .strictObject({
    file: filePath
      .optional()
      .describe(
        "text table in the form of Postfix's smtpd_sender_login_maps: an address or @domain, then the logins. Only its owner may have write permission",
      ),
    patterns: z
      .array(z.string().regex(/^[^@\s]*@?[^@\s]+$/))
      .default([])
      .describe(
        'addresses and "@domain" that every login may send as: %u is the login, %l and %d its parts before and after "@", for example "%u" or "%u@example.com"',
      ),
    hook: z.boolean().default(false).describe("ask the hook sendersOf of the hooks module"),
    mismatch: z
      .enum(["reject", "unsigned"])
      .default("reject")
      .describe(
        "mail whose MAIL FROM, From or Sender does not belong to its login: reject it with 553, or pass it on unsigned",
      ),
    unlisted: z
      .enum(["allow", "mismatch"])
      .default("allow")
      .describe("if no source names the login or the domain: allow it, or treat it as a mismatch"),
    localDomains: z
      .array(domainName)
      .optional()
      .describe("domains of the names in file that have no @; default: hostname"),
  })
  .meta({ id: "senders" })
  .describe("addresses that each login may send as");

const recipients = z
  .strictObject({
    list: z
      .array(z.string().min(1))
      .default([])
      .describe("known addresses; a domain such as example.com stands for all of its addresses"),
    file: filePath
      .optional()
      .describe(
        "text table of addresses and domains in the form of Postfix's relay_recipient_maps, read again when it changes. Only its owner may have write permission",
      ),
    nextHop: z
      .boolean()
      .default(false)
      .describe(
        "true: ask the next hop of the binding about other recipients, with MAIL FROM:<> and RCPT",
      ),
    delimiter: z
      .string()
      .length(1)
      .optional()
      .describe(
        'separator of address extensions: with "+", ann+x@example.com is treated as ann@example.com',
      ),
    knownFor: duration
      .prefault("1h")
      .describe("time for which an accepting reply of the next hop is remembered"),
    unknownFor: duration
      .prefault("5m")
      .describe("time for which a refusing reply of the next hop is remembered"),
  })
  .describe("inbound: recipients that exist; RCPT for others gets 550 5.1.1");

const lockout = z
  .strictObject({
    failuresPerClient: z
      .int()
      .min(0)
      .default(10)
      .describe(
        "failed logins from one IPv4 address or IPv6 /64, after which its logins get 454. 0: no limit",
      ),
    failuresPerLogin: z
      .int()
      .min(0)
      .default(20)
      .describe(
        "failed logins under one name, after which it can log in only from addresses that it used within the last day. 0: no limit",
      ),
    period: duration
      .prefault("15m")
      .describe("duration of the lockout, and of the memory of failures, from the last failure"),
    failureDelay: duration
      .prefault("1s")
      .describe(
        "delay of the reply to a failed login, multiplied by the failures so far, at most by ten",
      ),
  })
  .prefault({})
  .describe("protection against password guessing; each process counts separately");

const smtpListener = z
  .strictObject({
    protocol: z.literal("smtp").describe("SMTP server in the mail path"),
    listen: listenAddress.describe("address that clients connect to"),
    direction: z.enum(["outbound", "inbound"]).describe("outbound: sign mail; inbound: verify it"),
    name: z.string().optional().describe("name in logs and statistics; default: the address"),
    mode: z
      .enum(["proxy", "queue"])
      .default("proxy")
      .describe(
        "proxy: answer 250 after the next hop did; queue: answer 250 when the message is durable in the queue",
      ),
    binding: z
      .string()
      .optional()
      .describe("binding of the mail accepted here, unless a hook chooses another"),
    bindingHeader: z
      .string()
      .optional()
      .describe("header field of the message that names the binding; the field is removed"),
    tls: tls.optional().describe("certificate and key; enables STARTTLS"),
    tlsMode: z
      .enum(["starttls", "implicit", "required"])
      .default("starttls")
      .describe(
        "starttls: offer STARTTLS; implicit: TLS from the first byte; required: no mail before STARTTLS",
      ),
    auth: z
      .strictObject({
        usersFile: filePath.describe(
          "file with lines user:password or user:scrypt$...; its mode must be 0600 or 0640",
        ),
        required: z.boolean().default(false).describe("accept no mail without AUTH"),
        allowWithoutTls: z
          .boolean()
          .default(false)
          .describe("offer AUTH on connections without TLS"),
        senders: senders.optional(),
        lockout,
      })
      .optional()
      .describe("users; enables AUTH"),
    clients: z
      .array(network)
      .optional()
      .describe("networks that may connect; default: loopback only"),
    relayNetworks: z
      .array(network)
      .optional()
      .describe(
        "client networks, besides loopback, whose mail is signed without AUTH; mail of other clients that do not log in is passed on unsigned. Default: clients",
      ),
    greetingDelay: duration
      .prefault("0s")
      .describe(
        "delay of the greeting for clients outside limits.rateExceptions; a client that sends anything before the greeting is refused, even if this is 0",
      ),
    lineEndings: z
      .enum(["reject", "fix"])
      .default("reject")
      .describe("bare CR or LF: refuse the message, or change them to CRLF before signing"),
    recipients: recipients.optional(),
    bounces: z
      .enum(["on", "off"])
      .default("on")
      .describe(
        "mode queue. off: failed mail becomes a dead letter, and its sender gets no bounce",
      ),
    bounceStrangers: z
      .boolean()
      .default(false)
      .describe(
        "mode queue. true: also send bounces for mail of clients that are neither authenticated nor local nor in relayNetworks, whose sender may be forged",
      ),
    xclient: z
      .boolean()
      .default(false)
      .describe(
        "trust XCLIENT from hosts in relayNetworks, which must be set: they can claim any client and login",
      ),
  })
  .meta({ id: "smtpListener" });

const milterListener = z
  .strictObject({
    protocol: z.literal("milter").describe("milter for Postfix or Sendmail"),
    listen: listenAddress.describe("address that the mail server connects to"),
    direction: z
      .enum(["outbound", "inbound", "auto"])
      .default("auto")
      .describe(
        "auto: sign mail of authenticated users, relayNetworks and this host, verify all other mail; outbound: sign the same mail, and pass other mail on unsigned; inbound: verify all mail",
      ),
    name: z.string().optional().describe("name in logs and statistics; default: the address"),
    binding: z.string().optional().describe("binding of the mail that arrives here"),
    relayNetworks: z
      .array(network)
      .optional()
      .describe("client networks treated as our own: their mail is signed; default: loopback"),
    auth: z
      .strictObject({ senders: senders.optional() })
      .optional()
      .describe("options for users that the mail server has authenticated"),
    signForAnyClient: z
      .boolean()
      .default(false)
      .describe(
        "with direction outbound: also sign for clients that are neither local nor in relayNetworks nor authenticated",
      ),
    ignoreNetworks: z
      .array(network)
      .optional()
      .describe(
        "client networks whose mail passes unchanged, neither signed nor verified, even if they log in",
      ),
    socketMode: z
      .string()
      .regex(/^0[0-7]{3}$/)
      .optional()
      .describe('mode of the unix socket, for example "0660"'),
    socketGroup: z.string().optional().describe("group of the unix socket"),
  })
  .meta({ id: "milterListener" });

export const listener = z.discriminatedUnion("protocol", [smtpListener, milterListener]);

/** The addresses that logins may send as: `auth.senders` of a listener. */
export type SenderSettings = z.output<typeof senders>;
/** An address that accepts mail, by SMTP or milter. */
export type Listener = z.output<typeof listener>;
/** A listener for SMTP, with its defaults. */
export type SmtpListener = z.output<typeof smtpListener>;
/** A listener for the milter protocol, with its defaults. */
export type MilterListener = z.output<typeof milterListener>;
