/** How the values of two lists go together by what they say. */
export interface MatchedValues {
  /** One for one. */
  readonly both: Readonly<Record<string, string>>;
  /** Further values of the left list that mean what another one there means already. */
  readonly toRight: Readonly<Record<string, string>>;
  readonly toLeft: Readonly<Record<string, string>>;
  readonly leftOnly: readonly string[];
  readonly rightOnly: readonly string[];
}

/** `1-Low`, `low` and `Low` say the same: a number in front, capitals and signs count for nothing. Equal texts come first. */
export function matchValues(left: readonly string[], right: readonly string[]): MatchedValues {
  const both: Record<string, string> = {};
  const taken = new Set<string>();
  const take = (from: string, to: string | undefined): void => {
    if (to === undefined || Object.hasOwn(both, from) || taken.has(to)) return;
    both[from] = to;
    taken.add(to);
  };
  for (const value of left) if (right.includes(value)) take(value, value);
  for (const value of left)
    take(
      value,
      right.find((other) => !taken.has(other) && meansSame(value, other)),
    );
  const toRight = further(
    left.filter((value) => !Object.hasOwn(both, value)),
    right,
  );
  const toLeft = further(
    right.filter((value) => !taken.has(value)),
    left,
  );
  return {
    ...{ both, toRight, toLeft },
    leftOnly: left.filter((value) => !Object.hasOwn(both, value) && !Object.hasOwn(toRight, value)),
    rightOnly: right.filter((value) => !taken.has(value) && !Object.hasOwn(toLeft, value)),
  };
}

function further(values: readonly string[], others: readonly string[]): Readonly<Record<string, string>> {
  const found = values.flatMap((value) => {
    const other = others.find((one) => meansSame(value, one));
    return other === undefined ? [] : [[value, other] as const];
  });
  return Object.fromEntries(found);
}

function meansSame(a: string, b: string): boolean {
  const key = meaningOf(a);
  return key !== "" && key === meaningOf(b);
}

/** Of a value that is nothing but a number the number. */
function meaningOf(value: string): string {
  const words = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "");
  return words(value.replace(/^\s*\d+\s*[-–.:)]\s*/, "")) || words(value);
}

export function isEmpty({ both, toRight, toLeft }: MatchedValues): boolean {
  return [both, toRight, toLeft].every((part) => Object.keys(part).length === 0);
}

/** Every pair is written alike, so that values need not be mapped. */
export function isPlain({ both, toRight, toLeft }: MatchedValues): boolean {
  const same = Object.entries(both).every(([from, to]) => from === to);
  return same && Object.keys(toRight).length === 0 && Object.keys(toLeft).length === 0;
}
