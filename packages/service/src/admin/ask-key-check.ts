import { askAdmin } from "./admin-request.ts";

export interface KeyToCheck {
  readonly domain: string;
  readonly selector: string;
  readonly keyFile: string;
}

export interface KeyCheck {
  readonly usable: boolean;
  /** The user and group of the program. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** One line: the reason that it is not usable, and what to do. */
  readonly problem: string | undefined;
}

const timeoutMs = 10_000;
const maxAnswerBytes = 64 * 1024;
const notListening: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED"]);

/**
 * Asks a running relay or worker whether it can use a key. Undefined if none is running, or its version does not have the
 * endpoint. Rejects if it answers anything else, such as that the token is wrong.
 */
export async function askKeyCheck(
  target: { readonly path: string } | { readonly host: string; readonly port: number },
  { domain, selector, keyFile }: KeyToCheck,
  token?: string,
): Promise<KeyCheck | undefined> {
  const path = `/keys/check?${new URLSearchParams({ domain, selector, file: keyFile })}`;
  const answer = await askAdmin(target, { path, token, timeoutMs, maxAnswerBytes }).catch(
    (error: unknown) => {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (notListening.has(code)) return undefined;
      throw error;
    },
  );
  if (answer === undefined || answer.status === 404) return undefined;
  const { usable, user, reason, remedy, error } = (answer.body ?? {}) as Readonly<
    Record<string, unknown>
  >;
  if (answer.status !== 200 || typeof usable !== "boolean") {
    throw new Error(`expected an answer about a key, got HTTP ${answer.status}: ${String(error)}`);
  }
  const { uid, gid } = (user ?? {}) as Readonly<Record<string, unknown>>;
  return {
    usable,
    uid: typeof uid === "number" ? uid : undefined,
    gid: typeof gid === "number" ? gid : undefined,
    problem: usable ? undefined : `${String(reason)}; ${String(remedy)}`,
  };
}
