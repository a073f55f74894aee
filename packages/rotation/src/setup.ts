import { nodeResolver, wireResolver } from "@mailseal/dns-record";
import { activeFile } from "./activations/active-file.ts";
import { commandActivation } from "./activations/command-activation.ts";
import { type DomainTable, domainTable } from "./activations/domain-table.ts";
import type { Activation, Environment, NamedResolver, Publisher } from "./environment.ts";
import type { FileOwner } from "./files/durable-file.ts";
import { keyDirectory } from "./files/key-directory.ts";
import { commandPublisher } from "./publishers/command-publisher.ts";
import { powerdnsPublisher } from "./publishers/powerdns-publisher.ts";
import { updatePublisher } from "./publishers/update-publisher.ts";
import { zonePublisher } from "./publishers/zone-publisher.ts";
import { checkPublish, checkSetup } from "./setup-rule.ts";

/** The access of a rotation to disk and DNS, as kept in the journal. It holds no secrets: those stay in files. */
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
    | {
        readonly method: "powerdns";
        readonly api: string;
        readonly apiKeyFile: string;
        readonly zone?: string;
      }
    | { readonly method: "command"; readonly argv: readonly string[] };
  /** DNS servers in the form that `wireResolver` accepts, or "system". */
  readonly resolvers: readonly string[];
  /** Files of `activeFile` and `commandActivation` are in the key directory. */
  readonly activate:
    | { readonly method: "file" }
    | { readonly method: "command"; readonly argv: readonly string[] }
    | { readonly method: "table"; readonly database: string };
  /** Names of additional environment variables for commands, such as the token of an API. */
  readonly passEnvironment?: readonly string[];
  /** The owner of new key files: the user of the signer. Default: the user that creates them. */
  readonly keyOwner?: FileOwner;
  /** The signer, to check that it can read a key: the name or number of its user, or the address of its admin server. */
  readonly signer?: {
    readonly user?: string;
    readonly admin?: string;
    readonly tokenFile?: string;
  };
}

/** The environment variables that every command gets. Others are withheld, because they may hold passwords. */
const commonVariables = ["PATH", "HOME", "LANG", "TZ"] as const;
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The environment and the table of domains, which only the calling program can provide. */
export interface SetupTools {
  /** The environment of the program. Commands get its PATH, HOME, LANG and TZ, and the variables in `passEnvironment`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Opens the table of domains: the `KeyDatabase` of @mailseal/policy. */
  readonly openTable: (database: string) => DomainTable;
}

/**
 * The files, DNS and signer of a rotation that another process has started.
 *
 * ```ts
 * const setup = journal.rotations("example.com")[0]?.setup;
 * const environment = setup && environmentOf(setup, {
 *   environment: process.env,
 *   openTable: (database) => new KeyDatabase(database),
 * });
 * ```
 *
 * @throws RotationError "bad-option" for a setup with a wrong member, DnsRecordError "bad-server" for a server that is not an address, and the errors of `openTable`.
 */
export function environmentOf(setup: RotationSetup, tools: SetupTools): Environment {
  checkSetup(setup);
  return {
    keyFiles: keyDirectory(setup.keyDirectory, setup.keyOwner),
    publisher: publisherOf(setup.publish, { ...setup, ...tools }),
    resolvers: setup.resolvers.map(namedResolver),
    activation: activationOf(setup, tools),
  };
}

/**
 * The publisher that a setup names. Of `environment`, commands get PATH, HOME, LANG, TZ and the variables in `passEnvironment`.
 *
 * ```ts
 * const publisher = publisherOf({ method: "update", server: "192.0.2.53", tsigKeyFile: "/etc/mailseal/update.key" });
 * ```
 *
 * @throws RotationError "bad-option", DnsRecordError "bad-server" for a server that is not an address.
 */
export function publisherOf(
  publish: RotationSetup["publish"],
  variables: Pick<SetupTools, "environment"> & Pick<RotationSetup, "passEnvironment"> = {},
): Publisher {
  checkPublish(publish);
  switch (publish.method) {
    case "zone": {
      const { method: _method, ...options } = publish;
      return zonePublisher(options);
    }
    case "update": {
      const { method: _method, ...options } = publish;
      return updatePublisher(options);
    }
    case "powerdns": {
      const { method: _method, ...options } = publish;
      return powerdnsPublisher(options);
    }
    case "command":
      return commandPublisher({ argv: publish.argv, environment: commandEnvironment(variables) });
  }
}

function activationOf(setup: RotationSetup, tools: SetupTools): Activation {
  const { activate, keyDirectory: directory } = setup;
  switch (activate.method) {
    case "file":
      return activeFile(directory);
    case "command":
      return commandActivation(
        { argv: activate.argv, environment: commandEnvironment({ ...setup, ...tools }) },
        directory,
      );
    case "table":
      return domainTable(tools.openTable(activate.database));
  }
}

function commandEnvironment({
  environment = {},
  passEnvironment = [],
}: Pick<SetupTools, "environment"> & Pick<RotationSetup, "passEnvironment">): Readonly<
  Record<string, string>
> {
  const passed: Record<string, string> = { PATH: defaultPath };
  for (const name of [...commonVariables, ...passEnvironment]) {
    const value = environment[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

function namedResolver(server: string): NamedResolver {
  return server === "system"
    ? { name: "the system's resolver", resolver: nodeResolver() }
    : { name: server, resolver: wireResolver({ servers: [server] }) };
}
