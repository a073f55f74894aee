/** What the parsers are given, for callers without types: otherwise a wrong value fails deep inside, or passes for empty. */
import { argumentCheck, bytes, text } from "@mailseal/errors";
import { invalidOption } from "../errors.ts";

type Check = (value: unknown) => void;

/** Each throws a `MailSyntaxError` "invalid-option". */
export const checkText: Check = argumentCheck("text", text, invalidOption);
export const checkValue: Check = argumentCheck("value", text, invalidOption);
export const checkName: Check = argumentCheck("name", text, invalidOption);
export const checkBytes: Check = argumentCheck("bytes", bytes, invalidOption);
export const checkPiece: Check = argumentCheck("piece", bytes, invalidOption);
export const checkChunk: Check = argumentCheck("chunk", bytes, invalidOption);
