import { builtinModules } from "node:module";
import process from "node:process";
import type { Plugin } from "rolldown";

const prefix = "\0builtin:";
const names = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));

/**
 * Takes Node's own modules from `process.getBuiltinModule`, and of each only what is used. An `import` statement makes Node
 * read every member of such a module, also those that it makes on first use: `node:http` loads a WebSocket client then, and
 * `node:tls` every root certificate, which together took a third of the time of `mailseal --version`.
 */
export const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  resolveId(id, importer, { kind }) {
    // What `require` returns is the module itself already. Modules that the bundler makes come before all others.
    if (kind !== "import-statement" || !names.has(id) || importer === undefined) return undefined;
    if (importer.startsWith("\0")) return undefined;
    // One for each importer, so that it stands beside what it is for, not in a file of its own.
    return `${prefix}${id}?${importer}`;
  },
  load(id) {
    if (!id.startsWith(prefix)) return undefined;
    const [name = ""] = id.slice(prefix.length).split("?");
    const members = Object.keys(process.getBuiltinModule(name) ?? {})
      .filter((member) => /^[A-Za-z_$][\w$]*$/.test(member) && member !== "default")
      // A binding of its own for each, because some have the names of globals.
      .map((member, at) => [member, `_${at}`] as const);
    const code = [
      `const module = /* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(name)});`,
      ...members.map(
        ([member, local]) => `const ${local} = /* @__PURE__ */ (() => module.${member})();`,
      ),
      `export { ${members.map(([member, local]) => `${local} as ${member}`).join(", ")} };`,
      "export default module;",
    ];
    return { code: code.join("\n"), moduleType: "js", moduleSideEffects: false };
  },
};
