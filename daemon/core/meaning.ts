/**
 * What a system field is for, whatever a tracker calls it: fields of one role go together without being told (E85). In the order in which a drafted
 * mapping has its rows; what owns another one comes before it (a cycle's release).
 */
export const ROLES = [
  "summary",
  "description",
  "type",
  "status",
  "severity",
  "priority",
  "assignee",
  "reporter",
  "author",
  "parent",
  "target release",
  "target cycle",
  "detected release",
  "detected cycle",
  "product",
  "story points",
  "effort",
  "detected on",
  "created on",
  "closed on",
  "starts",
  "ends",
  "due",
] as const;

export type Role = (typeof ROLES)[number];

/** Kinds of work that two trackers' records can be, in the order in which a drafted connection links them. */
export const WORKS = ["defect", "requirement", "story"] as const;

export type Work = (typeof WORKS)[number];

/** What the records of one entity type are, and what their system fields are for. */
export interface EntityMeaning {
  /** What this type is by default, with the name a link gives it (`requirement/Functional`). Absent: it is linked only where somebody asks for it. */
  readonly works?: Readonly<Partial<Record<Work, string>>>;
  readonly fields: Readonly<Partial<Record<Role, string>>>;
}

/** By entity type without subtypes. */
export type Meanings = Readonly<Record<string, EntityMeaning>>;
