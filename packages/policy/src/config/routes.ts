import { z } from "zod";
import { signingOptions } from "./signing-options.ts";
import { domainPattern, duration } from "./values.ts";
import { verificationOptions } from "./verification-options.ts";

/** A server that mail is handed to. */
export const nextHop = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).default(25),
  tls: z
    .enum(["never", "opportunistic", "required", "implicit"])
    .default("opportunistic")
    .meta({ description: "STARTTLS where offered, STARTTLS or fail, TLS from the first byte" }),
  verifyCertificate: z.boolean().default(false),
  username: z.string().optional(),
  password: z.string().optional(),
  passwordFile: z.string().optional(),
  localAddress: z.string().optional().meta({ description: "the address to connect from" }),
  heloName: z.string().optional(),
  connections: z
    .int()
    .min(1)
    .max(1000)
    .default(20)
    .meta({ description: "connections kept open at most" }),
  messagesPerConnection: z.int().min(1).default(1000),
  connectTimeout: duration.default(30_000),
  commandTimeout: duration.default(300_000),
});

export type NextHop = z.output<typeof nextHop>;

const domainScopes = z
  .record(
    domainPattern,
    z.strictObject({
      signing: signingOptions.optional(),
      verification: verificationOptions.optional(),
    }),
  )
  .meta({ description: "overrides by From domain; the longest match holds" });

const routeShape = {
  signing: signingOptions.optional(),
  verification: verificationOptions.optional(),
  domains: domainScopes.optional(),
  nextHop: nextHop.optional().meta({ description: "where mail of this binding goes" }),
};

/** An outbound route (Momentum's binding): options and a next hop. */
export const binding = z.strictObject(routeShape);

/** Bindings that share options; a binding inherits from its group. */
export const bindingGroup = z.strictObject({
  ...routeShape,
  bindings: z.record(z.string(), binding).optional(),
});

export const domains = domainScopes;

export type DomainScopes = z.output<typeof domainScopes>;
export type Binding = z.output<typeof binding>;
export type BindingGroup = z.output<typeof bindingGroup>;
