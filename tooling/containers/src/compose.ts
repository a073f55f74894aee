import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "@mailseal/testkit";
import { parse } from "yaml";

/** The folder of the compose example. */
export const composeFolder: string = join(repositoryRoot, "containers");
export const composeFile: string = join(composeFolder, "compose.yaml");

/** The parts of a service that decide about what it may reach. */
export interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

interface Network {
  readonly internal?: boolean;
  readonly ipam?: {
    readonly config: readonly { readonly subnet: string; readonly gateway: string }[];
  };
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, Network>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export function readCompose(): Compose {
  return parse(readFileSync(composeFile, "utf8")) as Compose;
}

/** Throws an `Error` if there is no such service. */
export function serviceOf({ services }: Compose, name: string): Service {
  const service = services[name];
  if (service === undefined) throw new Error(`compose.yaml: expected a service ${name}`);
  return service;
}

/** `SOURCE:TARGET[:ro]` of a service. */
export function mountsOf(
  service: Service,
): readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[] {
  return (service.volumes ?? []).map((volume) => {
    const [source = "", target = "", mode] = volume.split(":");
    return { source, target, readOnly: mode === "ro" };
  });
}
