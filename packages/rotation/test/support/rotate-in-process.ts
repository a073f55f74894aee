/** Continues the rotation in a directory whose DNS is the file zone.json, until `kill.test.ts` kills it. */
import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { staticResolver, zoneFromJson } from "@mailseal/dns-record";
import { activeFile } from "../../src/activations/active-file.ts";
import { createRotation } from "../../src/create-rotation.ts";
import type { Environment } from "../../src/environment.ts";
import { writeDurably } from "../../src/files/durable-file.ts";
import { keyDirectory } from "../../src/files/key-directory.ts";
import { Journal } from "../../src/journal.ts";

const [directory = "", now = ""] = process.argv.slice(2);
const zoneFile = join(directory, "zone.json");
const readZone = (): Record<string, readonly string[]> =>
  JSON.parse(readFileSync(zoneFile, "utf8")) as Record<string, readonly string[]>;
const say = (text: string): void => void writeSync(1, `${text}\n`);

/** Writes a line before and after each call, at which the test may kill the process. */
function told<Part extends object>(part: Part): Part {
  return new Proxy(part, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: readonly unknown[]) => {
        say(String(name));
        const result: unknown = Reflect.apply(member, target, args);
        say(`${String(name)} called`);
        return result;
      };
    },
  });
}

const publisher: Environment["publisher"] = {
  async apply(changes) {
    const zone = new Map(Object.entries(readZone()));
    for (const change of changes) {
      if (change.action === "remove") zone.delete(change.name);
      else zone.set(change.name, [change.record]);
    }
    await writeDurably(zoneFile, JSON.stringify(Object.fromEntries(zone)), { mode: 0o600 });
    return {};
  },
};

const journal = new Journal(join(directory, "rotation.db"));
const rotation = createRotation({
  journal,
  keyFiles: told(keyDirectory(directory)),
  publisher: told(publisher),
  activation: told(activeFile(directory)),
  resolvers: [
    {
      name: "file",
      resolver: {
        resolveTxt: (name) => staticResolver(zoneFromJson(readZone())).resolveTxt(name),
      },
    },
  ],
  clock: { nowMs: () => Number(now) },
});
if (rotation.status().length === 0) {
  await rotation.start("example.com", { plan: { keys: [{ type: "ed25519" }] } });
}
await rotation.advance();
if (rotation.status()[0]?.stage === "retired") say("end");
journal.close();
