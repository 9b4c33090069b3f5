/** Which records a person edits before the phase of changes: ids counted from the side's first. */
export interface Edit {
  /** Every so many records. */
  readonly every: number;
  readonly offset: number;
  /** Goes into what is written, so that each round changes something. */
  readonly round: number;
}

export function isEdited(index: number, { every, offset }: Edit): boolean {
  return index % every === offset;
}
