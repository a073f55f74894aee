import { z } from "zod";
import { duration, listenAddress, network, size } from "./values.ts";

/** What the programs themselves need: where they listen, their bounds, their keys' cache, their admin socket. */

const tls = z.strictObject({
  certificate: z.string().meta({ description: "PEM file with the certificate and its chain" }),
  key: z.string().meta({ description: "PEM file with its private key" }),
});

const smtpListener = z.strictObject({
  protocol: z.literal("smtp"),
  listen: listenAddress,
  direction: z
    .enum(["outbound", "inbound"])
    .meta({ description: "outbound signs, inbound verifies" }),
  name: z.string().optional(),
  mode: z.enum(["proxy", "queue"]).default("proxy").meta({
    description: "proxy: 250 after the next hop's; queue: 250 when the queue holds it durably",
  }),
  binding: z
    .string()
    .optional()
    .meta({ description: "the binding of all that arrives here, unless a hook decides" }),
  bindingHeader: z
    .string()
    .optional()
    .meta({ description: "a field of the message names the binding; it is removed" }),
  tls: tls.optional(),
  tlsMode: z.enum(["starttls", "implicit", "required"]).default("starttls"),
  auth: z
    .strictObject({
      usersFile: z
        .string()
        .meta({ description: "lines user:password, or user:scrypt$..., file mode 0600" }),
      required: z.boolean().default(false),
      allowWithoutTls: z.boolean().default(false),
    })
    .optional(),
  clients: z
    .array(network)
    .optional()
    .meta({ description: "who may connect; left out: loopback only" }),
  relayNetworks: z
    .array(network)
    .optional()
    .meta({ description: "clients for whom relayNetwork holds; default: clients" }),
  lineEndings: z
    .enum(["reject", "fix"])
    .default("reject")
    .meta({ description: "bare CR and LF: refuse the message, or make them CRLF before signing" }),
  xclient: z.boolean().default(false),
});

const milterListener = z.strictObject({
  protocol: z.literal("milter"),
  listen: listenAddress,
  direction: z.enum(["outbound", "inbound", "auto"]).default("auto").meta({
    description:
      "auto: outbound for authenticated users, relay networks and local mail, else inbound",
  }),
  name: z.string().optional(),
  binding: z.string().optional(),
  relayNetworks: z.array(network).optional(),
  socketMode: z
    .string()
    .regex(/^0[0-7]{3}$/)
    .optional()
    .meta({ description: 'of a unix socket, as in "0660"' }),
  socketGroup: z.string().optional(),
});

export const listener = z.discriminatedUnion("protocol", [smtpListener, milterListener]);

export type Listener = z.output<typeof listener>;
export type SmtpListener = z.output<typeof smtpListener>;
export type MilterListener = z.output<typeof milterListener>;

export const limits = z
  .strictObject({
    connections: z.int().min(1).default(1000),
    connectionsPerClient: z.int().min(1).default(100),
    messageSize: size.default(50 * 1024 ** 2),
    headerSize: size.default(1024 ** 2),
    headerFields: z.int().min(1).default(1000),
    lineLength: z
      .int()
      .min(998)
      .default(998)
      .meta({ description: "octets of a line of a message, without its CRLF" }),
    recipients: z.int().min(1).default(1000),
    commandsPerSession: z.int().min(10).default(10_000),
    errorsPerSession: z.int().min(1).default(20),
    commandTimeout: duration.default(300_000),
    dataTimeout: duration.default(600_000),
    spillSize: size
      .default(1024 ** 2)
      .meta({ description: "larger messages go to a temporary file" }),
    memory: size
      .default(256 * 1024 ** 2)
      .meta({ description: "octets of messages held in memory by one process" }),
  })
  .prefault({});

export const keyStore = z
  .strictObject({
    database: z
      .string()
      .optional()
      .meta({ description: "SQLite file of domains, selectors and keys" }),
    cacheSize: z.int().min(1).default(2048),
    positiveTtl: duration.default(300_000),
    negativeTtl: duration
      .default(3_600_000)
      .meta({ description: "how long an absent key is not looked for again" }),
    preload: z
      .boolean()
      .default(false)
      .meta({ description: "load the keys of all configured domains at start" }),
    checkPermissions: z
      .enum(["refuse", "warn", "off"])
      .default("warn")
      .meta({ description: "what to do with a key file that others may read" }),
  })
  .prefault({});

export const dns = z
  .strictObject({
    servers: z
      .array(z.string())
      .optional()
      .meta({ description: "resolvers to ask; left out: the system's" }),
    https: z.url().optional().meta({ description: "a DNS-over-HTTPS resolver" }),
    zone: z
      .string()
      .optional()
      .meta({ description: "a zone file or zone JSON instead of DNS, for tests" }),
    timeout: duration.default(5000),
  })
  .prefault({});

export const statistics = z
  .strictObject({
    level: z.enum(["all", "global", "off"]).default("all"),
    file: z.string().optional().meta({ description: "where totals are kept over restarts" }),
    interval: duration.default(10_000),
    topDomains: z.int().min(1).default(1000),
  })
  .prefault({});

export const admin = z
  .strictObject({
    listen: listenAddress.default("unix:/run/mailseal/admin.sock"),
    tokenFile: z
      .string()
      .optional()
      .meta({ description: "needed where it does not listen on loopback or a unix socket" }),
    web: listenAddress.optional().meta({ description: "where the page and /metrics are served" }),
  })
  .prefault({});

export const log = z
  .strictObject({
    level: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
    format: z.enum(["json", "text"]).default("json"),
  })
  .prefault({});
