/**
 * Signs so many messages of 2 KB for so many domains, each with an RSA-2048 key of its own, and prints the time and the
 * process's resident memory at its highest: `domains.mjs <domains> <messages> <threads>`. 0 threads sign in the main
 * thread, with one signer for each domain.
 */
import { generateKey, loadPrivateKey } from "@mailseal/crypto";
import { createSigner } from "@mailseal/signer";
import { createSignerPool } from "@mailseal/signer/pool";

const [domains, messages, threads] = process.argv.slice(2).map(Number);
const names = Array.from({ length: domains }, (_, index) => `d${index}.example.com`);
// It takes a quarter of an hour to generate 10,000 keys. A key that is loaded again is another key in memory.
const pems = Array.from({ length: 16 }, () => generateKey({ type: "rsa" }).toPem());
const signatures = new Map(
  names.map((domain, index) => [
    domain,
    { domain, selector: "s", key: loadPrivateKey(pems[index % pems.length]) },
  ]),
);
const line = "a line of seventy-eight characters of text without any meaning at all, again\r\n";
const message = Buffer.from(`From: ada@example.com\r\nSubject: hello\r\n\r\n${line.repeat(25)}`);
const nameOf = (index) => names[(index * 7919) % names.length];

const start = performance.now();
let highestMb = 0;
const look = () => {
  highestMb = Math.max(highestMb, process.memoryUsage.rss() / (1 << 20));
};
if (threads === 0) {
  const signers = new Map([...signatures].map(([name, each]) => [name, createSigner(each)]));
  for (let index = 0; index < messages; index++) {
    signers.get(nameOf(index)).sign(new Uint8Array(message));
    if (index % 1000 === 0) look();
  }
} else {
  const pool = createSignerPool(signatures, { threads });
  for (let index = 0; index < messages; index++) {
    await pool.ready();
    // If one fails, the program ends with its error.
    void pool.sign(new Uint8Array(message), nameOf(index));
    if (index % 1000 === 0) look();
  }
  await pool.close();
}
look();
console.log(JSON.stringify({ ms: performance.now() - start, highestMb }));
