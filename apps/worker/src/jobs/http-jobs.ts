import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import {
  type BodyLimits,
  type Endpoint,
  readBody,
  retryAfterSeconds,
  sendJson,
} from "@mailseal/service";
import { batchLines } from "./batch.ts";
import { busyAnswer, type JobKind, type JobOptions, type JobRunner } from "./job-runner.ts";

const lingerMs = 2000;

type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * `POST /v1/sign`, `/v1/verify` and `/v1/batch`: sign and verify messages for other programs of the operator. Each
 * responds with 503 if too many jobs are running.
 */
export function jobEndpoints(runner: JobRunner, limits: BodyLimits): readonly Endpoint[] {
  const post = (path: string, serve: Serve): Endpoint => ({
    method: "POST",
    path,
    serve: async (request, response) => {
      if (runner.isBusy) refuseBusy(request, response);
      else await serve(request, response);
    },
  });
  return [
    post("/v1/sign", (request, response) => one("sign", runner, limits, request, response)),
    post("/v1/verify", (request, response) => one("verify", runner, limits, request, response)),
    post("/v1/batch", (request, response) => batch(runner, limits, request, response)),
  ];
}

async function one(
  kind: JobKind,
  runner: JobRunner,
  limits: BodyLimits,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(piecesOf(request), request.headers["content-length"], limits);
  if (!body.ok) {
    refuse(request, response, body.status, body.error);
    return;
  }
  if (response.destroyed) {
    body.release();
    return;
  }
  // The answer shares the memory of the request's body.
  response.once("close", () => body.release());
  const result = await runner.run(kind, body.bytes, optionsOf(request));
  if (!result.ok) {
    if (result.status === 503) response.setHeader("retry-after", retryAfterSeconds);
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

/** Answers the lines in their order. While the client does not read the answers, no more of its lines are read. */
async function batch(
  runner: JobRunner,
  limits: BodyLimits,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  await pipeline(batchLines(piecesOf(request), runner, limits), response);
  discardRest(request);
}

/** The pieces of the body. A reader that stops early does not cut the connection, on which the answer goes out. */
function piecesOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
}

function refuseBusy(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.setHeader("retry-after", "1");
  sendJson(response, busyAnswer.status, { error: busyAnswer.error });
}

/** Answers before the body is read to its end. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  error: string,
): void {
  if (status === 503) response.setHeader("retry-after", retryAfterSeconds);
  sendJson(response, status, { error });
  discardRest(request);
}

/**
 * Discards the rest of the body, for two seconds at most. A connection that is closed with unread data is reset, and its
 * client may lose the answer.
 */
function discardRest(request: IncomingMessage): void {
  if (request.complete) return;
  request.resume();
  const timer = setTimeout(() => request.destroy(), lingerMs);
  request.once("close", () => clearTimeout(timer));
}

function optionsOf(request: IncomingMessage): JobOptions {
  const { searchParams } = new URL(request.url ?? "/", "http://localhost");
  const binding = searchParams.get("binding");
  return binding === null ? {} : { binding };
}
