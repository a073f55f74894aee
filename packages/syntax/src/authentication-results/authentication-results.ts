import { checkValue } from "../text/argument-checks.ts";
import { CfwsScanner } from "../text/cfws-scanner.ts";
import { decodeUtf8Text } from "../text/utf8.ts";

/** One `ptype.property=pvalue`: what was examined. */
export interface AuthenticationProperty {
  /** Lower case: "header", "smtp", "policy", "body" or an extension. */
  readonly type: string;
  /** Lower case: "d", "i", "mailfrom" ... */
  readonly property: string;
  /** Without the quotes around it. */
  readonly value: string;
}

/** The result of one method (RFC 8601 2.2, resinfo). */
export interface AuthenticationResult {
  /** Lower case: "dkim", "spf" ... */
  readonly method: string;
  /** The version of the method. */
  readonly version?: number;
  /** Lower case: "pass", "fail" ... */
  readonly result: string;
  /** The first comment after the result. */
  readonly comment?: string;
  /** The reason for the result. */
  readonly reason?: string;
  /** What was examined. */
  readonly properties: readonly AuthenticationProperty[];
}

/** The content of an Authentication-Results field (RFC 8601 2.2). */
export interface AuthenticationResults {
  /** The authserv-id: the server that evaluated the message, as written. */
  readonly authservId: string;
  /** 1 where absent. */
  readonly version?: number;
  /** The results; empty for "none". */
  readonly results: readonly AuthenticationResult[];
}

/** Why a field cannot be read. */
export interface AuthenticationResultsFailure {
  /** The field cannot be read. */
  readonly ok: false;
  /** The problem, for people. */
  readonly reason: string;
  /** In characters of the text as UTF-8. */
  readonly offset: number;
}

/** The content of an Authentication-Results field, or the reason why it cannot be read. */
export type AuthenticationResultsParse =
  | { readonly ok: true; readonly value: AuthenticationResults }
  | AuthenticationResultsFailure;

/** The content of an ARC-Authentication-Results field, or the reason why it cannot be read. */
export type ArcAuthenticationResultsParse =
  | { readonly ok: true; readonly instance: number; readonly value: AuthenticationResults }
  | AuthenticationResultsFailure;

/**
 * Reads the value of an Authentication-Results field (RFC 8601 2.2).
 *
 * ```ts
 * const parsed = parseAuthenticationResults(" mx.example.net; dkim=pass header.d=example.com");
 * parsed.ok && parsed.value.results[0]?.result; // "pass"
 * ```
 *
 * @param value latin1 text after the colon, folds and all; it is read as UTF-8.
 *
 * Follows the ABNF, and also accepts what large receivers write: a ";" at the end, underscores in keywords,
 * dots in methods, unquoted pvalues with any visible character but `"();`, a reason after the properties. Any
 * keyword is a result, because the registered ones (2.7) change and one unknown word must not hide the other
 * results. An authserv-id is required.
 *
 * Never throws; linear in time.
 */
export function parseAuthenticationResults(value: string): AuthenticationResultsParse {
  checkValue(value);
  const scanner = scannerFor(value);
  const results = scanner.failure === undefined ? readPayload(scanner) : undefined;
  return results === undefined ? failed(scanner) : { ok: true, value: results };
}

/**
 * Reads the value of an ARC-Authentication-Results field (RFC 8617 4.1.1): the same after `i=N;`.
 *
 * ```ts
 * const parsed = parseArcAuthenticationResults(" i=1; mx.example.net; dkim=pass");
 * parsed.ok && parsed.instance; // 1
 * ```
 */
export function parseArcAuthenticationResults(value: string): ArcAuthenticationResultsParse {
  checkValue(value);
  const scanner = scannerFor(value);
  const instance = scanner.failure === undefined ? readInstance(scanner) : undefined;
  const results = instance === undefined ? undefined : readPayload(scanner);
  if (instance === undefined || results === undefined) return failed(scanner);
  return { ok: true, instance, value: results };
}

function scannerFor(value: string): CfwsScanner {
  const text = decodeUtf8Text(value);
  const scanner = new CfwsScanner(text ?? "");
  if (text === undefined) scanner.fail("the value is no UTF-8, one character per byte");
  return scanner;
}

function failed(scanner: CfwsScanner): AuthenticationResultsFailure {
  return { ok: false, ...(scanner.failure ?? { reason: "malformed", offset: scanner.at }) };
}

function readInstance(scanner: CfwsScanner): number | undefined {
  scanner.skipCfws();
  if (!scanner.take("i")) return scanner.fail('expected "i=" and an instance number');
  scanner.skipCfws();
  if (!scanner.take("=")) return scanner.fail('expected "="');
  scanner.skipCfws();
  const digits = scanner.run(isDigit) ?? "";
  if (digits === "" || digits.length > 2) return scanner.fail("expected 1 or 2 digits");
  scanner.skipCfws();
  if (!scanner.take(";")) return scanner.fail('expected ";"');
  return Number(digits);
}

function readPayload(scanner: CfwsScanner): AuthenticationResults | undefined {
  scanner.skipCfws();
  const authservId = scanner.value();
  if (authservId === undefined) return scanner.fail("expected an authserv-id");
  scanner.skipCfws();
  const version = readVersion(scanner);
  scanner.skipCfws();
  if (!scanner.take(";")) return scanner.fail('expected ";" and results');
  const results = takeNone(scanner) ? [] : readResults(scanner);
  if (results === undefined || scanner.failure !== undefined) return undefined;
  return { authservId, ...(version !== undefined && { version }), results };
}

function readVersion(scanner: CfwsScanner): number | undefined {
  const digits = scanner.run(isDigit);
  if (digits === undefined) return undefined;
  return digits.length > MAX_VERSION_DIGITS ? scanner.fail("version too long") : Number(digits);
}

/** "none" means no result only if nothing follows it; a method could have that name. */
function takeNone(scanner: CfwsScanner): boolean {
  scanner.skipCfws();
  const start = scanner.at;
  if (scanner.run(isKeyword)?.toLowerCase() === "none") {
    scanner.skipCfws();
    if (scanner.take(";")) scanner.skipCfws();
    if (scanner.done) return true;
  }
  scanner.at = start;
  return false;
}

function readResults(scanner: CfwsScanner): AuthenticationResult[] | undefined {
  const results: AuthenticationResult[] = [];
  do {
    scanner.skipCfws();
    if (scanner.done && results.length > 0) break;
    const result = readResult(scanner);
    if (result === undefined) return undefined;
    results.push(result);
  } while (scanner.take(";"));
  return scanner.done ? results : scanner.fail('expected ";" or a property');
}

function readResult(scanner: CfwsScanner): AuthenticationResult | undefined {
  const method = scanner.run(isMethod)?.toLowerCase();
  if (method === undefined) return scanner.fail("expected a method");
  scanner.skipCfws();
  let version: number | undefined;
  if (scanner.take("/")) {
    scanner.skipCfws();
    version = readVersion(scanner);
    if (version === undefined) return scanner.fail("expected a method version");
    scanner.skipCfws();
  }
  if (!scanner.take("=")) return scanner.fail('expected "=" and a result');
  scanner.skipCfws();
  const result = scanner.run(isKeyword)?.toLowerCase();
  if (result === undefined) return scanner.fail("expected a result");
  const afterResult = scanner.at;
  const comment = scanner.skipCfws();
  const details = readDetails(scanner, afterResult);
  if (details === undefined) return undefined;
  return {
    method,
    ...(version !== undefined && { version }),
    result,
    ...(comment !== undefined && { comment }),
    ...details,
  };
}

type Details = Pick<AuthenticationResult, "reason" | "properties">;

/** The reason and the properties. White space or a comment must precede each of them. */
function readDetails(scanner: CfwsScanner, from: number): Details | undefined {
  const properties: AuthenticationProperty[] = [];
  let reason: string | undefined;
  let last = from;
  while (scanner.failure === undefined && !scanner.done && scanner.text[scanner.at] !== ";") {
    if (scanner.at === last) return scanner.fail("expected white space");
    const name = scanner.run(isKeyword)?.toLowerCase();
    if (name === undefined) return scanner.fail("expected a property");
    scanner.skipCfws();
    if (name === "reason" && reason === undefined && scanner.take("=")) {
      reason = readPvalue(scanner);
    } else {
      const property = readProperty(scanner, name);
      if (property !== undefined) properties.push(property);
    }
    last = scanner.at;
    scanner.skipCfws();
  }
  if (scanner.failure !== undefined) return undefined;
  return { ...(reason !== undefined && { reason }), properties };
}

function readProperty(scanner: CfwsScanner, type: string): AuthenticationProperty | undefined {
  if (!scanner.take(".")) return scanner.fail('expected "." and a property');
  scanner.skipCfws();
  const property = scanner.run(isKeyword)?.toLowerCase();
  if (property === undefined) return scanner.fail("expected a property");
  scanner.skipCfws();
  if (!scanner.take("=")) return scanner.fail('expected "=" and a value');
  const value = readPvalue(scanner);
  return value === undefined ? undefined : { type, property, value };
}

function readPvalue(scanner: CfwsScanner): string | undefined {
  scanner.skipCfws();
  const start = scanner.at;
  if (scanner.text[start] !== '"') return scanner.run(isPvalue) ?? scanner.fail("expected a value");
  const quoted = scanner.quotedString();
  if (scanner.text[scanner.at] !== "@") return quoted;
  // A quoted local part belongs to its address, quotes included.
  const quotedLocalPart = scanner.text.slice(start, scanner.at);
  return quotedLocalPart + (scanner.run(isPvalue) ?? "");
}

const MAX_VERSION_DIGITS = 9;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetterOrDigit(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}

/** Keyword (RFC 5321 Ldh-str), with the underscores that some receivers write. */
export function isKeyword(code: number, index: number): boolean {
  return isLetterOrDigit(code) || (index > 0 && (code === 0x2d || code === 0x5f));
}

export function isMethod(code: number, index: number): boolean {
  return isKeyword(code, index) || (index > 0 && code === 0x2e);
}

function isPvalue(code: number): boolean {
  return (
    code > 0x20 && code !== 0x7f && code !== 0x22 && code !== 0x28 && code !== 0x29 && code !== 0x3b
  );
}
