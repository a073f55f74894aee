import { describe, expect, test } from "vitest";
import { failuresOf, openDeeds, send } from "../support/hook-deeds.ts";
import { signedAs } from "../support/mail.ts";

describe("a hook of a module", () => {
  test.for([
    ["throws", /^it threw Error: oops$/],
    ["rejects", /^it threw TypeError: oops$/],
    ["leavesRejection", /promise that it did not await rejected: Error: nobody listens/],
    ["rejectsBeside", /promise that it did not await rejected: Error: beside/],
    ["throwsInTimer", /one of its callbacks threw Error: in a timer/],
    ["emitsError", /one of its callbacks threw Error: unheard/],
    ["exits", /it threw Error: a hook must not call process\.exit/],
    ["reallyExits", /its process ended by exit code 0/],
    ["loops", /no answer within 300 ms/],
    ["loopsLater", /no answer within 300 ms/],
    ["never", /no answer within 300 ms/],
    ["fillsHeap", /more memory than hooks\.memory/],
    ["fillsBuffers", /more memory than hooks\.memory/],
    ["answersFunction", /its answer is not usable: .*could not be cloned/],
  ] as const)("that %s defers its message, and the next one is signed", async ([deed, reason]) => {
    // Hooks that end their own process need time for it.
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

  test("that fails after its message was answered is reported with the queue id", async () => {
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
});
