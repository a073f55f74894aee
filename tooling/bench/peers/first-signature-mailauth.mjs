import { readFileSync } from "node:fs";
import { dkimSign } from "mailauth/lib/dkim/sign.js";

const [message = "", key = ""] = process.argv.slice(2);
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
console.log(signatures);
