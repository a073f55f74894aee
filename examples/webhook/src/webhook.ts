/**
 * A webhook for raw mail, as mail services post it: verifies a message while it arrives, and answers who has signed it.
 *
 *     node src/webhook.ts 8030
 *     curl --data-binary @message.eml -H 'content-type: message/rfc822' http://127.0.0.1:8030/mail
 *
 * 200: a trusted signature of the From domain. 422: there is none, and the sender of the request should not try again. 503: DNS
 * does not answer for now; it should.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { keySource, nodeResolver, Verification, type VerificationReport } from "@mailseal/verifier";

const maxMessageBytes = 25 * 1024 * 1024;

interface WebhookOptions {
  /** DNS servers, instead of those of the system. */
  readonly dnsServers?: readonly string[];
}

export function createWebhook({ dnsServers }: WebhookOptions = {}): Server {
  // One for all requests: it keeps records and parsed keys for their TTL.
  const keys = keySource(nodeResolver(dnsServers === undefined ? {} : { servers: dnsServers }));

  /** The report about the message in the body of a request; undefined if it is too large. */
  async function reportOn(request: IncomingMessage): Promise<VerificationReport | undefined> {
    const verification = new Verification({ keys });
    let sizeBytes = 0;
    // A connection that was destroyed could not carry the answer.
    const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    for await (const chunk of chunks) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxMessageBytes) return undefined;
      verification.write(chunk);
    }
    return verification.finish();
  }

  return createServer(async (request, response) => {
    try {
      if (request.method !== "POST") return answer(response, 405, { error: "POST a raw message" });
      const report = await reportOn(request);
      if (report === undefined) return answer(response, 413, { error: "the message is too large" });
      const { from, signatures } = report;
      const signer = signatures.find(({ trusted, aligned }) => trusted && aligned !== "none");
      if (signer !== undefined) return answer(response, 200, { from, signedBy: signer.domain });
      const reasons = signatures.map(({ domain, code, reason }) => ({ domain, code, reason }));
      const isTemporary = signatures.some(({ result }) => result === "temperror");
      return answer(response, isTemporary ? 503 : 422, { from, reasons });
    } catch (error) {
      // A header that is too large, or a client that has gone.
      const reason = error instanceof Error ? error.message : String(error);
      return answer(response, 400, { error: reason });
    }
  });
}

function answer(response: ServerResponse, status: number, content: object): void {
  // The rest of a refused body is not read.
  const headers = {
    "content-type": "application/json",
    ...(status === 413 ? { connection: "close" } : {}),
  };
  response.writeHead(status, headers).end(`${JSON.stringify(content)}\n`);
}

if (import.meta.main) {
  const port = Number(process.argv[2] ?? 8030);
  createWebhook().listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/mail`));
}
