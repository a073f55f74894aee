import { configSchema, findBinding, type NextHop } from "@mailseal/config";
import { SmtpSink, type SmtpSinkOptions } from "@mailseal/testkit/smtp-sink";
import { onTestFinished } from "vitest";
import { NextHopPool, type PoolOptions } from "../../src/next-hop/next-hop-pool.ts";
import type { NextHopSession } from "../../src/next-hop/next-hop-session.ts";
import { openSession } from "../../src/next-hop/open-session.ts";

export async function startSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await SmtpSink.start(options);
  onTestFinished(() => sink.close());
  return sink;
}

/** The next hop at a port of this machine, with the defaults of the config. */
function nextHopAt(port: number, changes: Partial<NextHop> = {}): NextHop {
  const written = { bindings: { out: { nextHop: { host: "127.0.0.1", port } } } };
  const nextHop = findBinding(configSchema.parse(written), "out")?.nextHop;
  if (nextHop === undefined) throw new Error("expected the next hop of the binding");
  return { ...nextHop, ...changes };
}

export async function openTo(
  { port }: { readonly port: number },
  changes?: Partial<NextHop>,
): Promise<NextHopSession> {
  const session = await openSession(nextHopAt(port, changes), "us.test");
  onTestFinished(() => session.destroy("the test is over"));
  return session;
}

export function poolFor(
  { port }: { readonly port: number },
  changes: Partial<PoolOptions> = {},
): NextHopPool {
  const pool = new NextHopPool(() => openSession(nextHopAt(port), "us.test"), {
    connections: 2,
    messagesPerConnection: 100,
    waitMs: 10_000,
    idleMs: 60_000,
    ...changes,
  });
  onTestFinished(() => pool.abort("the test is over"));
  return pool;
}

/** A message in pieces, as `attempt` and `NextHopTransaction` send it. */
export function messageOf(...pieces: readonly string[]): {
  readonly sizeBytes: number;
  readonly chunks: () => readonly Buffer[];
} {
  const chunks = pieces.map((piece) => Buffer.from(piece));
  return { sizeBytes: Buffer.concat(chunks).length, chunks: () => chunks };
}
