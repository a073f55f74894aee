import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type BodyLimits,
  type Endpoint,
  readBody,
  retryAfterSeconds,
  sendJson,
} from "@mailseal/service";
import { batchLines } from "./batch.ts";
import type { JobKind, JobOptions, JobRunner } from "./job-runner.ts";

const lingerMs = 2000;

/** `POST /v1/sign`, `/v1/verify` and `/v1/batch`: sign and verify messages for other programs of the operator. */
export function jobEndpoints(runner: JobRunner, limits: BodyLimits): readonly Endpoint[] {
  return [
    {
      method: "POST",
      path: "/v1/sign",
      serve: (request, response) => one("sign", runner, limits, request, response),
    },
    {
      method: "POST",
      path: "/v1/verify",
      serve: (request, response) => one("verify", runner, limits, request, response),
    },
    {
      method: "POST",
      path: "/v1/batch",
      serve: (request, response) => batch(runner, limits, request, response),
    },
  ];
}

async function one(
  kind: JobKind,
  runner: JobRunner,
  limits: BodyLimits,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (runner.isBusy) {
    busy(request, response);
    return;
  }
  const source = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  const body = await readBody(source, request.headers["content-length"], limits);
  if (!body.ok) {
    refuse(request, response, body.status, body.error);
    return;
  }
  // The answer shares the memory of the request's body.
  response.once("close", () => body.release());
  if (response.destroyed) return;
  const result = await runner.run(kind, body.bytes, optionsOf(request));
  if (!result.ok) {
    sendJson(response, result.status, { error: result.error });
  } else if ("verdict" in result) {
    sendJson(response, 200, result.verdict);
  } else {
    response.writeHead(200, {
      "content-type": "message/rfc822",
      "content-length": result.pieces.reduce((sum, { length }) => sum + length, 0),
      "x-signatures": String(result.signatures),
    });
    for (const piece of result.pieces) response.write(piece);
    response.end();
  }
}

/** Answers the lines in their order. While the client does not read its answers, no more of its lines are read. */
async function batch(
  runner: JobRunner,
  limits: BodyLimits,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (runner.isBusy) {
    busy(request, response);
    return;
  }
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  for await (const line of batchLines(request, runner, limits)) {
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
  sendJson(response, 503, {
    error: "too many jobs are running (worker.jobs.concurrency); try again later",
  });
}

/** Answers and discards the rest of the body for two seconds, so that the client reads the answer, then closes the connection. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  error: string,
): void {
  response.setHeader("connection", "close");
  if (status === 503) response.setHeader("retry-after", retryAfterSeconds);
  sendJson(response, status, { error });
  request.resume();
  const timer = setTimeout(() => request.destroy(), lingerMs);
  response.once("close", () => clearTimeout(timer));
}

function optionsOf(request: IncomingMessage): JobOptions {
  const { searchParams } = new URL(request.url ?? "/", "http://localhost");
  const binding = searchParams.get("binding");
  return binding === null ? {} : { binding };
}
