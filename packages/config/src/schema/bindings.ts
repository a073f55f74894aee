import { z } from "zod";
import { signingOptions } from "./signing.ts";
import { domainPattern, duration } from "./values.ts";
import { verificationOptions } from "./verification.ts";

/** A server that mail is handed to. */
const nextHop = z
  .strictObject({
    host: z.string().min(1).describe("its name or address"),
    port: z.int().min(1).max(65_535).default(25).describe("its port"),
    tls: z
      .enum(["never", "opportunistic", "required", "implicit"])
      .default("opportunistic")
      .describe("STARTTLS where offered, STARTTLS or fail, TLS from the first byte"),
    verifyCertificate: z
      .boolean()
      .default(false)
      .describe("refuse a certificate that is not valid for host"),
    username: z.string().optional().describe("for AUTH"),
    password: z.string().optional().describe("for AUTH; best given as ${NAME}"),
    passwordFile: z.string().optional().describe("its first line is the password"),
    localAddress: z
      .union([z.ipv4(), z.ipv6()], { error: 'expected an address such as "192.0.2.1"' })
      .optional()
      .describe("the address to connect from"),
    heloName: z.string().optional().describe("our name in EHLO; default: hostname"),
    connections: z.int().min(1).max(1000).default(20).describe("connections kept open at most"),
    messagesPerConnection: z.int().min(1).default(1000).describe("then a connection is closed"),
    connectTimeout: duration.prefault("30s").describe("until it has greeted us"),
    commandTimeout: duration.prefault("5m").describe("for each of its answers"),
  })
  .meta({ id: "nextHop" });

export type NextHop = z.output<typeof nextHop>;

const domainScopes = z
  .record(
    domainPattern,
    z.strictObject({
      signing: signingOptions.optional().describe("how its mail is signed"),
      verification: verificationOptions.optional().describe("how its mail is verified"),
    }),
  )
  .describe("overrides by From domain; the longest match holds");

const routeShape = {
  signing: signingOptions.optional().describe("how its mail is signed"),
  verification: verificationOptions.optional().describe("how its mail is verified"),
  domains: domainScopes.optional(),
  nextHop: nextHop.optional().describe("where mail of this binding goes"),
  bounces: z
    .enum(["off", "on"])
    .optional()
    .describe(
      "off: senders are not told of mail that fails, which becomes dead letters; default: its group's, then on",
    ),
};

/** An outbound route (Momentum's binding): options and a next hop. */
export const binding = z.strictObject(routeShape).meta({ id: "binding" });

/** Bindings that share options; a binding inherits from its group. */
export const bindingGroup = z
  .strictObject({
    ...routeShape,
    bindings: z.record(z.string(), binding).optional().describe("the bindings of this group"),
  })
  .meta({ id: "bindingGroup" });

export const domains = domainScopes;

export type DomainScopes = z.output<typeof domainScopes>;
export type Binding = z.output<typeof binding>;
export type BindingGroup = z.output<typeof bindingGroup>;
