import { hash } from "node:crypto";

/** The places of messages: queued or leased, held by an operator, dead. */
export type Place = "live" | "held" | "dead";

/** The names of the streams and of the subjects in them. */
export class Layout {
  readonly #name: string;
  readonly #shards: number;

  constructor(name: string, shards: number) {
    this.#name = name;
    this.#shards = shards;
  }

  get bucket(): string {
    return `${this.#name}-bodies`;
  }

  stream(place: Place): string {
    return place === "live" ? this.#name : `${this.#name}-${place}`;
  }

  /** Bodies that messages share, and which of these have ended. */
  get shared(): string {
    return `${this.#name}-shared`;
  }

  /** Messages settled lately. */
  get ended(): string {
    return `${this.#name}-ended`;
  }

  /** Unused storage; see `Reserve`. */
  get reserveStream(): string {
    return `${this.#name}-reserve`;
  }

  get reserve(): string {
    return `${this.#name}.reserve`;
  }

  /** Of the question which messages a process has seen. */
  get sightings(): string {
    return `${this.#name}.sightings`;
  }

  streams(): readonly string[] {
    const places = (["live", "held", "dead"] as const).map((place) => this.stream(place));
    return [...places, this.shared, this.ended];
  }

  sharedSubjects(): string {
    return `${this.#name}.shared.>`;
  }

  /** Of the pieces of one body; `*` for all. */
  body(key: string): string {
    return `${this.#name}.shared.body.${key}`;
  }

  /** Of the note which of the messages that share a body have ended; `*` for all. */
  left(key: string): string {
    return `${this.#name}.shared.left.${key}`;
  }

  /** Of what commits a message for several destinations, until each has its own; `*` for all. */
  record(key: string): string {
    return `${this.#name}.live.record.${key}`;
  }

  endedSubjects(): string {
    return `${this.#name}.ended.>`;
  }

  ending(id: string): string {
    return `${this.#name}.ended.${id}`;
  }

  /** All subjects of a place. */
  subjects(place: Place): string {
    return `${this.#name}.${place}.>`;
  }

  shardSubjects(shard: number): string {
    return `${this.#name}.live.${shard}.>`;
  }

  /**
   * The id of a message is its number in the stream, so that it is found by it; a copy is under another
   * number, and has the id in its subject.
   */
  subject(place: Place, route: string, copyOf: string | undefined): string {
    return this.#ofRoute(place, route, copyOf ?? "new");
  }

  /** All subjects of a route. */
  routeSubjects(place: Place, route: string): string {
    return this.#ofRoute(place, route, "*");
  }

  #ofRoute(place: Place, route: string, copy: string): string {
    const token = Buffer.from(route).toString("base64url");
    const shard = hash("sha256", route, "buffer").readUInt32BE() % this.#shards;
    return `${this.#name}.${place}.${shard}.${token}.${copy}`;
  }

  /** The subject of a copy, wherever its route is. */
  copies(place: Place, id: string): string {
    return `${this.#name}.${place}.*.*.${id}`;
  }
}

/** The key in a subject that `body`, `left` or `record` made. */
export function keyOf(subject: string): string {
  return subject.slice(subject.lastIndexOf(".") + 1);
}

/** The route in a subject that `Layout.subject` made; undefined for a record. */
export function routeOf(subject: string): string | undefined {
  if (subject.split(".")[2] === "record") return undefined;
  return Buffer.from(subject.split(".")[3] ?? "", "base64url").toString();
}
