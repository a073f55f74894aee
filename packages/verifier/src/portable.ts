/**
 * `@mailseal/verifier/portable`: the verifier for browsers and other hosts without Node's modules. It verifies and
 * explains with the same verdicts; it cannot sign, and has no resolver but DNS over HTTPS and records that you have.
 *
 * ```ts
 * import { dohResolver, verify } from "@mailseal/verifier/portable";
 *
 * const message = new TextEncoder().encode(text);
 * const keys = dohResolver({ url: "https://dns.example/dns-query" });
 * const { signatures } = await verify(message, { keys });
 * ```
 *
 * It is slow: its arithmetic and hashes are JavaScript (node-forge, noble), which are bundled into this one module.
 * Under Node.js, Deno, Bun and workerd, use `@mailseal/verifier`.
 */
export {
  type CachedKeySource,
  dohResolver,
  type DohResolverOptions,
  type KeySource,
  keySource,
  readZone,
  staticResolver,
  type TxtAnswer,
  type TxtResolver,
  Zone,
  zoneFromJson,
} from "@mailseal/dns-record";
export * from "./explain.ts";
export * from "./index.ts";
