import { nodeResolver, wireResolver } from "@mailseal/dns-record";
import { activeFile } from "./activations/active-file.ts";
import { commandActivation } from "./activations/command-activation.ts";
import { type DomainTable, domainTable } from "./activations/domain-table.ts";
import type { Activation, Environment, NamedResolver, Publisher } from "./environment.ts";
import { keyDirectory } from "./key-directory.ts";
import { commandPublisher } from "./publishers/command-publisher.ts";
import { updatePublisher } from "./publishers/update-publisher.ts";
import { zonePublisher } from "./publishers/zone-publisher.ts";

/** How a rotation reaches disk and DNS, as the journal keeps it. No secrets: they stay in files. */
export interface RotationSetup {
  /** See `keyDirectory`. */
  readonly keyDirectory: string;
  readonly publish:
    | { readonly method: "zone"; readonly file?: string }
    | {
        readonly method: "update";
        readonly server: string;
        readonly tsigKeyFile: string;
        readonly zone?: string;
      }
    | { readonly method: "command"; readonly argv: readonly string[] };
  /** DNS servers as `wireResolver` reads them, or "system". */
  readonly resolvers: readonly string[];
  /** Files of `activeFile` and `commandActivation` are in the key directory. */
  readonly activate:
    | { readonly method: "file" }
    | { readonly method: "command"; readonly argv: readonly string[] }
    | { readonly method: "table"; readonly database: string };
}

/** What only the program can give. */
export interface SetupTools {
  /** For commands; PATH for example. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Opens the table of domains: the `KeyDatabase` of @mailseal/policy. */
  readonly openTable: (database: string) => DomainTable;
}

/** @throws MailsealError "bad-server", and what `openTable` throws. */
export function environmentOf(setup: RotationSetup, tools: SetupTools): Environment {
  return {
    keyFiles: keyDirectory(setup.keyDirectory),
    publisher: publisherOf(setup.publish, tools),
    resolvers: setup.resolvers.map(namedResolver),
    activation: activationOf(setup, tools),
  };
}

function publisherOf(
  publish: RotationSetup["publish"],
  { environment = {} }: SetupTools,
): Publisher {
  switch (publish.method) {
    case "zone":
      return zonePublisher(publish);
    case "update":
      return updatePublisher(publish);
    case "command":
      return commandPublisher({ argv: publish.argv, environment });
  }
}

function activationOf(
  { activate, keyDirectory: directory }: RotationSetup,
  { environment = {}, openTable }: SetupTools,
): Activation {
  switch (activate.method) {
    case "file":
      return activeFile(directory);
    case "command":
      return commandActivation({ argv: activate.argv, environment }, directory);
    case "table":
      return domainTable(openTable(activate.database));
  }
}

function namedResolver(server: string): NamedResolver {
  return server === "system"
    ? { name: "the system's resolver", resolver: nodeResolver() }
    : { name: server, resolver: wireResolver({ servers: [server] }) };
}
