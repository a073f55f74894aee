// Prints the milliseconds from before the import to after the first signature.
import { readFileSync } from "node:fs";

const [message = "", key = ""] = process.argv.slice(2);
const start = performance.now();
const { dkimSign } = await import("mailauth/lib/dkim/sign.js");
const options = {
  signingDomain: "example.com",
  selector: "rsa",
  privateKey: readFileSync(key, "utf8"),
  algorithm: "rsa-sha256",
  canonicalization: "relaxed/relaxed",
};
const { signatures } = await dkimSign(readFileSync(message), {
  ...options,
  signatureData: [options],
});
console.log(signatures.startsWith("DKIM-Signature:") ? performance.now() - start : "no signature");
