import { rmSync } from "node:fs";
import { dirname } from "node:path";
import type { TestProject } from "vitest/node";
import { debianPackage } from "./debian-package.ts";
import { freshRoot, freshRootMissing } from "./fresh-root.ts";

/** The root and the package are made once, before the test files that use them run side by side. */
export default function setup(project: TestProject): (() => void) | undefined {
  const missing = freshRootMissing();
  if (missing !== undefined) {
    console.error(`The guides of Postfix and Sendmail are not followed: ${missing}.`);
    project.provide("debianPackage", "");
    return undefined;
  }
  freshRoot();
  const file = debianPackage();
  project.provide("debianPackage", file);
  return () => {
    if (file !== process.env["MAILSEAL_DEB"]) rmSync(dirname(file), { recursive: true });
  };
}

declare module "vitest" {
  interface ProvidedContext {
    /** The path of the .deb; "" if there is no machine to install it on. */
    readonly debianPackage: string;
  }
}
