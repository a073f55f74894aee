import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { MailsealError } from "@mailseal/syntax";
import { reasonOf } from "../printable.ts";
import type { PolicyHooks } from "./policy-hooks.ts";

const extensions: ReadonlySet<string> = new Set([".ts", ".mts", ".js", ".mjs"]);
let imports = 0;

/**
 * Imports a hooks module anew, whatever was imported of it before; what it imports itself is kept by
 * Node. A module that was replaced stays in memory, some kilobytes for each reload.
 *
 * Rejects with a `MailsealError` "hooks-module" that says what is wrong with it.
 */
export async function loadHooks(path: string): Promise<PolicyHooks> {
  if (!extensions.has(extname(path))) {
    throw problem(path, "expected a file that ends in .ts, .mts, .js or .mjs");
  }
  const url = pathToFileURL(resolve(path));
  imports++;
  url.searchParams.set("import", String(imports));
  let module: Record<string, unknown>;
  try {
    module = (await import(/* @vite-ignore */ url.href)) as Record<string, unknown>;
  } catch (error) {
    throw problem(path, `it cannot be imported: ${reasonOf(error)}`);
  }
  const { beforeSign, afterVerify } = module;
  for (const [name, hook] of Object.entries({ beforeSign, afterVerify })) {
    if (hook !== undefined && typeof hook !== "function") {
      throw problem(path, `expected ${name} to be a function, got ${typeof hook}`);
    }
  }
  if (beforeSign === undefined && afterVerify === undefined) {
    throw problem(path, "expected it to export beforeSign or afterVerify, it exports neither");
  }
  return {
    ...(beforeSign === undefined ? {} : { beforeSign }),
    ...(afterVerify === undefined ? {} : { afterVerify }),
  } as PolicyHooks;
}

function problem(path: string, what: string): MailsealError {
  return new MailsealError("hooks-module", `hooks.module ${JSON.stringify(path)}: ${what}`);
}
