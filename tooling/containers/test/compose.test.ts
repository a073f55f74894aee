import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { configSchema } from "@mailseal/config";
import { temporaryDirectory, writeTestFile } from "@mailseal/testkit/files";
import { DCLinter } from "dclint";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { composeFile, composeFolder, mountsOf, readCompose, serviceOf } from "../src/compose.ts";
import { readImage } from "../src/image.ts";

const compose = readCompose();
const text = readFileSync(join(composeFolder, "mailseal.yaml"), "utf8");
const config = configSchema.parse(parse(text));

/** The order of services and keys is for the reader: what depends on something stands below it. */
const linter = new DCLinter({
  rules: {
    "require-quotes-in-ports": [1, { quoteType: "double" }],
    "service-keys-order": 0,
    "services-alphabetical-order": 0,
    "top-level-properties-order": 0,
  },
  quiet: false,
  debug: false,
  exclude: [],
});
/** Its types do not resolve in ES modules. */
interface Complaint {
  readonly messages: readonly { readonly line: number; readonly message: string }[];
}
const complaintsAbout = (file: string): readonly string[] =>
  (linter.lintFiles([file], false) as readonly Complaint[]).flatMap(({ messages }) =>
    messages.map(({ line, message }) => `${line}: ${message}`),
  );

test("the compose file holds to the schema of the Compose Specification, and its linter has no complaint", () => {
  expect(complaintsAbout(composeFile)).toEqual([]);
});

test("the schema refuses a key that does not exist", () => {
  const broken = readFileSync(composeFile, "utf8").replace("read_only: true", "readonly: true");
  const file = writeTestFile(temporaryDirectory("test"), "compose.yaml", broken);
  expect(complaintsAbout(file).join("\n")).toContain("/services/relay");
});

test.each(["relay", "worker", "mailseal"])(
  "%s cannot change its own files or gain rights",
  (name) => {
    const service = serviceOf(compose, name);
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(["ALL"]);
    expect(service.security_opt).toEqual(["no-new-privileges:true"]);
    expect(service.tmpfs).toEqual(["/tmp"]);
  },
);

test.each([
  ["relay", "relay"],
  ["worker", "worker"],
  ["mailseal", "cli"],
] as const)("%s is built from the Dockerfile of %s", (name, app) => {
  const { build } = serviceOf(compose, name);
  expect(build).toEqual({ context: "..", dockerfile: `apps/${app}/Dockerfile` });
  expect(existsSync(join(composeFolder, "..", `apps/${app}/Dockerfile`))).toBe(true);
});

describe("the folders that are mounted", () => {
  test.each(["relay", "worker", "mailseal"])(
    "%s: each is in the image, with the right owner",
    (name) => {
      const { runs } = readImage(name === "mailseal" ? "cli" : (name as "relay" | "worker"));
      const made = runs.join("\n");
      const folders = mountsOf(serviceOf(compose, name)).filter(
        ({ source }) => !source.startsWith("."),
      );
      expect(folders.length).toBeGreaterThan(0);
      for (const { target } of folders) expect(made, target).toContain(` ${target}`);
    },
  );

  test("relay and worker read the keys, and only the command line writes them", () => {
    const modeOf = (name: string): boolean | undefined =>
      mountsOf(serviceOf(compose, name)).find(({ source }) => source === "keys")?.readOnly;
    expect([modeOf("relay"), modeOf("worker"), modeOf("mailseal")]).toEqual([true, true, false]);
  });
});

describe("who may send", () => {
  const listener = config.listeners[0];
  const port = readImage("relay").ports[0];

  test("the clients of the relay are the network that compose makes for them", () => {
    expect(listener?.protocol === "smtp" && listener.clients).toEqual([
      compose.networks["clients"]?.ipam?.config[0]?.subnet,
    ]);
    expect(serviceOf(compose, "relay").networks).toContain("clients");
  });

  test("the port of the relay is open to this machine only", () => {
    expect(listener?.listen).toBe(`0.0.0.0:${port}`);
    expect(serviceOf(compose, "relay").ports).toEqual([`127.0.0.1:${port}:${port}`]);
  });

  test("nothing but relay, worker and the command line reaches the queue", () => {
    const inside = Object.entries(compose.services)
      .filter(([, { networks = [] }]) => networks.includes("queue"))
      .map(([name]) => name);
    expect(inside.toSorted()).toEqual(["mailseal", "nats", "relay", "worker"]);
    expect(compose.networks["queue"]?.internal).toBe(true);
    expect(serviceOf(compose, "nats").ports).toBeUndefined();
  });
});
