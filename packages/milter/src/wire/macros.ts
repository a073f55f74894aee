import type { MacroStage } from "./protocol.ts";
import { splitAtNul, textOf } from "./wire-text.ts";

/** Letters of commands, the latest step first: a macro of a later step hides an earlier one. */
const latestFirst = "UEBNLTRMHC";
/** The letters whose macros end with a message. */
const ofMessage = "UEBNLTRM";

const letters: ReadonlyMap<MacroStage, string> = new Map([
  ["connect", "C"],
  ["helo", "H"],
  ["mailFrom", "M"],
  ["rcptTo", "R"],
  ["data", "T"],
  ["endOfHeaders", "N"],
  ["endOfMessage", "E"],
]);

/**
 * The macros that an MTA has defined, by the step for which it did. Names are without braces: "i",
 * "auth_authen". They are read when asked for, since an MTA sends more of them than a filter looks at.
 *
 * ```ts
 * const handler: MilterHandler = {
 *   mailFrom(_sender, { macros }) {
 *     console.log(macros.get("i"), macros.get("{auth_authen}")); // queue id, login
 *   },
 * };
 * ```
 */
export class Macros {
  readonly #pairs = new Map<string, Uint8Array>();
  readonly #read = new Map<string, ReadonlyMap<string, string>>();

  /** The value that the latest step gave to a macro; braces round the name change nothing. */
  get(name: string): string | undefined {
    const bare = withoutBraces(name);
    for (const letter of latestFirst) {
      const value = this.#ofLetter(letter).get(bare);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** The macros of one step. */
  of(stage: MacroStage): ReadonlyMap<string, string> {
    return this.#ofLetter(letters.get(stage) ?? "");
  }

  /** Every macro with its latest value. */
  all(): ReadonlyMap<string, string> {
    const all = new Map<string, string>();
    for (const letter of latestFirst) {
      for (const [name, value] of this.#ofLetter(letter)) {
        if (!all.has(name)) all.set(name, value);
      }
    }
    return all;
  }

  /** @internal `letter` is that of the command; others than those of steps are not kept. */
  define(letter: string, pairs: Uint8Array): void {
    if (!latestFirst.includes(letter)) return;
    this.#pairs.set(letter, pairs);
    this.#read.delete(letter);
  }

  /** @internal Forgets the macros of a message, except those that one command has brought already. */
  endMessage(exceptLetter = ""): void {
    for (const letter of ofMessage) {
      if (letter !== exceptLetter) this.#forget(letter);
    }
  }

  /** @internal */
  endConnection(): void {
    for (const letter of latestFirst) this.#forget(letter);
  }

  #forget(letter: string): void {
    this.#pairs.delete(letter);
    this.#read.delete(letter);
  }

  #ofLetter(letter: string): ReadonlyMap<string, string> {
    const known = this.#read.get(letter);
    if (known !== undefined) return known;
    const parts = splitAtNul(this.#pairs.get(letter) ?? new Uint8Array()) ?? [];
    const read = new Map<string, string>();
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const [name, value] = [parts[at], parts[at + 1]];
      if (name !== undefined && value !== undefined) {
        read.set(withoutBraces(textOf(name)), textOf(value));
      }
    }
    this.#read.set(letter, read);
    return read;
  }
}

function withoutBraces(name: string): string {
  return name.startsWith("{") && name.endsWith("}") ? name.slice(1, -1) : name;
}
