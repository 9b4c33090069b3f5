import type { Side } from "../../core/snapshot.ts";

/** As much of a record as pairing it needs. */
export interface Card {
  readonly id: string;
  /** The partner that its marker names; null without one. */
  readonly marker: string | null;
  /** What the pairing of a link without markers goes by, in the left side's and the right side's words; null where it has none. */
  readonly text: string | null;
}

export interface Match {
  readonly left: string;
  readonly right: string;
  readonly by: "marker" | "text";
}

export interface Matches {
  readonly matches: readonly Match[];
  readonly unpaired: Readonly<Record<Side, readonly string[]>>;
  readonly ambiguous: readonly { readonly side: Side; readonly record: string; readonly why: string }[];
}

type Cards = Readonly<Record<Side, ReadonlyMap<string, Card>>>;

/**
 * Who belongs to whom. A marker counts where it contradicts no other: the partner names the record back or nobody, and no second record names
 * it. Texts count only in links without markers, and only where exactly one record of each side has that text. Pure.
 */
export function matchCards(cards: Cards, byText: boolean): Matches {
  const matches: Match[] = [];
  const ambiguous: { side: Side; record: string; why: string }[] = [];
  const taken = { left: new Set<string>(), right: new Set<string>() };
  const claims = claimsOf(cards);
  for (const [left, rights] of claims.byLeft) {
    const [right, another] = [...rights];
    if (right === undefined) continue;
    const lefts = claims.byRight.get(right) ?? new Set();
    if (another !== undefined) {
      ambiguous.push({
        side: "left",
        record: left,
        why: `several records are marked as its partner: ${[...rights].join(", ")}`,
      });
      taken.left.add(left);
      for (const id of rights) taken.right.add(id);
    } else if (lefts.size > 1) {
      ambiguous.push({
        side: "right",
        record: right,
        why: `several records are marked as its partner: ${[...lefts].join(", ")}`,
      });
      taken.right.add(right);
      for (const id of lefts) taken.left.add(id);
    } else if (!taken.left.has(left) && !taken.right.has(right)) {
      matches.push({ left, right, by: "marker" });
      taken.left.add(left);
      taken.right.add(right);
    }
  }
  if (byText) matchTexts(cards, taken, matches, ambiguous);
  const unpaired = {
    left: [...cards.left.keys()].filter((id) => !taken.left.has(id)),
    right: [...cards.right.keys()].filter((id) => !taken.right.has(id)),
  };
  return { matches, unpaired, ambiguous: unique(ambiguous) };
}

/** Couples that at least one marker names. A marker whose partner names somebody else came with a copy of a record, and says nothing. */
function claimsOf(cards: Cards) {
  const byLeft = new Map<string, Set<string>>();
  const byRight = new Map<string, Set<string>>();
  const claim = (left: string, right: string) => {
    byLeft.set(left, (byLeft.get(left) ?? new Set()).add(right));
    byRight.set(right, (byRight.get(right) ?? new Set()).add(left));
  };
  for (const { id, marker } of cards.left.values()) {
    const partner = marker === null ? undefined : cards.right.get(marker);
    if (partner !== undefined && (partner.marker === null || partner.marker === id)) claim(id, partner.id);
  }
  for (const { id, marker } of cards.right.values()) {
    const partner = marker === null ? undefined : cards.left.get(marker);
    if (partner !== undefined && (partner.marker === null || partner.marker === id)) claim(partner.id, id);
  }
  return { byLeft, byRight };
}

function matchTexts(
  cards: Cards,
  taken: Readonly<Record<Side, Set<string>>>,
  matches: Match[],
  ambiguous: { side: Side; record: string; why: string }[],
): void {
  const texts = { left: textsOf(cards.left, taken.left), right: textsOf(cards.right, taken.right) };
  for (const [text, lefts] of texts.left) {
    const rights = texts.right.get(text) ?? [];
    const [left] = lefts;
    const [right] = rights;
    if (left === undefined || right === undefined) continue;
    taken.left.add(left);
    taken.right.add(right);
    if (lefts.length === 1 && rights.length === 1) matches.push({ left, right, by: "text" });
    else {
      for (const record of lefts)
        ambiguous.push({
          side: "left",
          record,
          why: `several records have its text: ${[...lefts, ...rights].join(", ")}`,
        });
      for (const id of lefts) taken.left.add(id);
      for (const id of rights) taken.right.add(id);
    }
  }
}

function textsOf(cards: ReadonlyMap<string, Card>, taken: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const texts = new Map<string, string[]>();
  for (const { id, text } of cards.values()) {
    if (text === null || taken.has(id)) continue;
    texts.set(text, [...(texts.get(text) ?? []), id]);
  }
  return texts;
}

function unique<T extends { readonly side: Side; readonly record: string }>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [`${item.side} ${item.record}`, item])).values()];
}
