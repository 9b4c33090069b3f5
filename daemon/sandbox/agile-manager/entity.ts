/** A reference on the wire. Names of what is referred to never come along. */
export interface Ref {
  readonly type: string;
  readonly id: number;
}

export interface Refs {
  readonly data: readonly Ref[];
}

export type Wire = null | string | number | readonly string[] | Ref | Refs;

/** One entity as it goes over the wire: all keys, nulls included. Never altered in place. */
export type Entity = Readonly<Record<string, Wire>>;

export function idOf(entity: Entity): number {
  return entity["id"] as number;
}

/** The id a reference field holds; null where it is empty. */
export function refId(value: Wire | undefined): number | null {
  return typeof value === "object" && value !== null && "id" in value ? value.id : null;
}

/** The ids a many-valued reference field holds. */
export function refIds(value: Wire | undefined): readonly number[] {
  return typeof value === "object" && value !== null && "data" in value ? value.data.map((ref) => ref.id) : [];
}

export function sameValue(a: Wire | undefined, b: Wire | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
