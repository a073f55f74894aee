import { readFileSync } from "node:fs";
import { loadPrivateKey } from "@mailseal/crypto";
import { createSigner } from "@mailseal/signer";

const [message = "", key = ""] = process.argv.slice(2);
const signer = createSigner({
  domain: "example.com",
  selector: "rsa",
  key: loadPrivateKey(readFileSync(key)),
});
console.log(signer.sign(readFileSync(message)).fields);
