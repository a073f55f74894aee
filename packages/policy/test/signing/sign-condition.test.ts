import { describe, expect, test } from "vitest";
import type { MailContext } from "../../src/index.ts";
import { signing } from "../support/key-files.ts";
import { context, envelope, mail, open, stored } from "../support/mail.ts";

describe("signCondition", () => {
  const cases: readonly (readonly [readonly string[], Partial<MailContext>, boolean])[] = [
    [["authUser"], {}, false],
    [["authUser"], { authUser: "" }, false],
    [["authUser"], { authUser: "ada" }, true],
    [["relayNetwork"], { relayNetwork: true }, true],
    [["relayNetwork"], { authUser: "ada" }, false],
    [["authUser", "relayNetwork"], { relayNetwork: true }, true],
    [["tenant"], { variables: new Map([["tenant", ""]]) }, true],
    [["tenant"], { variables: new Map([["other", "x"]]) }, false],
    [["constructor"], {}, false],
    [[], {}, true],
  ];
  test.for(cases)("%j with %o: %s", async ([signCondition, change, signed]) => {
    const { pipeline } = await open({ signing: { ...signing, signCondition: [...signCondition] } });
    const processed = await pipeline.process(
      stored(mail("a@example.com")),
      envelope,
      context(change),
    );
    expect(processed.skipped).toBe(signed ? undefined : "sign-condition");
  });
});
