import type { TxtResolver } from "@mailseal/dns-record";

/** A key that a domain signs with. */
export interface ActiveKey {
  readonly selector: string;
  readonly keyFile: string;
}

/** Sets the keys that a domain signs with. */
export interface Activation {
  /** Makes the domain sign with exactly these keys. Repeating it changes nothing. Rejects if it fails. */
  activate(domain: string, keys: readonly ActiveKey[]): Promise<void>;
  /** The keys that the domain signs with now. */
  active(domain: string): Promise<readonly ActiveKey[]>;
}

/**
 * A change in DNS. `record` is the text of the TXT record, in ASCII. "publish" adds the record of a new selector and leaves
 * a record of somebody else alone; "replace" and "revoke" put it in the place of whatever is there.
 */
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
      readonly action: "replace";
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

/** Publishes changes in DNS. */
export interface Publisher {
  /**
   * Resolves when all changes have been handed over, with `advice` if a person has to do the rest. Repeating it must
   * change nothing, because the program may crash before the journal records it. If it rejects, it is retried later.
   */
  apply(changes: readonly RecordChange[]): Promise<{ readonly advice?: string }>;
}

/** Stores private keys. PEM texts pass through it and must never be logged. */
export interface KeyFiles {
  /** The file of a key, whether it exists or not. */
  pathOf(domain: string, selector: string): string;
  /** Whether a key, a draft or an archived key of that name exists. */
  isTaken(domain: string, selector: string): Promise<boolean>;
  /** Writes a draft of the key durably, replacing an earlier draft. */
  writeDraft(domain: string, selector: string, pem: string): Promise<void>;
  /** Makes the draft the key. An existing key is never touched; without a draft, nothing happens. */
  install(domain: string, selector: string): Promise<void>;
  /** The PEM text of a key; undefined if there is no such file. */
  read(keyFile: string): Promise<string | undefined>;
  /**
   * Archives or deletes a key, and deletes its draft. "kept": the file is outside the domain's own directory, so others
   * may use it. Repeating it changes nothing.
   */
  putAway(
    domain: string,
    key: ActiveKey,
    how: "archive" | "delete",
  ): Promise<"archived" | "deleted" | "kept">;
}

/** A resolver, and its name for messages. */
export interface NamedResolver {
  readonly name: string;
  readonly resolver: TxtResolver;
}

/** The signer that uses the keys. */
export interface Signer {
  /** The reason that the signer cannot use a key, with a remedy, in one line; undefined if it can or if that is unknown. */
  objection(domain: string, key: ActiveKey): Promise<string | undefined>;
}

/** The outside world of a rotation: files, DNS and the signer. */
export interface Environment {
  readonly keyFiles: KeyFiles;
  readonly publisher: Publisher;
  /** All resolvers must return a key before it is used. They must not cache longer than the TTL. */
  readonly resolvers: readonly NamedResolver[];
  readonly activation: Activation;
  /** Consulted in each step before signing, so that no key is published or used that the signer cannot read. */
  readonly signer?: Signer;
}

/** The time in milliseconds since 1970. */
export interface Clock {
  /** Unix time in milliseconds. */
  nowMs(): number;
}
