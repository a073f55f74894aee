import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { generateKey } from "@mailseal/crypto";
import { formatKeyRecord } from "@mailseal/dns-record";
import { bundleFor } from "@mailseal/runtimes/bundle";
import { startWorker, type Worker, workerdIsInstalled } from "@mailseal/runtimes/workerd";
import { createSigner } from "@mailseal/signer";
import { type DohServer, startDohServer } from "@mailseal/testkit/doh-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const workerd = await workerdIsInstalled();
if (!workerd) console.warn("skipped: the npm package miniflare is not installed");

const key = generateKey({ type: "rsa" });
const signer = createSigner({ domain: "example.com", selector: "mail2026", key });
const message = [
  "From: Ada <ada@example.com>",
  "To: bob@example.net",
  "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
  "Message-ID: <1@example.com>",
  "Content-Type: text/plain; charset=utf-8",
  "",
  "At noon?",
  "",
].join("\r\n");
const signed = Buffer.from(signer.sign(Buffer.from(message)).toBytes()).toString();

describe.skipIf(!workerd)("the worker in miniflare", () => {
  let doh: DohServer;
  let application: Server;
  let worker: Worker;
  const received: unknown[] = [];

  beforeAll(async () => {
    doh = await startDohServer({
      "mail2026._domainkey.example.com": { txt: [formatKeyRecord(key.publicKey)] },
    });
    application = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
      received.push(JSON.parse(body));
      response.end();
    }).listen(0, "127.0.0.1");
    await once(application, "listening");
    const { port } = application.address() as AddressInfo;
    const script = await bundleFor(
      "workerd",
      fileURLToPath(new URL("../src/worker.ts", import.meta.url)),
    );
    worker = await startWorker(script, {
      DOH_URL: doh.url,
      APPLICATION_URL: `http://127.0.0.1:${port}/mail`,
    });
  });
  afterAll(async () => {
    await worker.dispose();
    application.close();
    await doh.close();
  });

  const deliver = async (text: string): Promise<string> => {
    received.length = 0;
    const envelope = "from=ada@example.com&to=bob@example.net";
    const response = await worker.dispatchFetch(
      `http://worker.test/cdn-cgi/handler/email?${envelope}`,
      { method: "POST", body: text },
    );
    return `${response.status} ${await response.text()}`;
  };

  test("hands on the content of signed mail", async () => {
    expect(await deliver(signed)).toMatch(/^200 /);
    expect(received).toEqual([
      { signedBy: "example.com", from: "ada@example.com", subject: "Grüße", text: "At noon?\n" },
    ]);
    expect(doh.asked).toContain("mail2026._domainkey.example.com");
  });

  test("rejects altered mail", async () => {
    expect(await deliver(signed.replace("noon", "nine"))).toMatch(/^400 .*body/s);
    expect(received).toEqual([]);
  });

  test("rejects unsigned mail", async () => {
    expect(await deliver(message)).toMatch(/^400 .*unsigned/s);
    expect(received).toEqual([]);
  });
});
