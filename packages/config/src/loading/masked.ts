import { configSchema } from "../schema/config-schema.ts";
import { optionsOfKind } from "../schema/option-kinds.ts";

const shownInstead = "***";
/**
 * `user:password@` of a URL, or `token@`, up to the last "@": people do not escape passwords. A character that no URL
 * has ends it, which keeps it linear.
 */
const userInfo = /(?<=:\/\/)[^\s/?#"'<>]{1,1000}@/g;
const secretParameter =
  /(?<=[?&][\w.-]{0,40}(?:token|key|secret|pass|auth|sig)[\w.-]{0,40}=)[^\s&#"'<>]+/gi;

/** Whether the value of an option must never be shown. */
export function isSecretOption(name: string): boolean {
  // passphrase is no option, but a config may hold one by mistake.
  return name === "passphrase" || optionsOfKind(configSchema, "secret").has(name);
}

/**
 * A copy of a config, or of a part of it, without secrets at any level or in any URL.
 *
 * ```ts
 * masked({ username: "us", password: "secret" }); // { username: "us", password: "***" }
 * ```
 */
export function masked(value: unknown): unknown {
  if (typeof value === "string") {
    return maskedText(value);
  }
  if (Array.isArray(value)) {
    return value.map(masked);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, maskedOption(name, inner)]),
  );
}

/**
 * The value of an option, without secrets.
 *
 * ```ts
 * maskedOption("servers", ["nats://us:secret@10.0.0.1:4222"]); // ["nats://***@10.0.0.1:4222"]
 * ```
 */
export function maskedOption(name: string, value: unknown): unknown {
  if (isSecretOption(name) && value !== undefined) return shownInstead;
  if (optionsOfKind(configSchema, "server").has(name)) {
    return Array.isArray(value) ? value.map(maskedServer) : maskedServer(value);
  }
  return masked(value);
}

/** The part of a server before an "@" is its credentials, with a scheme or without. */
function maskedServer(value: unknown): unknown {
  return typeof value === "string"
    ? maskedText(value.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, `$1${shownInstead}@`))
    : masked(value);
}

/**
 * A text without the passwords and tokens in its URLs.
 *
 * ```ts
 * maskedText("cannot reach nats://us:secret@10.0.0.1:4222");
 * // "cannot reach nats://***@10.0.0.1:4222"
 * ```
 */
export function maskedText(text: string): string {
  if (!text.includes("://")) return text;
  return text.replaceAll(userInfo, `${shownInstead}@`).replaceAll(secretParameter, shownInstead);
}
