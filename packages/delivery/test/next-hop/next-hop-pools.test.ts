import { type Config, configSchema } from "@mailseal/config";
import { SmtpSink } from "@mailseal/testkit/smtp-sink";
import { expect, onTestFinished, test } from "vitest";
import { TransientDeliveryError } from "../../src/index.ts";
import { NextHopPools } from "../../src/next-hop/next-hop-pools.ts";

/** A config with a binding for each next hop; ports of 0 stand for a binding without one. */
function configOf(ports: Readonly<Record<string, number>>, defaultBinding?: string): Config {
  const bindings = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [
      name,
      port === 0 ? {} : { nextHop: { host: "127.0.0.1", port } },
    ]),
  );
  return configSchema.parse({
    bindings,
    ...(defaultBinding === undefined ? {} : { defaultBinding }),
  });
}

function poolsOf(config: Config, previous?: NextHopPools): NextHopPools {
  const pools = new NextHopPools(config, "us.test", previous);
  onTestFinished(() => pools.close());
  return pools;
}

test("bindings with the same next hop share one pool", () => {
  const pools = poolsOf(configOf({ a: 2525, b: 2525, c: 2526 }));
  expect(pools.poolFor("a")).toBe(pools.poolFor("a"));
  expect(pools.poolFor("b")).toBe(pools.poolFor("a"));
  expect(pools.poolFor("c")).not.toBe(pools.poolFor("a"));
});

test("mail without a binding goes to the next hop of the default binding", () => {
  const pools = poolsOf(configOf({ a: 2525, b: 2526 }, "b"));
  expect(pools.poolFor(undefined)).toBe(pools.poolFor("b"));
});

test.each([
  ["no binding", undefined, "no binding for this message"],
  ["a binding without a next hop", "a", "binding a has no next hop"],
  ["an unknown binding", "other", "binding other has no next hop"],
])("mail with %s is deferred", (_, binding, text) => {
  const pools = poolsOf(configOf({ a: 0 }));
  let error: unknown;
  try {
    pools.poolFor(binding);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(TransientDeliveryError);
  expect(error).toMatchObject({ reply: { code: 451, enhancedCode: "4.3.5", text } });
});

test("a reload keeps the connections of next hops that have not changed, and closes the others", async () => {
  const [kept, removed] = [await SmtpSink.start(), await SmtpSink.start()];
  onTestFinished(async () => void (await Promise.all([kept.close(), removed.close()])));
  const before = poolsOf(configOf({ a: kept.port, b: removed.port }));
  const lent = await Promise.all(["a", "b"].map((name) => before.poolFor(name).acquire()));
  const [first, second] = lent;
  if (first === undefined || second === undefined) throw new Error("expected two sessions");

  const after = poolsOf(configOf({ renamed: kept.port }), before);
  before.close(after);
  expect(after.poolFor("renamed")).toBe(before.poolFor("a"));
  before.poolFor("a").release(first, "clean");
  before.poolFor("b").release(second, "clean");
  expect(await after.poolFor("renamed").acquire()).toBe(first);
  await expect.poll(() => [first.isAlive, second.isAlive]).toEqual([true, false]);
});

test.each([
  ["during the reload", "before"],
  ["after the reload", "after"],
])(
  "a connection of the previous config that is opened %s ends with its transaction",
  async (_, when) => {
    const sink = await SmtpSink.start();
    onTestFinished(() => sink.close());
    const config = configOf({ a: sink.port });
    const previous = poolsOf(config);
    const next = poolsOf(config, previous);
    const ownPool = next.poolFor("a");
    if (when === "after") previous.close(next);
    const late = previous.poolFor("a");
    if (when === "before") previous.close(next);
    const session = await late.acquire();
    expect(late).not.toBe(ownPool);
    late.release(session, "clean");
    await expect.poll(() => session.isAlive).toBe(false);
  },
);
