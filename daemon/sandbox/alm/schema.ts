export type FieldType = "String" | "Memo" | "Number" | "Date" | "DateTime" | "LookupList" | "UsersList" | "Reference";

export interface FieldDef {
  readonly name: string;
  readonly physicalName: string;
  readonly label: string;
  readonly type: FieldType;
  /** Bytes; -1 without limit, 99999 for computed fields. */
  readonly size: number;
  readonly required: boolean;
  /** Required by the project's administrator, not by the product: a header can lift it. */
  readonly requiredByProject: boolean;
  readonly editable: boolean;
  readonly history: boolean;
  readonly filterable: boolean;
  /** Values outside the list are refused. */
  readonly verify: boolean;
  readonly multiple: boolean;
  readonly virtual: boolean;
  readonly active: boolean;
  readonly system: boolean;
  /** Filled by the server whatever a client sends: not virtual in the metadata, but not stored from input either. */
  readonly computed: boolean;
  readonly versionControlled: boolean;
  /** Name of a list of the project; null for none. */
  readonly list: string | null;
  /** Entity type that a Reference points at. */
  readonly target: string | null;
  readonly relation: string | null;
}

export interface EntityDef {
  readonly name: string;
  readonly collection: string;
  readonly label: string;
  readonly table: string;
  readonly fields: ReadonlyMap<string, FieldDef>;
  /** Physical name of each column's prefix, e.g. `BG`. */
  readonly prefix: string;
  readonly firstLevel: boolean;
  readonly supports: {
    readonly history: boolean;
    readonly attachment: boolean;
    readonly vc: boolean;
    readonly types: boolean;
  };
  /** Two of one parent may not have the same name. */
  readonly uniqueSiblings: boolean;
  /** Name of the version stamp: `ver-stamp`, on 11 `bug-ver-stamp` and `req-ver-stamp`; null where there is none. */
  readonly stamp: string | null;
}

export interface ListItem {
  readonly value: string;
  readonly items?: readonly ListItem[];
}

export interface ListDef {
  readonly id: number;
  readonly name: string;
  readonly logicalName: string;
  readonly items: readonly ListItem[];
}

export interface RelationDef {
  readonly name: string;
  readonly source: string;
  readonly target: string;
  readonly aliases: readonly { readonly name: string; readonly unique: boolean }[];
  /** How rows meet: a column of the source, a column of the target, or defect-links seen from one end. */
  readonly via:
    | { readonly kind: "column"; readonly column: string }
    | { readonly kind: "reverse"; readonly column: string }
    | { readonly kind: "link"; readonly side: "first" | "second" | "either" };
}

export interface RequirementType {
  readonly id: number;
  readonly name: string;
  /** Fields of the entity that this type lacks. */
  readonly without: readonly string[];
}

export interface AlmUser {
  readonly login: string;
  readonly name: string;
  /** Several addresses stand in the one field, joined by `;`. */
  readonly emails: readonly string[];
  readonly active: boolean;
}

/** Everything the project says of itself. Metadata, validation and sample data are all made from this. */
export interface ProjectSchema {
  readonly entities: ReadonlyMap<string, EntityDef>;
  /** By collection name. */
  readonly collections: ReadonlyMap<string, EntityDef>;
  readonly lists: Map<string, ListDef>;
  readonly relations: readonly RelationDef[];
  readonly requirementTypes: readonly RequirementType[];
  /** By login. */
  readonly users: Map<string, AlmUser>;
}

/**
 * Reads a table of fields, one a line: `name | physical | label | type | size | flags | list or @target relation`. Flags: R required, P required by
 * the project, E editable, H history, F filterable, V verified, M multi-value, v virtual, I inactive, C filled by the server.
 */
export function fieldTable(text: string): readonly FieldDef[] {
  return text
    .trim()
    .split("\n")
    .map((line) => readField(line.split("|").map((cell) => cell.trim())));
}

function readField(cells: readonly string[]): FieldDef {
  const [name = "", physicalName = "", label = "", type = "String", size = "-1", flags = "", extra = ""] = cells;
  const [target, relation] = extra.startsWith("@") ? extra.slice(1).split(" ") : [];
  return {
    name,
    physicalName,
    label,
    type: type as FieldType,
    size: Number(size),
    required: flags.includes("R") || flags.includes("P"),
    requiredByProject: flags.includes("P"),
    editable: flags.includes("E"),
    history: flags.includes("H"),
    filterable: flags.includes("F"),
    verify: flags.includes("V"),
    multiple: flags.includes("M"),
    virtual: flags.includes("v"),
    active: !flags.includes("I"),
    system: !name.startsWith("user-"),
    computed: flags.includes("C") || flags.includes("v"),
    versionControlled: flags.includes("L"),
    list: extra === "" || extra.startsWith("@") ? null : extra,
    target: target ?? null,
    relation: relation ?? null,
  };
}

/** All texts of a list, nested ones included: what a field of the list may hold. */
export function listValues(items: readonly ListItem[]): readonly string[] {
  return items.flatMap((item) => [item.value, ...listValues(item.items ?? [])]);
}
