import { distance } from "fastest-levenshtein";

/** The known name that somebody most likely meant, or null where none is near. */
export function nearest(name: string, known: Iterable<string>): string | null {
  const wanted = name.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const far = distance(wanted, candidate.toLowerCase());
    if (far < bestDistance) {
      best = candidate;
      bestDistance = far;
    }
  }
  return best;
}

/** A hint: the near name, else the whole list where it is short, else what the caller says. */
export function didYouMean(name: string, known: Iterable<string>, otherwise = ""): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== null) return `Did you mean "${near}"?`;
  if (names.length > 0 && names.length <= 12) return `Known: ${names.join(", ")}.`;
  return otherwise;
}
