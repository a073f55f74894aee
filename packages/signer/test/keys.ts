import { generateKey, type PrivateKey } from "@mailseal/crypto";

/** Keys take long to make: the tests of a file share these. */
export const rsaKey: PrivateKey = generateKey({ type: "rsa", bits: 2048 });
export const shortRsaKey: PrivateKey = generateKey({ type: "rsa", bits: 1024 });
export const ed25519Key: PrivateKey = generateKey({ type: "ed25519" });
