/**
 * An Email Worker: takes a message only if it has a DKIM signature of its From domain, and hands its content to an
 * application as JSON. Keys come from DNS over HTTPS, because a worker has no DNS of its own.
 */
import { dohResolver } from "@mailseal/dns-record";
import { verify } from "@mailseal/verifier";
import PostalMime from "postal-mime";

/** The variables of wrangler.toml. */
interface Settings {
  /** A DNS-over-HTTPS server, such as https://dns.example/dns-query. */
  readonly DOH_URL: string;
  /** Where the application takes the content of a message. */
  readonly APPLICATION_URL: string;
}

/** The part of the runtime's `ForwardableEmailMessage` that this worker uses. */
interface IncomingMessage {
  readonly from: string;
  readonly to: string;
  readonly raw: ReadableStream<Uint8Array>;
  /** In miniflare it is a call to another process, which takes effect when its promise resolves. */
  setReject(reason: string): void | Promise<void>;
}

export default {
  async email(message: IncomingMessage, settings: Settings): Promise<void> {
    const bytes = new Uint8Array(await new Response(message.raw).arrayBuffer());
    // A resolver for each message: workerd forbids to wait for the lookup of another message.
    const keys = dohResolver({ url: settings.DOH_URL });
    const { signatures } = await verify(bytes, { keys });
    const signer = signatures.find(({ trusted, aligned }) => trusted && aligned !== "none");
    if (signer === undefined) {
      const reasons = signatures.map(({ reason }) => reason).join("; ");
      await message.setReject(
        `no valid DKIM signature of the From domain (${reasons || "unsigned"})`,
      );
      return;
    }
    const { from, subject, text } = await PostalMime.parse(bytes);
    const { ok, status } = await fetch(settings.APPLICATION_URL, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ signedBy: signer.domain, from: from?.address, subject, text }),
    });
    // An error makes the sender's server try again.
    if (!ok) throw new Error(`the application answered HTTP ${status}`);
  },
};
