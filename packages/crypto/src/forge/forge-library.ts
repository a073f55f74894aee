import { createPrivateKey, type KeyObject } from "node:crypto";
import { createRequire } from "node:module";
import type { KeyForm } from "../keys/key-form.ts";

export type Forge = typeof import("node-forge");

let library: Forge | undefined;

/**
 * node-forge, loaded on first use, because most programs never need it and it loads slowly. Throws if it is not
 * there: a bundle for workerd, for example, has neither a path of its own nor installed packages.
 */
export function forgeLibrary(): Forge {
  library ??= createRequire(import.meta.url)("node-forge") as Forge;
  return library;
}

/**
 * Reads keys that OpenSSL refuses: RSA keys encrypted with retired ciphers (RC2, single DES), and ASN.1 that
 * is not quite DER. Undefined if node-forge cannot read the key either, or is not there.
 */
export function loadWithForge(
  form: KeyForm,
  passphrase: string | undefined,
): KeyObject | undefined {
  try {
    const { asn1, pki, util } = forgeLibrary();
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
