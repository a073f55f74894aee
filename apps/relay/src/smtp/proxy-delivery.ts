import { findBinding } from "@mailseal/config";
import {
  type ContentNeeds,
  type MailParameters,
  type NextHopPool,
  NextHopTransaction,
  type RecipientParameters,
  type Reply,
  toClient,
} from "@mailseal/delivery";
import type { StoredMessage } from "@mailseal/policy";
import type { Generation } from "../generation.ts";

/** A message that is ready for the next hop of its binding. */
export interface ProxiedMessage {
  readonly message: StoredMessage;
  /** Undefined: the default binding. */
  readonly binding: string | undefined;
  readonly recipients: readonly RecipientParameters[];
  readonly needs: ContentNeeds;
}

interface OpenTransaction {
  readonly pool: NextHopPool;
  readonly transaction: NextHopTransaction;
}

/** Which step the reply of the next hop ended. */
export interface ProxyOutcome {
  readonly step: "recipients" | "message";
  readonly reply: Reply;
}

/** Hands one message on while its client waits: the next hop's replies become the client's. */
export class ProxyDelivery {
  readonly #generation: Generation;
  readonly #mail: MailParameters;
  #open: OpenTransaction | undefined;

  constructor(generation: Generation, mail: MailParameters) {
    this.#generation = generation;
    this.#mail = mail;
  }

  /** The next hop's reply to RCPT. Throws a `TransientDeliveryError` if the next hop cannot be reached. */
  async recipient(binding: string | undefined, recipient: RecipientParameters): Promise<Reply> {
    const { transaction } = (this.#open ??= this.#begin(
      this.#generation.nextHops.poolFor(binding),
    ));
    return toClient(await transaction.recipient(recipient));
  }

  /**
   * The next hop's own reply to the message, or to a recipient that it refuses. The transaction of `recipient`
   * goes on if it is with the next hop of this binding. Throws a `TransientDeliveryError` if it cannot be reached.
   */
  async deliver({ message, binding, recipients, needs }: ProxiedMessage): Promise<ProxyOutcome> {
    const pool = this.#generation.nextHops.poolFor(binding);
    if (this.#open?.pool !== pool) {
      this.abort();
      this.#open = this.#begin(pool);
      const refused = await this.#open.transaction.allRecipients(recipients);
      if (refused !== undefined) {
        return { step: "recipients", reply: refused };
      }
    }
    const { transaction } = this.#open;
    const reply = await this.#counted(binding, () => transaction.deliver(message, needs));
    return { step: "message", reply };
  }

  /** Aborts the transaction at the next hop, if one is open. */
  abort(): void {
    this.#open?.transaction.abort();
    this.#open = undefined;
  }

  #begin(pool: NextHopPool): OpenTransaction {
    return { pool, transaction: new NextHopTransaction(pool, this.#mail) };
  }

  /** Counts the attempt in the statistics, with its reply and duration. */
  async #counted(binding: string | undefined, deliver: () => Promise<Reply>): Promise<Reply> {
    const { config, elapsedMs, traffic } = this.#generation;
    const name = binding ?? config.defaultBinding;
    const nextHop = name === undefined ? undefined : findBinding(config, name)?.nextHop;
    const startMs = elapsedMs();
    let reply: Reply | undefined;
    try {
      reply = await deliver();
      return reply;
    } finally {
      traffic.delivered(nextHop?.host ?? "", reply, elapsedMs() - startMs);
    }
  }
}
