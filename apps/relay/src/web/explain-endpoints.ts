import { type KeySource, keySource, type TxtResolver } from "@mailseal/dns-record";
import { MemoryBudget, readBody, retryAfterSeconds, type Totals } from "@mailseal/service";
import { explain, type Explanation } from "@mailseal/verifier/explain";
import type { Hono } from "hono";
import { explanationPage } from "./views/explanation.ts";
import { messagePage } from "./views/layout.ts";

interface ExplainSources {
  readonly totals: Totals;
  readonly resolver: () => Promise<TxtResolver>;
}

const maxMessageBytes = 2 * 1024 * 1024;
/** Of all uploads in progress together, because the page must not take memory from the mail. */
const maxUploadsBytes = 16 * 1024 * 1024;
const uploadTimeoutMs = 20_000;
const refusedTitles = { 408: "Too slow", 413: "Too large", 503: "Busy" } as const;
const failureNotFound = "This message is no longer kept. Only the most recent failures are.";
/** Explaining blocks the process, and with it mail, for at most this long. */
const maxMilliseconds = 300;
const atATime = 2;

/** Explains failed messages that were kept, and messages that are uploaded. */
export function explainEndpoints(app: Hono, { totals, resolver }: ExplainSources): void {
  const explainer = new Explainer(resolver);
  app.get("/failures/:id{[0-9]+}", async (c) => {
    const failure = totals.failures.find(Number(c.req.param("id")));
    if (failure === undefined) return c.html(messagePage("No such message", failureNotFound), 404);
    const explained = await explainer.explain(Buffer.from(failure.message, "latin1"));
    if (explained === "busy") return c.html(busyPage(), 503);
    return c.html(explanationPage(`Message ${failure.queueId}`, explained, failure));
  });
  const limits = {
    maxBytes: maxMessageBytes,
    budget: new MemoryBudget(maxUploadsBytes),
    timeoutMs: uploadTimeoutMs,
  };
  app.post("/explain", async (c) => {
    const { body: source } = c.req.raw;
    const declared = c.req.header("content-length");
    const body = await readBody(source ?? nothing(), declared, limits);
    if (!body.ok) {
      if (body.status === 503) c.header("retry-after", retryAfterSeconds);
      return c.html(messagePage(refusedTitles[body.status], `${body.error}.`), body.status);
    }
    const type = c.req.header("content-type") ?? "";
    const message = await uploaded(body.bytes, type).finally(() => body.release());
    if (message.length === 0) {
      const hint = "Paste a message with all of its header, or choose the file it was saved in.";
      return c.html(messagePage("No message", hint), 400);
    }
    const explained = await explainer.explain(message);
    return explained === "busy"
      ? c.html(busyPage(), 503)
      : c.html(explanationPage("Your message", explained));
  });
}

/** The file or the text of the form; empty if the body is not a form. */
async function uploaded(body: Uint8Array, contentType: string): Promise<Uint8Array> {
  const form = new Response(new Uint8Array(body), { headers: { "content-type": contentType } });
  const fields = await form.formData().catch(() => new FormData());
  const [file, text] = [fields.get("file"), fields.get("text")];
  return file instanceof File && file.size > 0
    ? new Uint8Array(await file.arrayBuffer())
    : Buffer.from(typeof text === "string" ? text : "");
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // A request without a body.
}

function busyPage(): ReturnType<typeof messagePage> {
  return messagePage("Busy", "Other messages are being explained. Try again in a moment.");
}

/** Explains a few messages at a time. */
class Explainer {
  readonly #resolver: () => Promise<TxtResolver>;
  #running = 0;

  constructor(resolver: () => Promise<TxtResolver>) {
    this.#resolver = resolver;
  }

  async explain(message: Uint8Array): Promise<Explanation | "busy"> {
    if (this.#running >= atATime) return "busy";
    this.#running++;
    try {
      const keys: KeySource = keySource(await this.#resolver());
      return await explain(message, { keys, maxMilliseconds });
    } finally {
      this.#running--;
    }
  }
}
