import { describe, expect, test } from "vitest";
import { freshRootMissing } from "../src/fresh-root.ts";
import { Guide } from "../src/guide.ts";
import { addresses } from "../src/outside-network.ts";
import { withMachine } from "./support/mail-machine.ts";

const page = `# A page

## Works

\`\`\`ini
# /root/greeting
word = hello
\`\`\`

\`\`\`sh
grep -h word /root/greeting
echo 'and the rest'
\`\`\`

\`\`\`text
word = ...
\`\`\`

## Publishes

<!-- test: publish -->

\`\`\`sh
echo 'a._domainkey.example.com. IN TXT ( "v=DKIM1; " "p=" )'
\`\`\`

## Fails

\`\`\`sh
false
true
\`\`\`

## Prints something else

\`\`\`sh
echo one
\`\`\`

\`\`\`text
two
\`\`\`

## Has a block for nobody

\`\`\`yaml
a: 1
\`\`\`
`;

describe.skipIf(freshRootMissing() !== undefined)("following a page", () => {
  const guide = Guide.parse(page);
  const it = withMachine();
  const follow = (section: string): Promise<void> => guide.follow(section, it.machine, it.outside);

  test("writes its files, runs its commands and compares what they print", async () => {
    await expect(follow("Works")).resolves.toBeUndefined();
  });

  test("publishes a record that a command prints", async () => {
    await follow("Publishes");
    const script = `const resolver = new (require("node:dns").promises.Resolver)();
      resolver.setServers([process.argv[1]]);
      resolver.resolveTxt(process.argv[2]).then((records) => console.log(JSON.stringify(records)));`;
    const question = [addresses.nameServer, "a._domainkey.example.com"];
    const { output } = it.machine.outsider(process.execPath, ["-e", script, ...question]);
    expect(JSON.parse(output)).toEqual([["v=DKIM1; p="]]);
  });

  test("stops at a command that fails", async () => {
    await expect(follow("Fails")).rejects.toThrow("exit code 1 of:\nset -e\nfalse");
  });

  test("stops at another output", async () => {
    await expect(follow("Prints something else")).rejects.toThrow("no line two in:\none");
  });

  test("leaves out no block and no section", async () => {
    await expect(follow("Has a block for nobody")).rejects.toThrow("a block of yaml that no test");
    await expect(follow("Missing")).rejects.toThrow("the guide has no section Missing");
  });
});
