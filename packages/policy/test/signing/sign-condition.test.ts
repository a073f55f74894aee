import { describe, expect, test } from "vitest";
import type { MailContext } from "../../src/index.ts";
import { temporaryDirectory, write } from "../support/files.ts";
import { context, envelope, key, mail, open, otherKey, rsaKey, stored } from "../support/mail.ts";

const directory = temporaryDirectory();

const keyText = key.toPem();

const template = `${directory}/%{d}/%{s}.key`;

for (const domain of ["example.com", "esp.example"]) {
  write(directory, `${domain}/s1.key`, keyText);
}

write(directory, "example.com/s2.key", otherKey.toPem());

write(directory, "example.com/rsa.key", rsaKey.toPem());

write(directory, "example.com/bad.key", "no key");

const signing = { selector: "s1", key: template };

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
