import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseZone } from "@mailseal/dns-record";
import { repositoryRoot } from "@mailseal/testkit";
import { type Block, blocksOf, fileOf, missingLine } from "@mailseal/testkit/page-blocks";
import type { Machine } from "./machine.ts";
import type { Outside } from "./outside.ts";

const publishComment = "<!-- test: publish -->";

/**
 * A page of docs/guides whose blocks a machine can follow, as a reader does:
 *
 * - a `sh` block is run as written, and must end well;
 * - a `text` block after it is its output, where `...` stands for anything;
 * - a block of another language whose first line is a path, as `# /etc/mailseal/mailseal.yaml`, is that file;
 * - with the comment `<!-- test: publish -->` in front of it, each record that a block prints is published in DNS as soon
 *   as it is printed.
 */
export class Guide {
  readonly #sections = new Map<string, readonly Block[]>();
  readonly #publishing = new Set<Block>();

  private constructor(markdown: string) {
    for (const section of markdown.split(/^## /m).slice(1)) {
      const lines = section.split("\n");
      const blocks = blocksOf(section);
      this.#sections.set(lines[0] ?? "", blocks);
      for (const block of blocks) {
        // An empty line is between them: the formatter of the pages puts it there.
        const before = lines.slice(0, block.line - 1).findLast((line) => line !== "");
        if (before === publishComment) this.#publishing.add(block);
      }
    }
  }

  static parse(markdown: string): Guide {
    return new Guide(markdown);
  }

  /** Reads a page of docs/guides. */
  static read(name: string): Guide {
    return Guide.parse(readFileSync(join(repositoryRoot, "docs/guides", name), "utf8"));
  }

  /** The sections with blocks to follow, in their order. */
  get sections(): readonly string[] {
    return [...this.#sections].filter(([, blocks]) => blocks.length > 0).map(([title]) => title);
  }

  /** Follows a section, block by block. Throws an error if a command fails or prints something else. */
  async follow(section: string, machine: Machine, outside: Outside): Promise<void> {
    const blocks = this.#sections.get(section);
    if (blocks === undefined) throw new Error(`the guide has no section ${section}`);
    let output: string | undefined;
    for (const block of blocks) {
      const file = fileOf(block);
      if (block.language === "sh") {
        const publishes = this.#publishing.has(block);
        output = await machine.succeed(
          `set -e\n${block.code}`,
          publishes ? { onOutput: (text) => publishRecords(text, outside) } : {},
        );
      } else if (block.language === "text") {
        if (output === undefined) throw new Error(`${section}: a text block follows no sh block`);
        const missing = missingLine(block.code, output);
        if (missing !== undefined) throw new Error(`${section}: no line ${missing} in:\n${output}`);
      } else if (file === undefined) {
        throw new Error(`${section}: a block of ${block.language} that no test follows`);
      } else {
        await machine.succeed(`cat >'${file}'`, { input: block.code });
      }
    }
  }
}

/** A TXT record as a line of a zone file, its strings in parentheses or not. */
const zoneRecord =
  /^[ \t]*(\S+\s+(?:\d+\s+)?IN\s+TXT\s+(?:\([^)]*\)|"[^\n]*"))[ \t]*(?:;[^\n]*)?\n/gm;

/** Publishes the TXT records in the output of a program. */
export function publishRecords(output: string, outside: Outside): void {
  for (const [, record = ""] of output.matchAll(zoneRecord)) {
    for (const [name, answer] of parseZone(`${record}\n`).entries) {
      if (Array.isArray(answer)) outside.publish(name, { txt: answer });
    }
  }
}
