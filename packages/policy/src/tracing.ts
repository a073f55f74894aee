/**
 * OpenTelemetry spans around the pipeline, if the program has registered a provider.
 *
 * ```ts
 * import { traced } from "@mailseal/policy/tracing";
 *
 * const pipeline = traced(await createPipeline(config, deps));
 * ```
 *
 * The span `mailseal.process` covers a message; its children `mailseal.sign` and `mailseal.verify` cover the time
 * spent on each. No attribute contains addresses or header text.
 */
import { context, type Span, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import type { Envelope, MailContext, StoredMessage } from "./pipeline/mail.ts";
import type { Pipeline, Processed } from "./pipeline/pipeline.ts";

const scope = "@mailseal/policy";

/**
 * Adds spans to a pipeline. Costs nothing without a provider, or for a message that is not sampled.
 *
 * ```ts
 * const pipeline = traced(await createPipeline(config, deps)); // spans of @opentelemetry/api
 * ```
 */
export function traced(pipeline: Pipeline): Pipeline {
  // The tracer looks for the provider each time: one may be registered later.
  const tracer = trace.getTracer(scope);
  return {
    process(message, envelope, mail) {
      const span = tracer.startSpan("mailseal.process");
      return span.isRecording()
        ? processInSpan(tracer, span, pipeline, message, envelope, mail)
        : pipeline.process(message, envelope, mail);
    },
  };
}

async function processInSpan(
  tracer: Tracer,
  span: Span,
  pipeline: Pipeline,
  message: StoredMessage,
  envelope: Envelope,
  mail: MailContext,
): Promise<Processed> {
  span.setAttributes({
    "mailseal.direction": mail.direction,
    "mailseal.listener": mail.listener,
    "mailseal.queue_id": mail.queueId,
    "mailseal.message.size_bytes": message.sizeBytes,
  });
  const inSpan = trace.setSpan(context.active(), span);
  try {
    const processed = await context.with(inSpan, () => pipeline.process(message, envelope, mail));
    tell(span, processed);
    const { signingNs, verificationNs, signatures, report } = processed;
    childSpan(tracer, inSpan, "mailseal.sign", signingNs, {
      "mailseal.domains": signatures.map(({ domain }) => domain),
      "mailseal.algorithms": signatures.map(({ algorithm }) => algorithm),
    });
    childSpan(tracer, inSpan, "mailseal.verify", verificationNs, {
      "mailseal.results": report?.signatures.map(({ result }) => result) ?? [],
      "mailseal.codes": report?.signatures.map(({ code }) => code) ?? [],
    });
    return processed;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function tell(span: Span, { disposition, binding, fromDomain, skipped }: Processed): void {
  span.setAttribute("mailseal.disposition", disposition.action);
  if (binding !== undefined) span.setAttribute("mailseal.binding", binding);
  if (fromDomain !== undefined) span.setAttribute("mailseal.from_domain", fromDomain);
  if (skipped !== undefined) span.setAttribute("mailseal.skipped", skipped);
  if (disposition.action === "defer") span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Adds a span for work that has just ended. */
function childSpan(
  tracer: Tracer,
  parent: ReturnType<typeof context.active>,
  name: string,
  durationNs: number | undefined,
  attributes: Record<string, string[]>,
): void {
  if (durationNs === undefined) return;
  const endMs = Date.now();
  tracer.startSpan(name, { startTime: endMs - durationNs / 1e6, attributes }, parent).end(endMs);
}
