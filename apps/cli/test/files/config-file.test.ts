import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { configOrDefaults, loadConfigFile, usableConfig } from "../../src/files/config-file.ts";

const directory = temporaryDirectory("file");

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const good = file("good.yaml", "authservId: mx.example.org\n");
const wrong = file("wrong.yaml", "authservId: mx.example.org\nlisteners: 3\nlimits: 4\n");
const missing = join(directory, "none.yaml");

describe("a config file", () => {
  test("is loaded with its problems", async () => {
    expect(await loadConfigFile(good)).toMatchObject({ config: { authservId: "mx.example.org" } });
    const { config, problems } = await loadConfigFile(wrong);
    expect(config).toBeUndefined();
    expect(problems).toHaveLength(2);
  });

  test("that cannot be read ends with exit code 3", async () => {
    for (const load of [loadConfigFile, usableConfig]) {
      await expect(load(missing)).rejects.toMatchObject({
        exitCode: 3,
        message: `${missing}: cannot be read: there is no such file`,
      });
    }
  });

  test("with an error ends with exit code 1, its first problem, and the command that lists all", async () => {
    expect(await usableConfig(good)).toMatchObject({ authservId: "mx.example.org" });
    await expect(usableConfig(wrong)).rejects.toMatchObject({
      exitCode: 1,
      message: `${wrong}:2:1: listeners: expected a list, got 3; mailseal config check ${wrong} lists all problems`,
    });
  });

  test("gives way to the defaults if it is missing or has errors", async () => {
    expect((await configOrDefaults(good)).authservId).toBe("mx.example.org");
    const defaults = await configOrDefaults(missing);
    expect(defaults.listeners).toEqual([]);
    expect(await configOrDefaults(wrong)).toEqual(defaults);
  });
});
