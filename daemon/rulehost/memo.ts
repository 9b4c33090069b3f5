/** What was answered to calls, by their text. A rule gives the same answer to the same call (B19), so that equal ones are made once. */
export interface Memo<Answer> {
  get(text: string): Answer | undefined;
  /** `length`: of the answer, in characters. */
  keep(text: string, answer: Answer, length: number): void;
}

/** Characters of calls and answers after which what was not asked again since the last time is forgotten. */
const MOST_CHARACTERS = 4_000_000;
/** Longer ones hardly ever come twice. */
const LONGEST = 100_000;

interface Kept<Answer> {
  readonly answer: Answer;
  readonly length: number;
}

/** Two generations: what is asked again moves to the younger one, the elder one is dropped whole. */
export function createMemo<Answer>(most = MOST_CHARACTERS): Memo<Answer> {
  const state = { young: new Map<string, Kept<Answer>>(), old: new Map<string, Kept<Answer>>(), characters: 0 };

  function keep(text: string, answer: Answer, length: number): void {
    const characters = text.length + length;
    if (characters > LONGEST) return;
    if (state.characters + characters > most)
      Object.assign(state, { young: new Map(), old: state.young, characters: 0 });
    state.characters += characters;
    state.young.set(text, { answer, length });
  }

  return {
    get(text) {
      const young = state.young.get(text);
      if (young !== undefined) return young.answer;
      const old = state.old.get(text);
      if (old !== undefined) keep(text, old.answer, old.length);
      return old?.answer;
    },
    keep,
  };
}
