import { distance } from "fastest-levenshtein";

/** The known name that somebody most likely meant, or null where none is near. */
export function nearest(name: string, known: Iterable<string>): string | null {
  const wanted = name.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const there = candidate.toLowerCase();
    const far = isSwapped(wanted, there) ? 1 : distance(wanted, there);
    if (far < bestDistance) {
      best = candidate;
      bestDistance = far;
    }
  }
  return best;
}

/** Two neighbouring letters the other way round, the commonest slip of all: one step, not two. */
function isSwapped(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  const at = [...one].findIndex((letter, n) => letter !== other[n]);
  if (at === -1 || one[at] !== other[at + 1] || one[at + 1] !== other[at]) return false;
  return one.slice(at + 2) === other.slice(at + 2);
}

/** A hint where the name is as likely one that is still to be made: the near name, else `step`, which says how, and the list where it is short. */
export function didYouMeanOr(step: string, name: string, known: Iterable<string>): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== null) return `Did you mean "${near}"?`;
  return names.length > 0 && names.length <= 12 ? `${step} Known: ${names.join(", ")}.` : step;
}

/** A hint: the near name, else the whole list where it is short, else what the caller says. */
export function didYouMean(name: string, known: Iterable<string>, otherwise = ""): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== null) return `Did you mean "${near}"?`;
  if (names.length > 0 && names.length <= 12) return `Known: ${names.join(", ")}.`;
  return otherwise;
}
