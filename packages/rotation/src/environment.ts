import type { TxtResolver } from "@mailseal/dns-record";

/** What a domain signs with. */
export interface ActiveKey {
  readonly selector: string;
  readonly keyFile: string;
}

/** Who decides what a domain signs with. */
export interface Activation {
  /** Signs with these keys and no others. Done again, it changes nothing. Rejects where it cannot. */
  activate(domain: string, keys: readonly ActiveKey[]): Promise<void>;
  active(domain: string): Promise<readonly ActiveKey[]>;
}

/** A change of DNS. `record` is the text of the TXT record, ASCII. */
export type RecordChange =
  | {
      readonly action: "publish" | "revoke";
      readonly domain: string;
      readonly selector: string;
      readonly name: string;
      readonly record: string;
      readonly ttlSeconds: number;
    }
  | {
      readonly action: "remove";
      readonly domain: string;
      readonly selector: string;
      readonly name: string;
    };

/** Who changes DNS. */
export interface Publisher {
  /**
   * Resolves when all changes have been handed over; `advice` where a person has to do the rest. Done
   * again, it changes nothing: a crash may come before anybody has noted that it was done. Rejects with
   * a reason, and is tried again later.
   */
  apply(changes: readonly RecordChange[]): Promise<{ readonly advice?: string }>;
}

/** Where private keys are. PEM texts pass through it: nothing here may log them. */
export interface KeyFiles {
  pathOf(domain: string, selector: string): string;
  /** Whether a key of that name is there, a draft included. */
  isTaken(domain: string, selector: string): Promise<boolean>;
  /** Writes, durably, what is not yet the key; in place of an earlier draft. */
  writeDraft(domain: string, selector: string, pem: string): Promise<void>;
  /** The draft becomes the key; a key that is there already is never touched. Nothing where there is no draft. */
  install(domain: string, selector: string): Promise<void>;
  read(keyFile: string): Promise<string | undefined>;
  /**
   * Puts a key, and its draft, away. "kept": the file is not in the domain's own directory, so that
   * others may use it. Done again, it changes nothing.
   */
  putAway(
    domain: string,
    key: ActiveKey,
    how: "archive" | "delete",
  ): Promise<"archived" | "deleted" | "kept">;
}

/** A resolver, and what a person calls it. */
export interface NamedResolver {
  readonly name: string;
  readonly resolver: TxtResolver;
}

/** Who signs with the keys. */
export interface Signer {
  /** Why it could not use a key, and what to do, in one line; undefined if it can, or if that cannot be found out. */
  objection(domain: string, key: ActiveKey): Promise<string | undefined>;
}

/** All that a rotation reaches out to. */
export interface Environment {
  readonly keyFiles: KeyFiles;
  readonly publisher: Publisher;
  /** All of them must show a key before it is used. They must not cache for longer than DNS allows. */
  readonly resolvers: readonly NamedResolver[];
  readonly activation: Activation;
  /** Asked in each step that leads to signing: no key is published, or signs, that it cannot read. */
  readonly signer?: Signer;
}

/** The time in milliseconds since 1970. */
export interface Clock {
  nowMs(): number;
}
