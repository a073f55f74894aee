/**
 * Writes dist/index.html: the whole page in one file, which a web server or a disk can hold. Its policy lets it run no
 * other script and ask nothing but DNS servers.
 *
 *     pnpm --filter @mailseal/verifier-page build     (after the build of the packages)
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const read = (name: string): string => readFileSync(pathOf(name), "utf8");

const { output } = await build({
  input: pathOf("src/page.ts"),
  platform: "browser",
  tsconfig: false,
  write: false,
  output: { format: "esm", minify: true, codeSplitting: false },
});
const [{ code }] = output;
// The end of a script element in a text would end the script.
const script = `\n${code.replaceAll("</script", "<\\/script").trim()}\n`;
const style = `\n${read("src/page.css").trim()}\n`;
const hashOf = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "connect-src https: http://127.0.0.1:* http://localhost:*",
  "form-action 'none'",
  "base-uri 'none'",
].join("; ");

const page = read("src/page.html")
  .replace("<!-- FORM -->", () => read("src/form.html").trim())
  .replace("POLICY", () => policy)
  .replace(/\s*\/\* STYLE \*\/\s*/, () => style)
  .replace(/\s*\/\* SCRIPT \*\/\s*/, () => script);
mkdirSync(pathOf("dist"), { recursive: true });
writeFileSync(pathOf("dist/index.html"), page);
