/** Which packages of the workspace are bundled into the package in whose folder a build runs. */
import { readFileSync } from "node:fs";

/** @type {{ devDependencies?: Record<string, string> }} */
const { devDependencies = {} } = JSON.parse(readFileSync("package.json", "utf8"));

/**
 * A private package of ours cannot be installed from a registry: an app that uses one lists it under
 * "devDependencies" and carries it along. What an app imports from elsewhere is a dependency of it.
 *
 * @param {string} specifier
 */
export function isBundled(specifier) {
  const [scope, name] = specifier.split("/");
  return scope === "@mailseal" && Object.hasOwn(devDependencies, `${scope}/${name}`);
}
