import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import dockerignoreModule from "@balena/dockerignore";
import { repositoryRoot } from "@mailseal/testkit";
import { expect, test } from "vitest";

// Its types describe an ES module, and the package is CommonJS.
const dockerignore = dockerignoreModule as unknown as typeof dockerignoreModule.default;
const isSent = dockerignore()
  .add(readFileSync(join(repositoryRoot, ".dockerignore"), "utf8"))
  .createFilter();
const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: repositoryRoot, encoding: "utf8" })
  .split("\0")
  .filter((file) => file !== "");

test.each([
  ".git/config",
  ".git/objects/pack/pack-1.pack",
  ".env",
  "apps/relay/.env.production",
  "keys/example.com/mail2026.key",
  "apps/cli/keys/example.com/mail2026.key",
  "containers/keys/example.com/mail2026.key",
  "apps/relay/tls/chain.pem",
  "apps/worker/queue.db",
  "private.eml",
  "apps/relay/captured.eml",
  "node_modules/yaml/package.json",
  "packages/signer/node_modules/vitest/package.json",
  "packages/signer/dist/index.js",
  "packages/signer/.turbo/turbo-build.log",
])("%s is not sent to the builder", (file) => {
  expect(isSent(file)).toBe(false);
});

test("everything that a build reads is sent", () => {
  const needed = tracked.filter(
    (file) =>
      /^(?:packages|apps|tooling|docs|examples)\/[^/]+\/(?:src\/|demo\/|schema\/|bin\/|kernel\/|package\.json$|tsconfig)/.test(
        file,
      ) ||
      /^(?:package\.json|pnpm-(?:lock|workspace)\.yaml|turbo\.json|\.npmrc|LICENSE)$/.test(file),
  );
  expect(needed.length).toBeGreaterThan(500);
  expect(needed.filter((file) => !isSent(file))).toEqual([]);
});

test("no key, certificate or mail of the tests is sent", () => {
  const secret = tracked.filter(
    (file) => /\.(?:key|pem|eml)$/.test(file) && !file.includes("/demo/"),
  );
  expect(secret.length).toBeGreaterThan(0);
  expect(secret.filter(isSent)).toEqual([]);
});
