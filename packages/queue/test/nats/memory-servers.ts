import { JetStreamApiError } from "@nats-io/jetstream";
import type { Servers } from "../../src/nats/connection/servers.ts";
import { Layout } from "../../src/nats/storage/layout.ts";

interface Stored {
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
}

interface Query {
  readonly seq?: number;
  readonly last_by_subj?: string;
  readonly next_by_subj?: string;
}

interface PublishOptions {
  readonly msgID?: string;
  readonly expect?: { readonly lastSubjectSequence?: number };
}

/** The messages of one stream, in memory, with the rules of JetStream that the queue relies on. */
class MemoryStream {
  readonly messages: Map<number, Stored> = new Map();
  readonly #ids = new Map<string, number>();
  lastSeq = 0;
  maxMessages: number = Infinity;

  publish(
    subject: string,
    data: Uint8Array,
    { msgID, expect }: PublishOptions,
  ): { seq: number; duplicate: boolean } {
    const earlier = msgID === undefined ? undefined : this.#ids.get(msgID);
    if (earlier !== undefined) return { seq: earlier, duplicate: true };
    const last = this.matching(subject).at(-1)?.seq ?? 0;
    if (expect?.lastSubjectSequence !== undefined && expect.lastSubjectSequence !== last) {
      throw apiError(10_071, `wrong last sequence: ${last}`);
    }
    this.lastSeq += 1;
    const { lastSeq: seq } = this;
    this.messages.set(seq, { seq, subject, data });
    if (msgID !== undefined) this.#ids.set(msgID, seq);
    return { seq, duplicate: false };
  }

  matching(pattern: string): readonly Stored[] {
    const parts = pattern.split(".");
    const matches = (subject: string): boolean => {
      const tokens = subject.split(".");
      const isOpen = parts.at(-1) === ">";
      if (isOpen ? tokens.length < parts.length : tokens.length !== parts.length) return false;
      return parts.every((part, at) => part === "*" || part === ">" || part === tokens[at]);
    };
    return [...this.messages.values()].filter(({ subject }) => matches(subject));
  }

  find({ seq = 0, last_by_subj: last, next_by_subj: next }: Query): Stored | undefined {
    if (last !== undefined) return this.matching(last).at(-1);
    if (next !== undefined) return this.matching(next).find((stored) => stored.seq >= seq);
    return this.messages.get(seq);
  }
}

export interface MemoryServers extends Servers {
  /** The stream with this name; it is created with its first use. */
  readonly streamOf: (name: string) => MemoryStream;
  /** An error that every request rejects with until it is removed. */
  failure: Error | undefined;
}

export function apiError(code: number, description: string): JetStreamApiError {
  return new JetStreamApiError({ code: 400, err_code: code, description });
}

/** The streams that are not named after the first part of their subjects. */
const streamNames: ReadonlyMap<string, string> = new Map([
  ["live", "q"],
  ["receipt", "q-receipts"],
]);

/** The parts of a JetStream server that store and find messages, in memory. */
export function memoryServers(shards = 1): MemoryServers {
  const layout = new Layout("q", shards);
  const streams = new Map<string, MemoryStream>();
  const streamOf = (name: string): MemoryStream => {
    const stream = streams.get(name) ?? new MemoryStream();
    streams.set(name, stream);
    return stream;
  };
  const request = async <Value>(answer: () => Value): Promise<Value> => {
    await Promise.resolve();
    if (servers.failure !== undefined) throw servers.failure;
    return answer();
  };
  const getMessage = (name: string, query: Query): Promise<unknown> =>
    request(() => {
      const stored = streamOf(name).find(query);
      if (stored === undefined) return null;
      const text = (): string => Buffer.from(stored.data).toString();
      return { ...stored, string: text, json: () => JSON.parse(text()) as unknown };
    });
  const client: unknown = {
    publish: (subject: string, data: Uint8Array | string, options: PublishOptions = {}) =>
      request(() => {
        const [, place = ""] = subject.split(".");
        const stream = streamOf(streamNames.get(place) ?? `q-${place}`);
        if (stream.messages.size >= stream.maxMessages) {
          throw apiError(10_047, "insufficient resources");
        }
        return stream.publish(subject, Buffer.from(data), options);
      }),
  };
  const manager: unknown = {
    direct: { getMessage },
    streams: {
      add: () => request(() => undefined),
      getMessage,
      deleteMessage: (name: string, seq: number) =>
        request(() => {
          if (!streamOf(name).messages.delete(seq)) throw apiError(10_043, "no message found");
          return true;
        }),
      purge: (name: string, { filter, keep = 0 }: { filter?: string; keep?: number } = {}) =>
        request(() => {
          const stream = streamOf(name);
          const found = stream.matching(filter ?? ">");
          for (const { seq } of found.slice(0, found.length - keep)) stream.messages.delete(seq);
        }),
      info: (name: string, { subjects_filter: filter = ">" }: { subjects_filter?: string } = {}) =>
        request(() => {
          const stream = streamOf(name);
          const counts = new Map<string, number>();
          for (const { subject } of stream.matching(filter)) {
            counts.set(subject, (counts.get(subject) ?? 0) + 1);
          }
          return {
            config: { max_msgs: stream.maxMessages },
            state: {
              messages: stream.messages.size,
              first_seq: stream.messages.keys().next().value ?? stream.lastSeq + 1,
              last_seq: stream.lastSeq,
              bytes: stream.messages.size,
              ...(counts.size > 0 && { subjects: Object.fromEntries(counts) }),
            },
          };
        }),
    },
  };
  const servers: MemoryServers = {
    client: client as Servers["client"],
    manager: manager as Servers["manager"],
    layout,
    timeoutMs: 1000,
    streamOf,
    failure: undefined,
  };
  return servers;
}
