import { createSecureContext } from "node:tls";
import { ConfigError } from "../errors.ts";
import type { SmtpListener } from "../schema/listeners.ts";
import type { FileProblem } from "./file-problem.ts";
import { type PermissionWarning, readSecretFile, type SecretFileRules } from "./secret-file.ts";

/** The certificate chain and the private key of a listener, as PEM. */
export interface TlsFiles {
  readonly certificate: Buffer;
  readonly key: Buffer;
  /** Set if everybody may read the key and `checkPermissions` is "warn". */
  readonly warning?: PermissionWarning;
}

const maxBytes = 1024 * 1024;

/**
 * Reads the certificate and the private key of a listener. The key is protected like signing keys: others may not change
 * or replace it, and `keys.checkPermissions` decides what happens if they can read it.
 *
 * Rejects with a `ConfigError` "tls-file" if they cannot be used or do not belong together.
 *
 * ```ts
 * const { certificate, key, warning } = await readTlsFiles(
 *   { certificate: "/etc/mailseal/tls/chain.pem", key: "/etc/mailseal/tls/key.pem" },
 *   strictRules,
 * );
 * const server = createServer({ cert: certificate, key });
 * ```
 */
export async function readTlsFiles(
  { certificate, key }: NonNullable<SmtpListener["tls"]>,
  { checkPermissions, allowWritable }: SecretFileRules,
): Promise<TlsFiles> {
  const publicPart = await readSecretFile(certificate, {
    checkPermissions: "off",
    allowWritable: true,
    maxBytes,
  });
  const privatePart = await readSecretFile(key, { checkPermissions, allowWritable, maxBytes });
  if (publicPart.status !== "read") throw unusable(publicPart);
  if (privatePart.status !== "read") throw unusable(privatePart);
  const files = { certificate: publicPart.bytes, key: privatePart.bytes };
  try {
    createSecureContext({ cert: files.certificate, key: files.key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      "tls-file",
      `expected a certificate and its private key in PEM, got ${certificate} and ${key}: ${reason}`,
      { cause: error },
    );
  }
  return privatePart.warning === undefined ? files : { ...files, warning: privatePart.warning };
}

function unusable({ reason, remedy }: FileProblem): ConfigError {
  return new ConfigError("tls-file", `TLS file ${reason}; ${remedy}`);
}
