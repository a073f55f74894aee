import type { ConfigInput } from "@mailseal/config";
import { Document, isMap, isSeq, parseDocument, YAMLMap } from "yaml";
import { SetupError } from "../setup-error.ts";

/** A listener as it is written. */
type ListenerInput = NonNullable<ConfigInput["listeners"]>[number];

type WantedListener = Readonly<Record<string, unknown>> &
  Pick<ListenerInput, "protocol" | "listen">;

/** What a setup wants the config to contain. Everything else in it stays, with its comments. */
export interface WantedConfig {
  /** Without `direction`, one that exists keeps its own, and a new one signs and does not verify. */
  readonly listener: WantedListener;
  /** A listener of a default config whose place the new one takes: those that listen there. */
  readonly replacedAddresses: readonly string[];
  readonly domains: readonly WantedDomain[];
  /** Whole sections, such as those of an import: each replaces the one of the same name. */
  readonly sections?: Readonly<Record<string, unknown>>;
  /** Options by their path, set only if the config does not have them. */
  readonly defaults?: readonly (readonly [path: readonly string[], value: unknown])[];
}

/** A domain that signs with our keys. */
interface WantedDomain {
  readonly domain: string;
  readonly keys: readonly { readonly selector: string; readonly file: string }[];
}

/** The start of a config that no package has written. */
const heading = ` The config of mailseal-relay, written by mailseal setup. All options: man mailseal.yaml
 After each change: mailseal config check /etc/mailseal/mailseal.yaml && systemctl reload mailseal-relay`;

/**
 * The text of the config with what a setup wants. Comments and other options stay. A config that already has it all is
 * returned unchanged, to the letter. Throws a `SetupError` if the text is not YAML.
 */
export function configText(existing: string | undefined, wanted: WantedConfig): string {
  const text = existing ?? "";
  const document: Document = parseDocument(text);
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) {
    throw new SetupError(
      "the config is not valid YAML, so nothing was added to it; mailseal config check shows the place",
    );
  }
  if (document.contents === null) {
    const comment = document.comment ?? document.commentBefore;
    document.contents = new YAMLMap(document.schema);
    document.comment = null;
    document.commentBefore = comment ?? heading;
  }
  const before = JSON.stringify(document.toJS());
  for (const [name, section] of Object.entries(wanted.sections ?? {}))
    set(document, [name], section);
  for (const [path, value] of wanted.defaults ?? []) {
    if (!document.hasIn(path)) set(document, path, value);
  }
  setListener(document, wanted);
  for (const domain of wanted.domains) setDomain(document, domain);
  return existing !== undefined && JSON.stringify(document.toJS()) === before
    ? existing
    : document.toString({ lineWidth: 0 });
}

/** Changes a value only if it differs, so that the comments of one that is right stay. */
function set(document: Document, path: readonly string[], value: unknown): void {
  const current: unknown = document.getIn(path);
  const plain = isMap(current) || isSeq(current) ? current.toJS(document) : current;
  if (JSON.stringify(plain) === JSON.stringify(value)) return;
  for (let length = 1; length < path.length; length++) {
    const above = path.slice(0, length);
    // "domains:" with nothing behind it.
    if (document.hasIn(above) && document.getIn(above) === null) document.deleteIn(above);
  }
  document.setIn(path, document.createNode(value));
}

function setListener(document: Document, { listener, replacedAddresses }: WantedConfig): void {
  const whole = { ...listener, direction: listener["direction"] ?? "outbound" };
  const listeners: unknown = document.getIn(["listeners"]);
  if (!isSeq(listeners)) {
    document.setIn(["listeners"], document.createNode([whole]));
    return;
  }
  const addresses = new Set([listener.listen, ...replacedAddresses]);
  const existing = listeners.items.find(
    (item): item is YAMLMap => isMap(item) && addresses.has(String(item.get("listen"))),
  );
  if (existing === undefined) {
    listeners.add(document.createNode(whole));
    return;
  }
  const protocol: unknown = existing.get("protocol");
  if (protocol !== listener.protocol) {
    listeners.items[listeners.items.indexOf(existing)] = document.createNode(whole);
    return;
  }
  for (const [name, value] of Object.entries(listener)) {
    const node: unknown = existing.get(name, true);
    const plain = isSeq(node) ? node.toJS(document) : existing.get(name);
    if (JSON.stringify(plain) !== JSON.stringify(value)) {
      existing.set(name, document.createNode(value));
    }
  }
}

function setDomain(document: Document, { domain, keys }: WantedDomain): void {
  const [first, ...more] = keys;
  if (first === undefined) return;
  const path = ["domains", domain, "signing"];
  const keyOf = ({ selector, file }: (typeof keys)[number]): Record<string, string> => ({
    selector,
    key: file,
  });
  set(document, [...path, "sign"], true);
  // Until then mail passes unsigned, because receivers could not verify the signature.
  set(document, [...path, "requirePublished"], true);
  if (more.length === 0) {
    document.deleteIn([...path, "signatures"]);
    set(document, [...path, "selector"], first.selector);
    set(document, [...path, "key"], first.file);
  } else {
    document.deleteIn([...path, "selector"]);
    document.deleteIn([...path, "key"]);
    set(document, [...path, "signatures"], keys.map(keyOf));
  }
}
