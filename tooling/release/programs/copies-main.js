/**
 * Signs with a key of another copy of `@mailseal/crypto` than the signer's own; it runs in a directory with a copy in
 * its node_modules, below the project with the signer.
 */
import { generateKey, PrivateKey } from "@mailseal/crypto";
import { createSigner, PrivateKey as SignersPrivateKey } from "@mailseal/signer";

function signed(key) {
  const signer = createSigner({ domain: "example.com", selector: "mail", key });
  return signer.sign(Buffer.from("From: ada@example.com\r\n\r\nAt noon?\r\n")).signatures.length;
}

function attempt(key) {
  try {
    return signed(key);
  } catch (error) {
    return `${error.code}: ${error.message}`;
  }
}

console.log(
  JSON.stringify({
    copies: PrivateKey === SignersPrivateKey ? 1 : 2,
    rsa: attempt(generateKey({ type: "rsa" })),
    ed25519: attempt(generateKey({ type: "ed25519" })),
  }),
);
