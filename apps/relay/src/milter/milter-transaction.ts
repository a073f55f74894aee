import type { MilterListener } from "@mailseal/config";
import { localError, refusal, type Reply } from "@mailseal/delivery";
import {
  type Answer,
  type HeaderField,
  type Macros,
  MessageAssembler,
  type MessageChanges,
  type SmtpReply,
  smtpReply,
  type Terms,
} from "@mailseal/milter";
import type { MailContext, Processed } from "@mailseal/policy";
import type { SenderCheck } from "../addresses/sender-check.ts";
import type { Networks } from "../clients/networks.ts";
import type { Generation } from "../generation.ts";
import { defectReplies } from "../message/defect-replies.ts";
import { IncomingMessage } from "../message/incoming-message.ts";
import { MessageRecord } from "../message/message-record.ts";
import { milterContext, type MtaClient } from "./milter-context.ts";

/** The surroundings of one message. They stay the same to its end, even if the config is reloaded. */
export interface MilterSetup {
  readonly generation: Generation;
  readonly listener: MilterListener;
  readonly relayNetworks: Networks;
  readonly senders: SenderCheck | undefined;
  readonly source: MtaClient;
}

/** The answer to the MTA, and the SMTP reply that the log shows for it. */
interface Outcome {
  readonly answer: Answer;
  readonly reply?: Reply;
}

/** One message that an MTA reports, from MAIL to the answer at its end. */
export class MilterTransaction {
  readonly #setup: MilterSetup;
  readonly #from: string;
  readonly #startMs: number;
  readonly #incoming: IncomingMessage;
  readonly #assembler: MessageAssembler;
  readonly #releaseGeneration: () => void;
  readonly #recipients: string[] = [];
  readonly #pieces: Uint8Array[] = [];
  #isEnding = false;

  constructor(setup: MilterSetup, from: string, terms: Terms) {
    const { generation } = setup;
    this.#setup = setup;
    this.#from = from;
    this.#startMs = generation.elapsedMs();
    this.#releaseGeneration = generation.references.hold();
    this.#incoming = new IncomingMessage(generation.spool.writer(), {
      limits: generation.config.limits,
      // An MTA reports lines, so a CR or LF inside one of them was not a line end.
      lineEndings: "reject",
    });
    this.#assembler = new MessageAssembler(terms, (bytes) => this.#pieces.push(bytes));
  }

  recipient(address: string): Answer | void {
    if (this.#recipients.length >= this.#setup.generation.config.limits.recipients) {
      return refusalAnswer(refusal(452, "4.5.3", "too many recipients"));
    }
    this.#recipients.push(address);
  }

  /** Returns a promise if the MTA has to wait before it sends more. */
  header(field: HeaderField): Promise<void> | void {
    this.#assembler.header(field);
    return this.#writePieces();
  }

  body(chunk: Uint8Array): Promise<void> | void {
    this.#assembler.body(chunk);
    return this.#writePieces();
  }

  /** Signs or verifies. Never rejects: the answer to an unexpected failure is "try again". */
  async endOfMessage(changes: MessageChanges, macros: Macros): Promise<Answer> {
    this.#isEnding = true;
    const { generation, listener, relayNetworks, source } = this.#setup;
    const context = milterContext(source, macros, listener, relayNetworks, generation);
    const record = new MessageRecord(generation, "milter", context, this.#from, this.#startMs);
    let outcome: Outcome;
    try {
      outcome = await this.#process(changes, context, record);
    } catch (error) {
      record.fault(error);
      outcome = refused(localError);
    }
    this.#releaseGeneration();
    record.sizeBytes = this.#incoming.sizeBytes;
    record.end(
      this.#recipients.map((address) => ({ address })),
      outcome.reply,
    );
    return outcome.answer;
  }

  /** The MTA aborted the message. Does nothing if `endOfMessage` is running, which releases everything itself. */
  async abort(): Promise<void> {
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.#releaseGeneration();
      await this.#incoming.discard();
    }
  }

  /** Writes each piece when the previous one has been written. */
  #writePieces(): Promise<void> | undefined {
    for (let piece = this.#pieces.shift(); piece !== undefined; piece = this.#pieces.shift()) {
      const written = this.#incoming.write(piece);
      if (written !== undefined) {
        return written.then(() => this.#writePieces());
      }
    }
    return undefined;
  }

  async #process(
    changes: MessageChanges,
    context: MailContext,
    record: MessageRecord,
  ): Promise<Outcome> {
    this.#assembler.end();
    await this.#writePieces();
    const received = await this.#incoming.finish();
    if (received === undefined) {
      record.fault(this.#incoming.cause);
      const { defect } = this.#incoming;
      return refused(defect === undefined ? localError : defectReplies[defect]);
    }
    const { message } = received;
    try {
      const envelope = { from: this.#from, recipients: this.#recipients };
      const { generation, senders } = this.#setup;
      const found = await senders?.finding(context, this.#from, message, generation);
      if (found !== undefined) record.note(found.reason);
      if (found?.action === "refuse") return refused(found.reply);
      const processed = await generation.pipeline.process(
        message,
        envelope,
        found === undefined ? context : { ...context, unsigned: "sender-not-owned" },
      );
      record.processed(processed);
      return decided(changes, processed);
    } finally {
      await message.release();
    }
  }
}

function decided(changes: MessageChanges, processed: Processed): Outcome {
  const { disposition } = processed;
  switch (disposition.action) {
    case "reject":
    case "defer":
      return refused(refusal(disposition.code, disposition.enhancedCode, disposition.text));
    case "discard":
      return { answer: "discard" };
    case "quarantine":
      applyChanges(changes, processed);
      changes.quarantine(disposition.reason);
      return { answer: "continue" };
    case "accept":
      applyChanges(changes, processed);
      return { answer: "continue" };
  }
}

function refused(reply: Reply): Outcome {
  return { answer: refusalAnswer(reply), reply };
}

/** RFC 5321 4.5.3.1.5 limits a line to 512 octets, including code, enhanced code and line end. */
const longestText = 480;

/**
 * The fields that Sendmail adds if they are absent. It recognizes one that is added at the end of the header, but
 * not one that is inserted, so that the message would have two.
 */
const addedByMta: ReadonlySet<string> = new Set(["date", "message-id"]);

/** Asks the MTA to change the message as the pipeline decided. */
function applyChanges(
  changes: MessageChanges,
  { prepend, remove }: Pick<Processed, "prepend" | "remove">,
): void {
  // Deletions first, from the bottom up, so that none changes the occurrence number of another.
  for (const { name, occurrence } of remove.toSorted((a, b) => b.start - a.start)) {
    changes.deleteHeader(name, occurrence);
  }
  // Of two insertions at one index, the later one is above the other.
  for (const { name, value } of prepend.toReversed()) {
    if (addedByMta.has(name.toLowerCase())) changes.addHeader(name, value);
    else changes.insertHeader(0, name, value);
  }
}

/** A refusal as one line of ASCII, which every MTA accepts. */
function refusalAnswer({ code, enhancedCode, text }: Reply): SmtpReply {
  const line = text.replaceAll(/[^ -~]/g, "?").slice(0, longestText);
  return smtpReply({ code, text: line, ...(enhancedCode === undefined ? {} : { enhancedCode }) });
}
