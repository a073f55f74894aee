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
import { WatchedTable } from "../watched-table.ts";

/** What becomes of mail whose sender is not its login's; `reason` is for the log. */
export type SenderFinding = { readonly reason: string } & (
  | { readonly action: "refuse"; readonly reply: Reply }
  | { readonly action: "unsigned" }
);

const noAnswer = refusal(451, "4.3.0", "the sender cannot be checked, try again later");

const nothingSaid: Promise<SendersAnswer> = Promise.resolve({ ok: true, senders: undefined });

/** A listener's `auth.senders`: whether a login sends as itself, in MAIL FROM and in the message. */
export class SenderCheck {
  readonly #settings: SenderSettings;
  readonly #map: WatchedTable<LoginMap> | undefined;
  /** What the hook said in a transaction, which is one for MAIL and for the message: its context is the same object. */
  readonly #answers = new WeakMap<MailContext, Promise<SendersAnswer>>();

  private constructor(settings: SenderSettings, map: WatchedTable<LoginMap> | undefined) {
    this.#settings = settings;
    this.#map = map;
  }

  /** Undefined where the listener has no rules. Rejects with a `RelayError` where its file cannot be used. */
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
   * The answer to MAIL: a sender that is not its login's is refused before its message is sent. Where mail is
   * passed on unsigned instead, all is found with the message.
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

  /** What is wrong with MAIL FROM and the authors of a message; undefined where nothing is. */
  async finding(
    context: MailContext,
    from: string,
    message: StoredMessage,
    generation: Generation,
  ): Promise<SenderFinding | undefined> {
    if (context.authUser === undefined || context.direction === "inbound") return undefined;
    const authors = await authorAddresses(message, generation.config.limits);
    // Some program may show an author where we read none; none is nobody's.
    const shown = authors.length === 0 ? ["@"] : authors;
    return this.#finding(context, [...addressesOf(from), ...shown], generation);
  }

  /** Has the file read again, for the next message. */
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
      const reason = "the hook sendersOf failed";
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
    if (!this.#settings.hook || generation.sendersOf === undefined) return nothingSaid;
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

/** The null sender is everybody's: it is that of bounces and receipts. */
function addressesOf(from: string): readonly string[] {
  return from === "" ? [] : [from];
}

function short(text: string): string {
  return printable(text).slice(0, 100);
}
