import type { Wire } from "./entity.ts";

/** As in the reference's field tables: `ref` and `mref` point at `target`, `mlist` is a list with several values. */
export type FieldType = "int" | "num" | "str" | "memo" | "date" | "ts" | "login" | "list" | "mlist" | "ref" | "mref";

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly label: string;
  /** Computed by the tracker: a write is refused. */
  readonly readOnly: boolean;
  /** May be given on creation only. */
  readonly fixed: boolean;
  readonly required: boolean;
  /** `type` value that a reference points at. */
  readonly target: string | null;
  readonly values: readonly string[];
  /** The one subtype that has this field. */
  readonly only: "defect" | "user_story" | null;
  readonly initial: Wire;
}

type Options = Partial<Omit<Field, "name" | "type">>;

export function field(name: string, type: FieldType, options: Options = {}): Field {
  return {
    name,
    type,
    label: options.label ?? labelOf(name),
    readOnly: options.readOnly ?? false,
    fixed: options.fixed ?? false,
    required: options.required ?? false,
    target: options.target ?? null,
    values: options.values ?? [],
    only: options.only ?? null,
    initial: options.initial ?? (type === "mref" ? { data: [] } : null),
  };
}

/** `story_points` → `Story points`. */
function labelOf(name: string): string {
  const words = name.replace(/_id$/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function computed(name: string, type: FieldType, options: Options = {}): Field {
  return field(name, type, { ...options, readOnly: true });
}

export function list(name: string, values: readonly string[], options: Options = {}): Field {
  return field(name, "list", { ...options, values });
}

export function ref(name: string, target: string, options: Options = {}): Field {
  return field(name, "ref", { ...options, target });
}

export const NAME: Field = field("name", "str", { required: true });

/** Stamps that every entity bears. */
export const STAMPS: readonly Field[] = [
  computed("author", "login"),
  computed("creation_date", "date"),
  computed("last_modified", "ts"),
];
