/**
 * The neutral form in which field values travel between connectors and the engine.
 *
 * One spelling per value, so that equality is a comparison and not a guess:
 *
 * | kind        | value                                                                     |
 * |-------------|---------------------------------------------------------------------------|
 * | `string`    | one line of text                                                          |
 * | `rich`      | text in the field's own markup (`FieldSchema.markup`), as the tracker holds it |
 * | `number`    | canonical decimal text: `"42"`, `"-0.5"`; never `"1e3"`, `"1.0"`, `"007"`  |
 * | `date`      | `YYYY-MM-DD`                                                              |
 * | `datetime`  | UTC to the second: `YYYY-MM-DDTHH:mm:ssZ`                                 |
 * | `boolean`   | `"true"` or `"false"`                                                     |
 * | `option`    | the list value's text                                                     |
 * | `user`      | what the tracker writes into the field: a login                           |
 * | `reference` | the id of the referred record, as text                                    |
 *
 * A field with several values holds an array without repeats; its order means nothing.
 * Empty is always `null`: never `""`, never `[]`.
 */
export type Value = null | string | readonly string[];

/** Values by field name. A field that was not read is absent; a field that is empty is `null`. */
export type Fields = Readonly<Record<string, Value>>;

/** A record that another one names. `entity`: the entity type, without a subtype. */
export interface Referred {
  readonly entity: string;
  readonly id: string;
}

/** One entity of a tracker, as far as it was read. */
export interface TrackerRecord {
  /** The tracker's own id, as text. */
  readonly id: string;
  /** Changes with every stored write: a version stamp where the tracker has one, else the modification time. Opaque. */
  readonly version: string;
  /** When it last changed by the tracker's clock, UTC (`YYYY-MM-DDTHH:mm:ssZ`); null where the tracker does not say. */
  readonly modified: string | null;
  readonly fields: Fields;
}
