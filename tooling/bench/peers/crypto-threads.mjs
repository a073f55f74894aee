/**
 * Makes so many RSA-2048 signatures with `node:crypto` alone, and prints the time: `crypto-threads.mjs <signatures>
 * <threads>`. 0 threads sign in the main thread. It shows how much faster this machine can be with threads at best.
 */
import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { isMainThread, Worker, workerData } from "node:worker_threads";

const signAll = ({ pem, count }) => {
  const key = createPrivateKey(pem);
  const signed = Buffer.alloc(500, "a");
  for (let index = 0; index < count; index++) sign("sha256", signed, key);
};

if (isMainThread) {
  const [signatures, threads] = process.argv.slice(2).map(Number);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  const start = performance.now();
  if (threads === 0) {
    signAll({ pem, count: signatures });
  } else {
    const share = { pem, count: signatures / threads };
    const startThread = () => new Worker(new URL(import.meta.url), { workerData: share });
    await Promise.all(
      Array.from({ length: threads }, () => new Promise((end) => startThread().once("exit", end))),
    );
  }
  console.log(JSON.stringify({ ms: performance.now() - start }));
} else {
  signAll(workerData);
}
