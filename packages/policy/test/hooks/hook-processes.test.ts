import { setTimeout as delay } from "node:timers/promises";
import { writeTestFile } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { directory, failuresOf, openDeeds, send, signing } from "../support/hook-deeds.ts";
import { open, signedAs } from "../support/mail.ts";

describe("a hook of a module", () => {
  test("that never returns delays other messages of its process, but none of them fails", async () => {
    const it = await openDeeds();
    const bad = send(it, "loops", "bad");
    const others = Array.from({ length: 5 }, () => send(it, "nothing", "other"));
    await bad;
    expect((await Promise.all(others)).flatMap(signedAs)).toHaveLength(5);
    expect(failuresOf(it)).toEqual([["bad", expect.stringMatching(/no answer/)]]);
  });

  test("runs in as many processes as the config sets", async () => {
    const it = await openDeeds({ processes: 3 });
    const all = await Promise.all(Array.from({ length: 3 }, () => send(it, "count")));
    expect(all.flatMap(signedAs)).toEqual(["n1/example.com", "n1/example.com", "n1/example.com"]);
  });

  test("that cannot be imported again defers the messages with that reason", async () => {
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

test("hook processes end with their pipeline, and the next pipeline starts new ones", async () => {
  const path = writeTestFile(
    directory,
    "names-process.mjs",
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
