import { acceptedSample } from "@mailseal/testkit/pipeline-samples";
import { type Span, type SpanOptions, trace, type Tracer } from "@opentelemetry/api";
import { afterEach, describe, expect, test } from "vitest";
import type { StoredMessage } from "../src/pipeline/mail.ts";
import type { Pipeline, Processed } from "../src/pipeline/pipeline.ts";
import { traced } from "../src/tracing.ts";
import { context } from "./support/mail.ts";

/** A span as a provider would export it. */
interface KeptSpan {
  readonly name: string;
  readonly parent: string | undefined;
  readonly attributes: Map<string, unknown>;
  status: number | undefined;
  readonly startMs: number;
  endMs: number | undefined;
}

/** A provider of the API alone, which keeps what it is given. */
function keepSpans(): readonly KeptSpan[] {
  const kept: KeptSpan[] = [];
  const names = new WeakMap<Span, string>();
  const startSpan: Tracer["startSpan"] = (name, options: SpanOptions = {}, above) => {
    const parent = above === undefined ? undefined : trace.getSpan(above);
    const entry: KeptSpan = {
      name,
      parent: parent === undefined ? undefined : names.get(parent),
      attributes: new Map(Object.entries(options.attributes ?? {})),
      status: undefined,
      startMs: Number(options.startTime ?? Date.now()),
      endMs: undefined,
    };
    kept.push(entry);
    const span = {
      isRecording: () => true,
      setAttribute: (key: string, value: unknown) => entry.attributes.set(key, value),
      setAttributes: (all: object) => {
        for (const [key, value] of Object.entries(all)) entry.attributes.set(key, value);
      },
      setStatus: ({ code }: { code: number }) => {
        entry.status = code;
      },
      end: (endMs?: number) => {
        entry.endMs = endMs ?? Date.now();
      },
    } as unknown as Span;
    names.set(span, name);
    return span;
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) as unknown as Tracer });
  return kept;
}

afterEach(() => trace.disable());

const message: StoredMessage = { sizeBytes: 11, chunks: () => [Buffer.from("From: a@b\r\n")] };
const envelope = { from: "ada@example.com", recipients: ["zoe@example.net"] };
const mail = context({ listener: "smtp", relayNetwork: true });
const accepted: Processed = { ...acceptedSample, signingNs: 2e6 };

function answering(processed: Processed): Pipeline {
  return { process: () => Promise.resolve(processed) };
}

describe("with a provider", () => {
  test("a message is a span, and signing one below it that lasted as long as it took", async () => {
    const spans = keepSpans();
    await traced(answering(accepted)).process(message, envelope, mail);
    expect(spans.map(({ name, parent }) => [name, parent])).toEqual([
      ["mailseal.process", undefined],
      ["mailseal.sign", "mailseal.process"],
    ]);
    const [whole, sign] = spans;
    expect(Object.fromEntries(whole?.attributes ?? [])).toMatchObject({
      "mailseal.direction": "outbound",
      "mailseal.queue_id": "Q1",
      "mailseal.binding": "out",
      "mailseal.from_domain": "example.com",
      "mailseal.disposition": "accept",
      "mailseal.message.size_bytes": 11,
    });
    expect((sign?.endMs ?? 0) - (sign?.startMs ?? 0)).toBeCloseTo(2, 3);
    expect(whole?.endMs).toBeDefined();
  });

  test("verifying has the results, and no address is in any attribute", async () => {
    const spans = keepSpans();
    const { signingNs: _, ...rest } = accepted;
    const report = { from: ["ada@example.com"], signatures: [] };
    const pipeline = traced(answering({ ...rest, report, verificationNs: 5e6 }));
    await pipeline.process(message, envelope, { ...mail, direction: "inbound" });
    expect(spans.map(({ name }) => name)).toEqual(["mailseal.process", "mailseal.verify"]);
    const values = spans.flatMap(({ attributes }) => Array.from(attributes.values()));
    expect(JSON.stringify(values)).not.toContain("@");
  });

  test.each([
    ["a deferred message", answering({ ...accepted, disposition: defer() })],
    ["a pipeline that fails", { process: () => Promise.reject(new Error("no")) }],
  ])("%s is an error, and the span ends", async (_name, pipeline: Pipeline) => {
    const spans = keepSpans();
    await traced(pipeline)
      .process(message, envelope, mail)
      .catch(() => undefined);
    expect(spans[0]?.status).toBe(2);
    expect(spans[0]?.endMs).toBeDefined();
  });
});

test("without a provider the pipeline's own promise is returned", () => {
  const answer = Promise.resolve(accepted);
  const pipeline = traced({ process: () => answer });
  expect(pipeline.process(message, envelope, mail)).toBe(answer);
});

test("a provider that is registered later is found", async () => {
  const pipeline = traced(answering(accepted));
  const spans = keepSpans();
  await pipeline.process(message, envelope, mail);
  expect(spans).toHaveLength(2);
});

function defer(): Processed["disposition"] {
  return { action: "defer", code: 451, enhancedCode: "4.3.0", text: "later" };
}
