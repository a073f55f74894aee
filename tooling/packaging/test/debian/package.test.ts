import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { temporaryDirectory } from "@mailseal/testkit/files";
import { describe, expect, test } from "vitest";
import { buildPackage, sourceDateEpoch } from "../../src/debian/build-package.ts";
import { dependencies } from "../../src/debian/control.ts";
import { nodeRuntime } from "../../src/node-runtime.ts";
import { programs } from "../../src/programs.ts";
import { debianPackage, UnpackedPackage } from "../support/unpacked-package.ts";

const hasLintian = spawnSync("lintian", ["--version"], { stdio: "ignore" }).status === 0;
if (!hasLintian) console.warn("skipped: there is no lintian; the Debian package lintian has it");

function field(name: string): string {
  return execFileSync("dpkg-deb", ["--field", debianPackage, name], { encoding: "utf8" }).trim();
}

interface Entry {
  readonly mode: string;
  readonly owner: string;
  readonly path: string;
}

/** The files of the package, as tar lists them. */
function entries(): readonly Entry[] {
  const listing = execFileSync("dpkg-deb", ["--contents", debianPackage], { encoding: "utf8" });
  return listing
    .trim()
    .split("\n")
    .map((line) => {
      const [mode = "", owner = "", , , , ...path] = line.split(/ +/);
      return { mode, owner, path: path.join(" ").replace(/^\.\//, "/") };
    });
}

describe.skipIf(debianPackage === "")("the Debian package", () => {
  const unpacked = debianPackage === "" ? undefined : new UnpackedPackage();
  const file = (path: string): Buffer => readFileSync(join(unpacked?.root ?? "", path));

  test("it has the programs, their Node, units, config and documents, and little else", () => {
    const listed = entries();
    const paths = listed.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        "/etc/mailseal/mailseal.yaml",
        "/usr/bin/mailseal -> ../lib/mailseal/cli/mailseal.js",
        "/usr/bin/mailseal-relay -> ../lib/mailseal/relay/mailseal-relay.js",
        "/usr/bin/mailseal-worker -> ../lib/mailseal/worker/mailseal-worker.js",
        "/usr/lib/mailseal/bin/node",
        "/usr/lib/mailseal/relay/src/web/assets/page.css",
        "/usr/lib/mailseal/systemd/postfix.conf",
        "/usr/lib/systemd/system/mailseal-relay.service",
        "/usr/lib/systemd/system/mailseal-worker.service",
        "/usr/lib/sysusers.d/mailseal.conf",
        "/usr/lib/tmpfiles.d/mailseal.conf",
        "/usr/share/doc/mailseal/README.Debian",
        "/usr/share/doc/mailseal/changelog.gz",
        "/usr/share/doc/mailseal/copyright",
        "/usr/share/man/man1/mailseal.1.gz",
        "/usr/share/man/man1/mailseal-verify.1.gz",
        "/usr/share/man/man5/mailseal.yaml.5.gz",
        "/usr/share/man/man8/mailseal-relay.8.gz",
        "/usr/share/man/man8/mailseal-worker.8.gz",
        ...programs.flatMap(({ name }) => [
          `/usr/share/bash-completion/completions/${name}`,
          `/usr/share/zsh/vendor-completions/_${name}`,
          `/usr/share/fish/vendor_completions.d/${name}.fish`,
        ]),
      ]),
    );
    // Few files, so that programs start quickly.
    expect(listed.filter(({ mode }) => mode.startsWith("-")).length).toBeLessThan(200);
    expect(paths.filter((path) => /\.(?:map|ts|node)$/.test(path))).toEqual([]);
  });

  test("everything belongs to root, and only root can write it", () => {
    for (const { mode, owner, path } of entries()) {
      expect(`${path} ${owner}`).toBe(`${path} root/root`);
      if (!mode.startsWith("l")) expect(`${path} ${mode}`).toMatch(/[-d]rw[x-]r-[x-]r-[x-]$/);
    }
  });

  test("each program starts the Node of the package", () => {
    for (const { folder, name } of programs) {
      const text = file(`usr/lib/mailseal/${folder}/${name}.js`).toString();
      expect(text).toMatch(/^#!\/usr\/lib\/mailseal\/bin\/node\n(?!#!)/);
    }
  });

  test("its architecture is that of the runtime", () => {
    expect(field("Architecture")).toBe(nodeRuntime().architecture);
    expect(debianPackage).toContain(`_${nodeRuntime().architecture}.deb`);
  });

  test("it depends on the libraries that Node is linked with, and on nothing else", () => {
    const directory = temporaryDirectory("test");
    mkdirSync(join(directory, "debian"));
    writeFileSync(
      join(directory, "debian/control"),
      "Source: mailseal\n\nPackage: mailseal\nArchitecture: any\n",
    );
    const node = join(unpacked?.root ?? "", "usr/lib/mailseal/bin/node");
    const found = execFileSync("dpkg-shlibdeps", ["-O", node], {
      cwd: directory,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    // dpkg-shlibdeps also knows how old each library may be, but only among those that this machine's release has seen.
    const names = (list: string): readonly string[] => list.match(/[\w+-]+(?= \()/g) ?? [];
    expect(names(found)).toEqual(names(dependencies));
    const symbols = execFileSync("readelf", ["--version-info", "--wide", node], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const newest = (pattern: RegExp): number =>
      Math.max(...Array.from(symbols.matchAll(pattern), ([, number]) => Number(number)));
    expect(dependencies).toContain(`libc6 (>= 2.${newest(/GLIBC_2\.(\d+)/g)})`);
    // The libstdc++ of GCC 10.2, which Debian 11 has.
    expect(newest(/GLIBCXX_3\.4\.(\d+)/g)).toBeLessThanOrEqual(28);
    expect(field("Depends")).toBe(dependencies);
  });

  test("its checksums are right, and its size is that of its files", () => {
    const sums = execFileSync("dpkg-deb", ["--info", debianPackage, "md5sums"], {
      encoding: "utf8",
    });
    let bytes = 0;
    const lines = sums.trim().split("\n");
    for (const line of lines) {
      const [sum, path = ""] = line.split("  ");
      const content = file(path);
      bytes += content.length;
      expect(createHash("md5").update(content).digest("hex"), path).toBe(sum);
    }
    expect(lines.length).toBe(entries().filter(({ mode }) => mode.startsWith("-")).length);
    expect(Number(field("Installed-Size"))).toBe(Math.ceil(bytes / 1024));
  });

  test("the man pages have the date of the package", () => {
    const day = new Date(sourceDateEpoch() * 1000).toISOString().slice(0, 10);
    for (const page of ["man1/mailseal.1", "man5/mailseal.yaml.5", "man8/mailseal-relay.8"]) {
      expect(gunzipSync(file(`usr/share/man/${page}.gz`)).toString()).toContain(day);
    }
  });

  test("the changelog is one that Debian's tools read", () => {
    const path = join(temporaryDirectory("test"), "changelog");
    writeFileSync(path, gunzipSync(file("usr/share/doc/mailseal/changelog.gz")));
    const parsed = execFileSync("dpkg-parsechangelog", ["-l", path], { encoding: "utf8" });
    expect(parsed).toContain(`Version: ${field("Version")}\n`);
    expect(parsed).toContain(`Maintainer: ${field("Maintainer")}\n`);
  });

  test("the copyright file has the licences of Mailseal, of everything bundled, and of Node", () => {
    const text = file("usr/share/doc/mailseal/copyright").toString();
    const names = ["zod", "yaml", "commander", "pino", "hono", "nodemailer", "uplot", "node-forge"];
    for (const name of names) expect(text).toMatch(new RegExp(`^${name} \\d`, "m"));
    expect(text).toContain("The Mailseal authors");
    expect(text).toContain("Node.js is licensed for use as follows");
    expect(text).toContain("- OpenSSL, located at deps/openssl");
    // Debian has these.
    expect(text).toContain("/usr/share/common-licenses/Apache-2.0");
    expect(text).not.toContain("Grant of Patent License");
    expect(text).toContain("/usr/share/common-licenses/GPL-2");
    expect(text).not.toContain("TERMS AND CONDITIONS FOR COPYING, DISTRIBUTION");
  });

  test("the same workspace gives the same bytes", { timeout: 180_000 }, async () => {
    const { path } = await buildPackage(temporaryDirectory("test"), "gzip");
    const hashes = [path, debianPackage].map((each) =>
      createHash("sha256").update(readFileSync(each)).digest("hex"),
    );
    expect(hashes[0]).toBe(hashes[1]);
  });

  test.skipIf(!hasLintian && process.env["CI"] === undefined)(
    "lintian finds no error and no warning that is not explained",
    { timeout: 300_000 },
    () => {
      const { stdout } = spawnSync(
        "lintian",
        ["--allow-root", "--fail-on", "error,warning", "--show-overrides", debianPackage],
        { encoding: "utf8", timeout: 280_000 },
      );
      const lines = stdout.split("\n");
      expect(lines.filter((line) => /^[EW]:/.test(line))).toEqual([]);
      // Each override is still needed.
      expect(lines.filter((line) => /unused-override|mismatched-override/.test(line))).toEqual([]);
      expect(lines.filter((line) => line.startsWith("O:"))).not.toEqual([]);
      const overrides = readFileSync(
        new URL("../../debian/lintian-overrides", import.meta.url),
        "utf8",
      );
      // A comment stands before each.
      expect(overrides).not.toMatch(/^[^#\n].*\n[^#\n]/m);
    },
  );
});
