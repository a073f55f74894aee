// Prints the milliseconds from before the import to after the first signature.
import { readFileSync } from "node:fs";

const [message = "", key = ""] = process.argv.slice(2);
const start = performance.now();
const { createSigner } = await import("@mailseal/signer");
const { loadPrivateKey } = await import("@mailseal/crypto");
const signer = createSigner({
  domain: "example.com",
  selector: "rsa",
  key: loadPrivateKey(readFileSync(key)),
});
const { fields } = signer.sign(readFileSync(message));
console.log(fields.startsWith("DKIM-Signature:") ? performance.now() - start : "no signature");
