import { z } from "zod";
import { filePath, secretText } from "./option-kinds.ts";
import { signingOptions } from "./signing.ts";
import { domainPattern, duration } from "./values.ts";
import { verificationOptions } from "./verification.ts";

/** A server that mail is delivered to. */
const nextHop = z
  .strictObject({
    host: z.string().min(1).describe("host name or IP address of the server"),
    port: z.int().min(1).max(65_535).default(25).describe("port of the server"),
    tls: z
      .enum(["never", "opportunistic", "required", "implicit"])
      .default("opportunistic")
      .describe(
        "never; opportunistic: STARTTLS if the server offers it; required: STARTTLS, or the delivery is deferred; implicit: TLS from the first byte",
      ),
    verifyCertificate: z
      .boolean()
      .default(false)
      .describe("refuse the connection if the certificate is not valid for host"),
    username: z.string().optional().describe("user name for AUTH"),
    password: secretText
      .optional()
      .describe("password for AUTH; write ${NAME} to read it from the environment"),
    passwordFile: filePath.optional().describe("file whose first line is the password"),
    localAddress: z
      .union([z.ipv4(), z.ipv6()], { error: 'expected an address such as "192.0.2.1"' })
      .optional()
      .describe("local IP address to connect from"),
    heloName: z.string().optional().describe("name to send in EHLO; default: hostname"),
    connections: z
      .int()
      .min(1)
      .max(1000)
      .default(20)
      .describe("most simultaneous connections to the server"),
    messagesPerConnection: z
      .int()
      .min(1)
      .default(1000)
      .describe("messages after which a connection is closed"),
    connectTimeout: duration.prefault("30s").describe("time to wait for the greeting"),
    commandTimeout: duration.prefault("5m").describe("time to wait for each reply"),
  })
  .meta({ id: "nextHop" });

/** The server that takes the mail of a binding, and how to connect to it. */
export type NextHop = z.output<typeof nextHop>;

const domainScopes = z
  .record(
    domainPattern,
    z.strictObject({
      signing: signingOptions.optional().describe("options for signing its mail"),
      verification: verificationOptions.optional().describe("options for verifying its mail"),
    }),
  )
  .describe("options by From domain; the longest match applies");

const routeShape = {
  signing: signingOptions.optional().describe("options for signing its mail"),
  verification: verificationOptions.optional().describe("options for verifying its mail"),
  domains: domainScopes.optional(),
  nextHop: nextHop.optional().describe("the server that mail of this binding is delivered to"),
  bounces: z
    .enum(["off", "on"])
    .optional()
    .describe(
      "off: failed mail becomes a dead letter, and its sender gets no bounce; default: that of its group, then on",
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
