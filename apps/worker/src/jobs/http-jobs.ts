import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { answer, type Handler, type Handlers } from "../http-server.ts";
import { batchLines } from "./batch.ts";
import type { JobKind, JobOptions, JobRunner } from "./job-runner.ts";

/** `POST /v1/sign`, `/v1/verify` and `/v1/batch`, for programs of the same house. */
export function jobHandlers(runner: JobRunner, messageSize: number): Handlers {
  return new Map<string, Handler>([
    ["POST /v1/sign", (request, response) => one("sign", runner, messageSize, request, response)],
    [
      "POST /v1/verify",
      (request, response) => one("verify", runner, messageSize, request, response),
    ],
    ["POST /v1/batch", (request, response) => batch(runner, messageSize, request, response)],
  ]);
}

async function one(
  kind: JobKind,
  runner: JobRunner,
  messageSize: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (runner.isBusy) {
    busy(request, response);
    return;
  }
  const raw = await bodyOf(request, messageSize);
  if (raw === undefined) {
    response.setHeader("connection", "close");
    answer(response, 413, { error: `expected a message of at most ${messageSize} octets` });
    request.resume();
    return;
  }
  const result = await runner.run(kind, raw, optionsOf(request));
  if (!result.ok) {
    answer(response, result.status, { error: result.error });
  } else if ("verdict" in result) {
    answer(response, 200, result.verdict);
  } else {
    response.writeHead(200, {
      "content-type": "message/rfc822",
      "content-length": result.message.length,
      "x-signatures": String(result.signatures),
    });
    response.end(result.message);
  }
}

/** One line in, one line out, in order. Where the client does not read, nothing more is read of it. */
async function batch(
  runner: JobRunner,
  messageSize: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (runner.isBusy) {
    busy(request, response);
    return;
  }
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  for await (const line of batchLines(request, runner, messageSize)) {
    if (!response.write(line)) {
      await Promise.race([once(response, "drain"), once(response, "close")]);
    }
    if (response.destroyed) {
      return;
    }
  }
  response.end();
}

function busy(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.setHeader("retry-after", "1");
  answer(response, 503, { error: "too many jobs at the moment, try again" });
}

/** Undefined where it is longer. */
async function bodyOf(request: IncomingMessage, maximum: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maximum) {
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function optionsOf(request: IncomingMessage): JobOptions {
  const { searchParams } = new URL(request.url ?? "/", "http://localhost");
  const binding = searchParams.get("binding");
  return binding === null ? {} : { binding };
}
