/**
 * A temporary file without a name, for a message that is too large for memory.
 *
 * ```ts
 * const file = await SpillFile.create(tmpdir());
 * await file.append(chunk);
 * for await (const part of file.chunks()) console.log(part.length);
 * await file.close();
 * ```
 *
 * Private: bundled into the relay and the plugin for nodemailer, so that their users install nothing more.
 */
export { SpillFile } from "./spill-file.ts";
