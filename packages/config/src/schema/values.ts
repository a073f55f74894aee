import { toAsciiDomain } from "@mailseal/syntax";
import { z } from "zod";

/** The value types of the config: times and sizes with a unit, domain names, address patterns, listen addresses, networks. */

const secondsIn: ReadonlyMap<string, number> = new Map([
  ["ms", 0.001],
  ["s", 1],
  ["m", 60],
  ["h", 3600],
  ["d", 86_400],
  ["w", 604_800],
]);

const bytesIn: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["KB", 1024],
  ["MB", 1024 ** 2],
  ["GB", 1024 ** 3],
]);

/** A time such as "30s", "12h" or "7d"; a plain number is in seconds. Its value is in milliseconds. */
export const duration = z
  .union([z.number().nonnegative(), z.string().regex(/^\d+(?:\.\d+)?(?:ms|s|m|h|d|w)$/)], {
    error: 'expected a time such as "30s", "12h" or "7d"',
  })
  .transform((value) =>
    typeof value === "number" ? value * 1000 : withUnit(value, secondsIn) * 1000,
  )
  .meta({
    id: "duration",
    description: 'a time: "300ms", "30s", "5m", "12h", "7d", "2w", or a number of seconds',
  });

/** A size such as "64KB" or "50MB"; a plain number is in octets. Its value is in octets. */
export const size = z
  .union([z.int().nonnegative(), z.string().regex(/^\d+(?:\.\d+)?(?:B|KB|MB|GB)$/)], {
    error: 'expected a size such as "64KB" or "50MB"',
  })
  .transform((value) => (typeof value === "number" ? value : Math.floor(withUnit(value, bytesIn))))
  .meta({ id: "size", description: 'a size: "64KB", "50MB", "1GB", or a number of octets' });

/** A domain name; its value is the A-label form. */
export const domainName = z
  .string()
  .refine((text) => toAsciiDomain(text) !== undefined, {
    error: "expected a domain name such as example.com",
  })
  .transform((text) => toAsciiDomain(text) ?? text)
  .describe("a domain name; U-labels are allowed");

/** A domain, or `*.example.com` for every domain below one, or `*` for all domains. */
export const domainPattern = z
  .string()
  .refine(
    (text) =>
      text === "*" || toAsciiDomain(text.startsWith("*.") ? text.slice(2) : text) !== undefined,
    { error: 'expected a domain such as example.com, "*.example.com" or "*"' },
  )
  .transform((text) => {
    const wild = text.startsWith("*.") ? "*." : "";
    return text === "*" ? text : wild + (toAsciiDomain(text.slice(wild.length)) ?? "");
  })
  .describe('a domain name, "*.example.com" for all below it, or "*" for all');

/** A pattern of mail addresses in which `*` matches any text. Its value is in lower case, with A-labels. */
export const addressPattern = z
  .string()
  .max(512)
  .regex(/^[^\s]+$/, { error: 'expected an address pattern such as "*@example.com"' })
  .transform((text) => {
    const at = text.lastIndexOf("@");
    const domain = toAsciiDomain(text.slice(at + 1));
    return domain === undefined ? text.toLowerCase() : text.slice(0, at + 1).toLowerCase() + domain;
  });

/** Address and port, as in 127.0.0.1:2525 or [::1]:25, or the path of a unix socket, as in unix:/run/x.sock. */
export const listenAddress = z
  .string()
  .regex(/^(?:unix:\/.+|(?:\[[0-9a-f:.]+\]|[^[\]:\s/]+):\d{1,5})$/i, {
    error: 'expected address:port such as "127.0.0.1:2525" or "[::1]:25", or "unix:/path"',
  })
  .refine((text) => text.startsWith("unix:") || Number(/\d+$/.exec(text)?.[0] ?? 0) <= 65_535, {
    error: "expected a port of at most 65535",
  })
  .describe('address:port, "[::1]:port", or "unix:/path/to/socket"');

/** An address or network in CIDR form. */
export const network = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
    error: 'expected an address or a network such as "10.0.0.0/8" or "::1"',
  })
  .describe('an address or network, as in "10.0.0.0/8"');

function withUnit(text: string, units: ReadonlyMap<string, number>): number {
  const unit = text.replace(/^[\d.]+/, "");
  return Number(text.slice(0, -unit.length)) * (units.get(unit) ?? Number.NaN);
}
