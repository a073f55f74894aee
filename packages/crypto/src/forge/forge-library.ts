import { createPrivateKey, type KeyObject } from "node:crypto";
import { createRequire } from "node:module";
import type { KeyForm } from "../keys/key-form.ts";

export type Forge = typeof import("node-forge");

let library: Forge | undefined;

/** node-forge, loaded when it is first needed: most programs never need it, and it takes its time. */
export function forgeLibrary(): Forge {
  library ??= createRequire(import.meta.url)("node-forge") as Forge;
  return library;
}

/**
 * Reads what OpenSSL will not: RSA keys encrypted with ciphers that it retired (RC2, single DES), and
 * ASN.1 that is not quite DER. Undefined where node-forge cannot read it either.
 */
export function loadWithForge(
  form: KeyForm,
  passphrase: string | undefined,
): KeyObject | undefined {
  const { asn1, pki, util } = forgeLibrary();
  try {
    const key =
      form.kind === "pem"
        ? passphrase === undefined
          ? pki.privateKeyFromPem(form.pem)
          : pki.decryptRsaPrivateKey(form.pem, passphrase)
        : pki.privateKeyFromAsn1(
            asn1.fromDer(util.createBuffer(Buffer.from(form.der).toString("latin1")), false),
          );
    return createPrivateKey(pki.privateKeyToPem(key));
  } catch {
    return undefined;
  }
}
