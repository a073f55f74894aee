import { hash } from "node:crypto";

/** Where messages are: waiting or in hand, kept by an operator, given up. */
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

  streams(): readonly string[] {
    return (["live", "held", "dead"] as const).map((place) => this.stream(place));
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

/** The route in a subject that `Layout.subject` made. */
export function routeOf(subject: string): string {
  return Buffer.from(subject.split(".")[3] ?? "", "base64url").toString();
}
