import { setTimeout as delay } from "node:timers/promises";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { afterAll, describe, expect, test } from "vitest";
import type { Processed } from "../../src/index.ts";
import {
  context,
  envelope,
  key,
  mail,
  open,
  type Opened,
  signedAs,
  stored,
} from "../support/mail.ts";

const directory = temporaryDirectory("file");
const signing = { selector: "s1", keyText: key.toPem() };

/** What a hook may do to the process that runs it, by the name in X-Do. */
const module = writeTestFile(
  directory,
  "deeds.mjs",
  `
import { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
let asked = 0;
const never = new Promise(() => undefined);
const spin = () => { for (;;); };
const deeds = {
  throws() { throw new Error("oops"); },
  async rejects() { await delay(1); throw new TypeError("oops"); },
  leavesRejection() { Promise.reject(new Error("nobody listens")); return { skip: true }; },
  async rejectsBeside() { void delay(5).then(() => { throw new Error("beside"); }); await delay(10_000); },
  async rejectsAfterwards() { void delay(50).then(() => { throw new Error("afterwards"); }); },
  async throwsInTimer() { setTimeout(() => { throw new Error("in a timer"); }, 5); await delay(10_000); },
  async emitsError() { setImmediate(() => new EventEmitter().emit("error", new Error("unheard"))); await delay(10_000); },
  exits() { process.exit(0); },
  reallyExits() { process.reallyExit(0); },
  loops() { spin(); },
  async loopsLater() { await delay(5); spin(); },
  never: () => never,
  fillsHeap() { const kept = []; for (;;) kept.push(new Array(1000).fill(asked)); },
  fillsBuffers() { const kept = []; for (;;) if (kept.length < 60) kept.push(Buffer.alloc(10_000_000, 1)); },
  answersFunction: () => ({ binding: () => "x" }),
  count: () => ({ signing: { selector: "n" + asked } }),
};
export function beforeSign(message) {
  asked++;
  return deeds[message.get("X-Do")]?.();
}
`,
);

const opened: Opened[] = [];
afterAll(() => {
  for (const { pipeline } of opened) pipeline.close();
});

async function openDeeds(more: object = {}): Promise<Opened> {
  const it = await open({
    signing,
    hooks: { module, timeout: "300ms", memory: "64MB", ...more },
  });
  opened.push(it);
  return it;
}

function send({ pipeline }: Opened, deed: string, queueId = deed): Promise<Processed> {
  const text = mail("a@example.com", [`X-Do: ${deed}`]);
  return pipeline.process(stored(text), envelope, context({ queueId }));
}

function failuresOf({ events }: Opened): readonly (readonly [string, string])[] {
  return events.flatMap((event) =>
    event.type === "hook-failed" ? [[event.queueId, event.reason] as const] : [],
  );
}

describe("a hook of a module that", () => {
  test.for([
    ["throws", /^it threw Error: oops$/],
    ["rejects", /^it threw TypeError: oops$/],
    ["leavesRejection", /promise that it left alone rejected: Error: nobody listens/],
    ["rejectsBeside", /promise that it left alone rejected: Error: beside/],
    ["throwsInTimer", /callback of it threw Error: in a timer/],
    ["emitsError", /callback of it threw Error: unheard/],
    ["exits", /it threw Error: a hook must not call process\.exit/],
    ["reallyExits", /its process ended by exit code 0/],
    ["loops", /no answer within 300 ms/],
    ["loopsLater", /no answer within 300 ms/],
    ["never", /no answer within 300 ms/],
    ["fillsHeap", /more memory than hooks\.memory/],
    ["fillsBuffers", /more memory than hooks\.memory/],
    ["answersFunction", /its answer is not usable: .*could not be cloned/],
  ] as const)("%s defers its message, and the next is signed", async ([deed, reason]) => {
    // Time enough for what is to end by itself.
    const slow = deed.startsWith("fills") || deed.includes("Beside") || deed.endsWith("Timer");
    const it = await openDeeds(slow || deed === "emitsError" ? { timeout: "20s" } : {});
    const bad = send(it, deed, "bad");
    const waiting = send(it, "nothing", "waiting");
    expect((await bad).disposition).toMatchObject({ action: "defer", code: 451 });
    expect((await bad).signatures).toEqual([]);
    expect(failuresOf(it)).toContainEqual(["bad", expect.stringMatching(reason)]);
    expect(signedAs(await waiting)).toEqual(["s1/example.com"]);
    expect(signedAs(await send(it, "nothing"))).toEqual(["s1/example.com"]);
  });

  test("never returns holds up who waits for its process, and nobody is blamed for it", async () => {
    const it = await openDeeds();
    const bad = send(it, "loops", "bad");
    const others = Array.from({ length: 5 }, () => send(it, "nothing", "other"));
    await bad;
    expect((await Promise.all(others)).flatMap(signedAs)).toHaveLength(5);
    expect(failuresOf(it)).toEqual([["bad", expect.stringMatching(/no answer/)]]);
  });

  test("fails when its message has its answer is told with the message's id", async () => {
    const it = await openDeeds();
    expect(signedAs(await send(it, "rejectsAfterwards", "Q7"))).toEqual(["s1/example.com"]);
    await expect
      .poll(() => it.events.find(({ type }) => type === "hook-stray"))
      .toMatchObject({
        queueId: "Q7",
        hook: "beforeSign",
        reason: expect.stringMatching(/afterwards/),
      });
    expect(signedAs(await send(it, "count"))).toEqual(["n2/example.com"]);
  });

  test("is asked in several processes where the config says so", async () => {
    const it = await openDeeds({ processes: 3 });
    const all = await Promise.all(Array.from({ length: 3 }, () => send(it, "count")));
    expect(all.flatMap(signedAs)).toEqual(["n1/example.com", "n1/example.com", "n1/example.com"]);
  });

  test("cannot be imported again is what the messages are deferred for", async () => {
    const path = writeTestFile(
      directory,
      "spoiled.mjs",
      "export const beforeSign = () => { for (;;); };",
    );
    const it = await openDeeds({ module: path, timeout: "100ms" });
    writeTestFile(directory, "spoiled.mjs", "throw new Error('spoiled');");
    await send(it, "nothing", "first");
    await delay(1500);
    await send(it, "nothing", "second");
    expect(failuresOf(it)).toEqual([
      ["first", "no answer within 100 ms; it does not return"],
      ["second", "it cannot be imported: Error: spoiled"],
    ]);
  });
});

test("the processes of hooks end with their pipeline, and are new for the next", async () => {
  const path = writeTestFile(
    directory,
    "tells.mjs",
    "export const beforeSign = () => ({ signing: { selector: `p${process.pid}` } });",
  );
  const ids: number[] = [];
  for (let reload = 0; reload < 3; reload++) {
    const it = await open({ signing, hooks: { module: path } });
    const [selector = ""] = signedAs(await send(it, "nothing"));
    ids.push(Number(/^p(\d+)/.exec(selector)?.[1]));
    it.pipeline.close();
  }
  const runs = (id: number): boolean => {
    try {
      return process.kill(id, 0);
    } catch {
      return false;
    }
  };
  expect(new Set(ids).size).toBe(3);
  await expect.poll(() => ids.some(runs)).toBe(false);
});
