/**
 * Signs a message of so many megabytes through the chunked interface and prints by how many megabytes
 * the process's resident memory was higher, at its highest, than before it.
 */
import { generateKey } from "@mailseal/crypto";
import { createSigner } from "@mailseal/signer";

const megabytes = Number(process.argv[2]);
const signer = createSigner({
  domain: "example.com",
  selector: "s",
  key: generateKey({ type: "ed25519" }),
});
const header = Buffer.from("From: ada@example.com\r\n\r\n");
const chunk = Buffer.alloc(
  65_536,
  "a line of seventy-eight characters of text without any meaning at all, again\r\n",
);

globalThis.gc?.();
const idle = process.memoryUsage.rss();
let highest = idle;
const stream = signer.stream();
stream.write(header);
for (let written = 0; written < megabytes << 20; written += chunk.length) {
  stream.write(chunk);
  highest = Math.max(highest, process.memoryUsage.rss());
}
stream.finish();
console.log(((highest - idle) / (1 << 20)).toFixed(1));
