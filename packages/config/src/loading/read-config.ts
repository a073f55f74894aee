import {
  anyObject,
  argumentCheck,
  type OptionRules,
  optionsCheck,
  text as textRule,
} from "@mailseal/errors";
import { crossProblems } from "../checks/cross-references.ts";
import { type SchemaProblem, schemaProblems } from "../checks/schema-problems.ts";
import { securityWarnings } from "../checks/security-warnings.ts";
import { badOption } from "../errors.ts";
import { type Config, configSchema, renamedOptions } from "../schema/config-schema.ts";
import { type ConfigProblem, formatPath } from "./problem.ts";
import { parseSource } from "./source-text.ts";

/** The options of `readConfig`. */
export interface ReadOptions {
  /** The variables that replace `${NAME}`. Default: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The text of a config after reading and checking. */
export interface ReadConfig {
  /** Absent if there is an error: a config is used whole or not at all. */
  readonly config?: Config;
  /** All errors and warnings, in the order of the file. */
  readonly problems: readonly ConfigProblem[];
}

export const readRules: OptionRules<ReadOptions> = {
  environment: anyObject("an object of variables, such as process.env"),
};

const checkOptions = optionsCheck<ReadOptions>("options", readRules, badOption);

const checkText = argumentCheck("text", textRule, badOption);

/**
 * Reads the text of a config file, YAML or JSON. Never throws for what it contains, but a `ConfigError` "bad-option" for
 * an option that is unknown or wrong.
 *
 * ```ts
 * const { config, problems } = readConfig(
 *   'signing: { selector: mail2026, keyText: "${DKIM_KEY}" }',
 *   { environment: process.env },
 * );
 * ```
 */
export function readConfig(text: string, options: ReadOptions = {}): ReadConfig {
  checkText(text);
  checkOptions(options);
  const { environment = {} } = options;
  const source = parseSource(text, environment);
  if (source.value === undefined) {
    return { problems: source.problems };
  }
  const placed = (
    level: ConfigProblem["level"],
    found: readonly SchemaProblem[],
  ): readonly ConfigProblem[] =>
    found.map(({ path, ...problem }) => ({
      level,
      path: formatPath(path),
      ...problem,
      ...source.locate(path),
    }));
  const parsed = configSchema.safeParse(source.value, { reportInput: true });
  if (!parsed.success) {
    return {
      problems: inOrder([
        ...source.problems,
        ...placed("error", schemaProblems(parsed.error.issues)),
      ]),
    };
  }
  const errors = [...source.problems, ...placed("error", crossProblems(parsed.data))];
  const problems = inOrder([
    ...errors,
    ...placed("warning", [...formerNames(source.value), ...securityWarnings(parsed.data)]),
  ]);
  return errors.length > 0 ? { problems } : { config: parsed.data, problems };
}

function inOrder(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.toSorted(
    (one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0),
  );
}

/** Options that the config sets by their former name. */
function formerNames(written: unknown): readonly SchemaProblem[] {
  return [...renamedOptions]
    .filter(([former]) => Object.hasOwn(Object(written), former))
    .map(([former, name]) => ({
      path: [former],
      isDeprecation: true,
      message: `this option is now called ${name}: rename it, the next release will not know ${former}`,
    }));
}
