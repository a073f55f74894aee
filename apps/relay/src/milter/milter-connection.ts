import type {
  Answered,
  Client,
  EnvelopeAddress,
  HeaderField,
  MessageChanges,
  MilterHandler,
  StepContext,
} from "@mailseal/milter";
import type { Networks } from "../clients/networks.ts";
import { addressOf, type MtaClient } from "./milter-context.ts";
import { type MilterSetup, MilterTransaction } from "./milter-transaction.ts";

/** One SMTP connection that an MTA reports, with its messages one after the other. */
export class MilterConnection implements MilterHandler {
  readonly #setup: () => Omit<MilterSetup, "source">;
  readonly #ignored: Networks;
  #source: MtaClient = {};
  #transaction: MilterTransaction | undefined;

  /** `setup` is called at the beginning of each message. Mail of clients in `ignored` is accepted unread. */
  constructor(setup: () => Omit<MilterSetup, "source">, ignored: Networks) {
    this.#setup = setup;
    this.#ignored = ignored;
  }

  connect(client: Client): Answered {
    this.#source = { client };
    const address = addressOf(client);
    if (address !== undefined && this.#ignored.includes(address)) return "accept";
  }

  helo(name: string): Answered {
    this.#source = { ...this.#source, heloName: name };
  }

  mailFrom({ address }: EnvelopeAddress, { terms }: StepContext): Answered {
    const setup = { ...this.#setup(), source: this.#source };
    this.#transaction = new MilterTransaction(setup, address, terms);
  }

  rcptTo({ address }: EnvelopeAddress): Answered {
    return this.#transaction?.recipient(address);
  }

  header(field: HeaderField): Answered {
    return this.#transaction?.header(field);
  }

  body(chunk: Uint8Array): Answered {
    return this.#transaction?.body(chunk);
  }

  endOfMessage(changes: MessageChanges, { macros }: StepContext): Answered {
    // Without a transaction nothing was checked, so the message must not be delivered.
    return this.#transaction?.endOfMessage(changes, macros) ?? "tempfail";
  }

  async abort(): Promise<void> {
    await this.#transaction?.abort();
    this.#transaction = undefined;
  }

  async close(): Promise<void> {
    await this.abort();
  }
}
