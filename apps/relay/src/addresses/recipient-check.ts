import type { SmtpListener } from "@mailseal/config";
import { TransientDeliveryError, refusal, type Reply, type NextHopPools } from "@mailseal/delivery";
import { readRecipients, RecipientTable } from "@mailseal/policy";
import type { Logger } from "@mailseal/service";
import { Callout } from "./callout.ts";
import { WatchedTable } from "./watched-table.ts";

type Settings = NonNullable<SmtpListener["recipients"]>;

const unknown = refusal(550, "5.1.1", "no such recipient here");

/**
 * A listener's `recipients`: the known recipients, from a list, a file, or the next hop. A refusal at RCPT
 * avoids a bounce, which would go to a forged sender.
 */
export class RecipientCheck {
  readonly #settings: Settings;
  readonly #list: RecipientTable;
  readonly #file: WatchedTable<RecipientTable> | undefined;
  readonly #callout: Callout | undefined;

  private constructor(settings: Settings, file: WatchedTable<RecipientTable> | undefined) {
    this.#settings = settings;
    this.#list = RecipientTable.of(settings.list);
    this.#file = file;
    this.#callout = settings.nextHop
      ? new Callout({ knownForMs: settings.knownFor, unknownForMs: settings.unknownFor })
      : undefined;
  }

  /** Undefined if the listener accepts mail for every recipient. Rejects with a `RelayError` if its file cannot be used. */
  static async open(
    { recipients }: Pick<SmtpListener, "recipients">,
    log: Logger,
  ): Promise<RecipientCheck | undefined> {
    if (recipients === undefined) return undefined;
    const { file } = recipients;
    return new RecipientCheck(
      recipients,
      file === undefined
        ? undefined
        : await WatchedTable.open({ file, name: "recipients file", read: readRecipients }, log),
    );
  }

  /** The reply that refuses RCPT: 550 for an unknown recipient, 4xx if that cannot be found out now. */
  async refusal(
    address: string,
    binding: string | undefined,
    nextHops: Pick<NextHopPools, "poolFor">,
  ): Promise<Reply | undefined> {
    const { delimiter } = this.#settings;
    if (
      this.#list.has(address, delimiter) ||
      (await this.#file?.current())?.has(address, delimiter) === true
    ) {
      return undefined;
    }
    if (this.#callout === undefined) {
      return unknown;
    }
    try {
      return await this.#callout.refusal(address, nextHops.poolFor(binding));
    } catch (error) {
      if (error instanceof TransientDeliveryError) return error.reply;
      throw error;
    }
  }

  /** Reads the file now. Checks wait until it has been read. */
  reread(): void {
    void this.#file?.reread();
  }

  close(): void {
    this.#file?.close();
  }
}
