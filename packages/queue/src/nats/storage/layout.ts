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

  /** The stream of shared bodies, and of the records of which messages that share one have been settled. */
  get shared(): string {
    return `${this.#name}-shared`;
  }

  /** The stream of tombstones: the messages settled last. */
  get ended(): string {
    return `${this.#name}-ended`;
  }

  /** The stream that reserves storage; see `Reserve`. */
  get reserveStream(): string {
    return `${this.#name}-reserve`;
  }

  get reserve(): string {
    return `${this.#name}.reserve`;
  }

  /** The subject on which processes ask each other which messages they have seen. */
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

  /** The subject of the pieces of one body; `*` for all bodies. */
  body(key: string): string {
    return `${this.#name}.shared.body.${key}`;
  }

  /** The subject of the record of which messages that share a body have been settled; `*` for all bodies. */
  left(key: string): string {
    return `${this.#name}.shared.left.${key}`;
  }

  /** The subject of the record that commits a message for several destinations, until each has its own; `*` for all. */
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
   * The subject of a message. The id of a message is its number in the stream, by which it is found; a copy has another
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

  /** The subject of the copies of a message, whatever its route. */
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
