/**
 * Copies the types of bundled packages that a package's own types refer to into its dist, and makes these refer
 * to the copies. Run in the package's folder after `tsc`.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { isBundled } from "./bundled-packages.js";

const dist = join(process.cwd(), "dist");
const copies = join(dist, "bundled");
const packageRequire = createRequire(join(process.cwd(), "package.json"));
/** @type {Set<string>} */
const copied = new Set();

for (const file of globSync("dist/**/*.d.ts")) {
  const text = readFileSync(file, "utf8");
  const changed = withCopies(text, join(process.cwd(), file));
  if (changed !== text) writeFileSync(file, changed);
}

/**
 * @param {string} text the types
 * @param {string} file the path at which they stand
 */
function withCopies(text, file) {
  return text.replace(
    /(\b(?:from|import\()\s*")(@mailseal\/[^"]+)(?=")/g,
    (whole, before, specifier) => {
      if (!isBundled(specifier)) return whole;
      const path = relative(dirname(file), copyOf(typesOf(specifier))).replaceAll("\\", "/");
      return `${before}${path.startsWith(".") ? path : `./${path}`}`.replace(/\.d\.ts$/, ".js");
    },
  );
}

/** @param {string} specifier of a bundled package; the path of its types */
function typesOf(specifier) {
  return packageRequire.resolve(specifier).replace(/\.js$/, ".d.ts");
}

/** Copies a file of types, and those that it refers to by path; the path of the copy. */
function copyOf(/** @type {string} */ source) {
  const [, inPackage = ""] = /\/packages\/(.*)$/.exec(source.replaceAll("\\", "/")) ?? [];
  const target = join(copies, inPackage.replace("/dist/", "/"));
  if (copied.has(source)) return target;
  copied.add(source);
  const text = readFileSync(source, "utf8").replace(/^\/\/# sourceMappingURL=.*\n?/m, "");
  for (const [, path = ""] of text.matchAll(/\b(?:from|import\()\s*"(\.[^"]+)"/g)) {
    copyOf(join(dirname(source), path.replace(/\.[jt]s$/, ".d.ts")));
  }
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, withCopies(text, target));
  return target;
}
