import type { Listener, SenderSettings } from "@mailseal/config";
import { refusal, type Reply } from "@mailseal/delivery";
import {
  authorAddresses,
  type LoginMap,
  type MailContext,
  maySendAs,
  readLoginMap,
  type SendersAnswer,
  type StoredMessage,
} from "@mailseal/policy";
import { printable } from "@mailseal/syntax";
import type { Generation } from "../generation.ts";
import { WatchedTable } from "./watched-table.ts";

/** The decision on mail whose sender its login does not own. `reason` is for the log. */
export type SenderFinding = { readonly reason: string } & (
  | { readonly action: "refuse"; readonly reply: Reply }
  | { readonly action: "unsigned" }
);

const noAnswer = refusal(451, "4.3.0", "the sender cannot be checked, try again later");

const noHook: Promise<SendersAnswer> = Promise.resolve({ ok: true, senders: undefined });

/** A listener's `auth.senders`: checks that a login owns the addresses in MAIL FROM and in From. */
export class SenderCheck {
  readonly #settings: SenderSettings;
  readonly #map: WatchedTable<LoginMap> | undefined;
  /** The answers of the hook. MAIL and the message of a transaction share one, because they share the context object. */
  readonly #answers = new WeakMap<MailContext, Promise<SendersAnswer>>();

  private constructor(settings: SenderSettings, map: WatchedTable<LoginMap> | undefined) {
    this.#settings = settings;
    this.#map = map;
  }

  /** Undefined if the listener has no rules. Rejects with a `RelayError` if its file cannot be used. */
  static async open(
    { direction, auth }: Listener,
    { hostname, log }: Pick<Generation, "hostname" | "log">,
  ): Promise<SenderCheck | undefined> {
    const settings = auth?.senders;
    if (settings === undefined || direction === "inbound") return undefined;
    const { file, localDomains = [hostname] } = settings;
    const map =
      file === undefined
        ? undefined
        : await WatchedTable.open(
            { file, name: "senders file", read: (path) => readLoginMap(path, localDomains) },
            log,
          );
    return new SenderCheck(settings, map);
  }

  /**
   * The reply that refuses MAIL, before the client sends the message. With `mismatch: unsigned` nothing is
   * refused here, and everything is checked with the message.
   */
  async refusal(
    context: MailContext,
    from: string,
    generation: Generation,
  ): Promise<Reply | undefined> {
    if (this.#settings.mismatch === "unsigned") return undefined;
    const finding = await this.#finding(context, addressesOf(from), generation);
    return finding?.action === "refuse" ? finding.reply : undefined;
  }

  /** The decision on MAIL FROM and the authors of a message; undefined if the login owns them all. */
  async finding(
    context: MailContext,
    from: string,
    message: StoredMessage,
    generation: Generation,
  ): Promise<SenderFinding | undefined> {
    if (context.authUser === undefined || context.direction === "inbound") return undefined;
    const authors = await authorAddresses(message, generation.config.limits);
    // Nobody owns a From without an address, in which some program may still show an author.
    const shown = authors.length === 0 ? ["@"] : authors;
    return this.#finding(context, [...addressesOf(from), ...shown], generation);
  }

  /** Reads the file again, for the next message. */
  reread(): void {
    void this.#map?.reread();
  }

  close(): void {
    this.#map?.close();
  }

  async #finding(
    context: MailContext,
    addresses: readonly string[],
    generation: Generation,
  ): Promise<SenderFinding | undefined> {
    const { authUser: login, direction } = context;
    if (login === undefined || direction === "inbound") return undefined;
    const answer = await this.#askHook(login, context, generation);
    if (!answer.ok) {
      const reason = "the sendersOf hook failed";
      return answer.defer
        ? { action: "refuse", reply: noAnswer, reason }
        : { action: "unsigned", reason };
    }
    const sources = {
      settings: this.#settings,
      map: await this.#map?.current(),
      byHook: answer.senders,
    };
    const foreign = addresses.find((address) => !maySendAs(sources, login, address));
    return foreign === undefined ? undefined : this.#mismatch(login, foreign);
  }

  #askHook(login: string, context: MailContext, generation: Generation): Promise<SendersAnswer> {
    if (!this.#settings.hook || generation.sendersOf === undefined) return noHook;
    const known = this.#answers.get(context);
    const answer = known ?? generation.sendersOf(login, context);
    this.#answers.set(context, answer);
    return answer;
  }

  #mismatch(login: string, address: string): SenderFinding {
    const named = address === "@" ? "a From without an address" : short(address);
    const reason = `${named} is not owned by user ${short(login)}`;
    return this.#settings.mismatch === "unsigned"
      ? { action: "unsigned", reason }
      : { action: "refuse", reply: refusal(553, "5.7.1", `sender refused: ${reason}`), reason };
  }
}

/** Everybody may use the null sender, which is that of bounces and receipts. */
function addressesOf(from: string): readonly string[] {
  return from === "" ? [] : [from];
}

function short(text: string): string {
  return printable(text).slice(0, 100);
}
