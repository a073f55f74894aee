import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { signedAs } from "../support/mail.ts";
import { runHooks } from "../support/run-hooks.ts";

test("aborts a hook at its deadline, and ignores what the hook does later", async () => {
  const stopped: boolean[] = [];
  const { processed } = await runHooks(
    {
      beforeSign: async (_, { signal }) => {
        await setTimeout(60_000, undefined, { signal }).catch(() => stopped.push(true));
        throw new Error("late");
      },
    },
    "ignore",
  );
  expect([stopped, signedAs(processed)]).toEqual([[true], ["s1/example.com"]]);
});
