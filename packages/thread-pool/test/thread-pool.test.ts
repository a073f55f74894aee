import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import {
  giveAway,
  PoolError,
  ThreadPool,
  type ThreadPoolOptions,
  transferOf,
} from "../src/index.ts";
import type { TestTask } from "./support/test-thread.ts";

const open: ThreadPool<TestTask, unknown>[] = [];
const script = new URL("support/test-thread.ts", import.meta.url);

function pool(options: Partial<ThreadPoolOptions> = {}): ThreadPool<TestTask, unknown> {
  const made = new ThreadPool<TestTask, unknown>({ script, threads: 1, ...options });
  open.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const echo = (text: string): TestTask => ({ do: "echo", bytes: new TextEncoder().encode(text) });
const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "resolved",
    (error: PoolError) => error.code,
  );

describe("tasks", () => {
  test("each result belongs to its task, whatever their number", async () => {
    const threads = pool({ threads: 2 });
    const texts = Array.from({ length: 500 }, (_, index) => `message ${index}`);
    const results = await Promise.all(texts.map((text) => threads.run(echo(text))));
    expect(results.map((bytes) => new TextDecoder().decode(bytes as Uint8Array))).toEqual(texts);
  });

  test("all threads work", async () => {
    const threads = pool({ threads: 3 });
    const ids = await Promise.all(Array.from({ length: 60 }, () => threads.run({ do: "thread" })));
    expect(new Set(ids).size).toBe(3);
    expect(threads.threads).toBe(3);
  });

  test("setup reaches each thread, keys included", async () => {
    expect(await pool({ setup: { a: [1, "x"] } }).run({ do: "setup" })).toEqual({ a: [1, "x"] });
  });

  test("a thread asks and is answered", async () => {
    const threads = pool({ answer: async (question) => `answer to ${String(question)}` });
    const answers = ["a", "b"].map((question) => threads.run({ do: "ask", question }));
    expect(await Promise.all(answers)).toEqual(["answer to a", "answer to b"]);
    expect(await pool().run({ do: "ask", question: "nobody" })).toBeUndefined();
  });

  test("a question without an answer, or with one that cannot be cloned, fails the task", async () => {
    const answers: Record<string, () => unknown> = {
      none: () => {
        throw new PoolError("bad-option", "no answer");
      },
      function: () => () => 0,
      text: () => "answered",
    };
    const threads = pool({
      answer: async (question) => answers[String(question)]?.(),
      reviveError: ({ name, code, message }) => new Error(`${name} ${code}: ${message}`),
    });
    const ask = (question: string): Promise<unknown> => threads.run({ do: "ask", question });
    const asked = await Promise.allSettled(["none", "function", "text"].map(ask));
    expect(asked).toEqual([
      { status: "rejected", reason: new Error("PoolError bad-option: no answer") },
      {
        status: "rejected",
        reason: expect.objectContaining({ message: expect.stringMatching(/could not be cloned/) }),
      },
      { status: "fulfilled", value: "answered" },
    ]);
  });

  test("a notice reaches every thread after the tasks that were sent before it", async () => {
    const threads = pool({ threads: 2 });
    const heard = (): Promise<unknown[]> =>
      Promise.all(Array.from({ length: 20 }, () => threads.run({ do: "notices" })));
    const before = heard();
    await Promise.resolve();
    await Promise.resolve();
    threads.notify("first");
    expect(new Set(await before)).toEqual(new Set(Array.from({ length: 20 }, () => [])));
    threads.notify({ second: true });
    for (const notices of await heard()) expect(notices).toEqual(["first", { second: true }]);
  });

  test("a function can start the threads", async () => {
    const started: unknown[] = [];
    const threads = pool({
      threads: 2,
      setup: "setup",
      script: (options) => {
        started.push(options.workerData);
        return new Worker(script, options);
      },
    });
    expect(await threads.run({ do: "setup" })).toBe("setup");
    expect(started).toEqual(["setup", "setup"]);
  });

  test("transferred bytes are moved, not copied", async () => {
    const bytes = giveAway(new TextEncoder().encode("moved"));
    const result = await pool().run({ do: "echo", bytes }, bytes.length, transferOf(bytes));
    expect(bytes.length).toBe(0);
    expect(new TextDecoder().decode(result as Uint8Array)).toBe("moved");
  });
});

describe("what travels", () => {
  test("reviveValue makes the result from what the task gave", async () => {
    await using doubling = new ThreadPool<TestTask, string, readonly string[]>({
      script,
      threads: 1,
      reviveValue: (text) => [text, text],
    });
    expect(await doubling.run({ do: "wait", ms: 1 })).toEqual(["waited", "waited"]);
  });

  test("an error among values reaches its own task", async () => {
    const threads = pool();
    const tasks: TestTask[] = Array.from({ length: 40 }, (_, index) =>
      index % 7 === 3 ? { do: "throw", what: "error" } : echo(String(index)),
    );
    const ends = await Promise.allSettled(tasks.map((task) => threads.run(task)));
    const said = ends.map((end) =>
      end.status === "fulfilled" ? new TextDecoder().decode(end.value as Uint8Array) : "failed",
    );
    expect(said).toEqual(tasks.map((_, index) => (index % 7 === 3 ? "failed" : String(index))));
  });
});

describe("errors of tasks", () => {
  test.each([
    ["error", "plain"],
    ["coded", "with a code"],
    ["text", "text"],
    ["later", "later"],
  ] as const)("%s", async (what, message) => {
    await expect(pool().run({ do: "throw", what })).rejects.toThrow(message);
  });

  test("reviveError gets name, code and message", async () => {
    const threads = pool({
      reviveError: ({ name, code, message }) => new RangeError(`${name} ${code}: ${message}`),
    });
    await expect(threads.run({ do: "throw", what: "coded" })).rejects.toThrow(
      new RangeError("PoolError pool-full: with a code"),
    );
  });

  test("what cannot be cloned fails alone", async () => {
    const threads = pool();
    const bad = { do: "setup", call: () => 1 } as unknown as TestTask;
    await expect(threads.run(bad)).rejects.toThrow("could not be cloned");
    expect(await threads.run({ do: "wait", ms: 1 })).toBe("waited");
  });
});

describe("back-pressure", () => {
  test("beyond maxQueued: pool-full; ready() waits for room", async () => {
    const threads = pool({ maxQueued: 2 });
    const busy = Array.from({ length: 128 }, async () => threads.run({ do: "wait", ms: 50 }));
    const refused = busy.map(codeOf);
    await Promise.resolve();
    expect((await Promise.all(refused)).filter((code) => code === "pool-full")).toHaveLength(126);
    const waiting: Promise<unknown>[] = [];
    for (let given = 0; given < 200; given++) {
      await threads.ready();
      waiting.push(threads.run({ do: "wait", ms: 1 }));
      expect(threads.queued).toBeLessThanOrEqual(2);
    }
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["waited"]));
  });

  test("beyond maxQueuedBytes", async () => {
    const threads = pool({ maxQueuedBytes: 100 });
    const sizes = [60, 60, 60].map((size) => codeOf(threads.run({ do: "wait", ms: 5 }, size)));
    expect(await Promise.all(sizes)).toEqual(["resolved", "resolved", "pool-full"]);
  });

  test("a thread has no more than its share of bytes in hand, and all large tasks end", async () => {
    const threads = pool({ threads: 2 });
    const size = 3 << 20;
    const tasks = Array.from({ length: 20 }, () => threads.run({ do: "wait", ms: 5 }, size));
    await Promise.resolve();
    await Promise.resolve();
    // 3 of 3 MiB pass 8 MiB in each of the two.
    expect(threads.queued).toBe(14);
    expect(await Promise.all(tasks)).toHaveLength(20);
    expect(await threads.run({ do: "wait", ms: 1 }, 9 << 20)).toBe("waited");
  });
});

describe("ends", () => {
  test("close() ends what was taken, then refuses", async () => {
    const threads = pool();
    const results = Array.from({ length: 100 }, () => threads.run({ do: "wait", ms: 5 }));
    const closing = threads.close();
    expect(await codeOf(threads.run({ do: "thread" }))).toBe("pool-closed");
    await closing;
    expect(await Promise.all(results)).toHaveLength(100);
    await threads.ready();
  });

  test("a thread that dies fails its tasks and is replaced", async () => {
    const threads = pool();
    const before = await threads.run({ do: "thread" });
    const doomed = [
      codeOf(threads.run({ do: "wait", ms: 5000 })),
      codeOf(threads.run({ do: "die" })),
    ];
    expect(await Promise.all(doomed)).toEqual(["thread-failed", "thread-failed"]);
    expect(await threads.run({ do: "thread" })).not.toBe(before);
  });

  test("a thread that cannot start breaks the pool instead of starting for ever", async () => {
    const threads = pool({ script: new URL("no-such-thread.ts", import.meta.url) });
    expect(await codeOf(threads.run({ do: "thread" }))).toBe("thread-failed");
    expect(await codeOf(threads.run({ do: "thread" }))).toBe("thread-failed");
  });

  test("a pool that is not closed does not keep the process alive", async () => {
    const program = `
      import { ThreadPool } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
      const pool = new ThreadPool({ script: new URL(${JSON.stringify(script.href)}), threads: 1 });
      await pool.run({ do: "thread" });`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
    expect(await once(worker, "exit")).toEqual([0]);
  });

  test("await using closes", async () => {
    let threads: ThreadPool<TestTask, unknown>;
    {
      await using scoped = pool();
      threads = scoped;
      await scoped.run({ do: "thread" });
    }
    expect(await codeOf(threads.run({ do: "thread" }))).toBe("pool-closed");
  });
});
