import type { Dialogue } from "../../src/setup/dialogue.ts";

/** A person who gives these answers, and a screen that keeps everything. */
export interface ScriptedDialogue extends Dialogue {
  readonly screen: () => string;
}

/** `answers`: by a part of the question; a question without one gets its preset. */
export function scriptedDialogue(
  answers: Readonly<Record<string, string | boolean>> = {},
  canAsk = true,
): ScriptedDialogue {
  const lines: string[] = [];
  const keep = (text: string): Promise<void> => {
    lines.push(text);
    return Promise.resolve();
  };
  const answerTo = (question: string): string | boolean | undefined => {
    lines.push(`? ${question}`);
    return Object.entries(answers).find(([part]) => question.includes(part))?.[1];
  };
  return {
    canAsk,
    step: keep,
    say: keep,
    list: (items) => keep(items.map((item) => `- ${item}`).join("\n")),
    warn: (text) => keep(`! ${text}`),
    show: (shown) => keep(shown.join("\n")),
    askText: ({ message, preset, check }) => {
      const answer = String(answerTo(message) ?? preset ?? "");
      const problem = check(answer);
      return problem === undefined ? Promise.resolve(answer) : Promise.reject(new Error(problem));
    },
    confirm: (message, preset) => Promise.resolve(Boolean(answerTo(message) ?? preset)),
    choose: (message, choices, preset) => {
      const answer = answerTo(message);
      return Promise.resolve(choices.find(({ value }) => value === answer)?.value ?? preset);
    },
    progress: (first) => {
      lines.push(first);
      const push = (text: string): void => void lines.push(text);
      return { update: push, note: push, end: keep };
    },
    screen: () => lines.join("\n"),
  };
}
